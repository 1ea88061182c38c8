//! Expected errors and what was thrown.

use super::model::Throws;
use runtime_core::isolate::CallError;

/// An error as a case can expect it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThrownError {
    name: String,
    message: String,
    is_retry: bool,
}

impl ThrownError {
    /// What a failed call threw. A time-out is a RetryError (case 57).
    pub fn of(error: &CallError) -> Self {
        match error {
            CallError::Thrown(thrown) => {
                Self { name: thrown.name.clone(), message: thrown.message.clone(), is_retry: thrown.is_retry }
            }
            CallError::Setup(cause) | CallError::Evaluation(cause) => Self::of(cause),
            other => Self { name: "Error".to_owned(), message: other.to_string(), is_retry: other.is_retry() },
        }
    }

    /// Whether it is what was expected.
    pub fn is(&self, expected: &Throws) -> bool {
        match expected {
            Throws::NameOrMessage(text) => self.is_named(text) || self.message.contains(text),
            Throws::Both { name, message } => {
                name.as_ref().is_none_or(|name| self.is_named(name))
                    && message.as_ref().is_none_or(|message| self.message.contains(message))
            }
        }
    }

    /// A subclass of RetryError is one, whatever it calls itself.
    fn is_named(&self, name: &str) -> bool {
        self.name == name || (self.is_retry && name == "RetryError")
    }
}

impl std::fmt::Display for ThrownError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.name, self.message)
    }
}

impl std::fmt::Display for Throws {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NameOrMessage(text) => write!(formatter, "an error named, or with, \"{text}\""),
            Self::Both { name, message } => {
                formatter.write_str("an error")?;
                if let Some(name) = name {
                    write!(formatter, " named \"{name}\"")?;
                }
                if let Some(message) = message {
                    write!(formatter, " with \"{message}\"")?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_name_or_part_of_a_message() {
        let error = ThrownError { name: "TypeError".into(), message: "x is not a function".into(), is_retry: false };
        let text = |text: &str| error.is(&Throws::NameOrMessage(text.into()));
        assert!(text("TypeError") && text("not a") && text(""));
        assert!(!text("Type") && !text("RetryError"));
        let both = |name: &str, message: &str| {
            error.is(&Throws::Both { name: Some(name.into()), message: Some(message.into()) })
        };
        assert!(both("TypeError", "x is"));
        assert!(!both("TypeError", "y is") && !both("Error", "x is"));
        assert!(error.is(&Throws::Both { name: None, message: None }));
    }

    #[test]
    fn a_kind_of_retry_error_is_one() {
        let error = ThrownError { name: "Busy".into(), message: String::new(), is_retry: true };
        assert!(error.is(&Throws::NameOrMessage("RetryError".into())));
    }
}
