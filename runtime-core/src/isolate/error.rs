//! How a call of an app fails, as what its caller can do about it.

use crate::app::LoadError;
use crate::ports::Unavailable;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Why a call has no result.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallError {
    /// The app threw.
    #[error("{0}")]
    Thrown(Thrown),
    /// The app took too long; counts as a RetryError (case 57).
    #[error("Script execution timed out after {} in {place}", seconds(*.limit))]
    TimedOut {
        /// The limit that was reached.
        limit: Duration,
        /// Where it was.
        place: Place,
    },
    /// The isolate reached its memory limit during this call.
    #[error("out of memory: the app used more than {} MB in {place}", .limit_bytes >> 20)]
    OutOfMemory {
        /// The limit.
        limit_bytes: usize,
        /// Where it was.
        place: Place,
    },
    /// The app could not be loaded, so none of its functions can be called.
    #[error("{0}")]
    Load(Arc<LoadError>),
    /// Evaluating the app's top-level code failed.
    #[error("the app could not be loaded: {0}")]
    Evaluation(Arc<CallError>),
    /// `setupPlugin` failed, so no other function is called.
    #[error("setupPlugin failed: {0}")]
    Setup(Arc<CallError>),
    /// The app has no such function.
    #[error("the app has no function {0}")]
    MissingFunction(String),
    /// A port was out of reach. Not the app's failure: put the work off.
    #[error("{0}")]
    Unavailable(Arc<Unavailable>),
    /// The isolate was lost twice to other calls in it while this call waited.
    #[error("the isolate was rebuilt twice while this call waited in it")]
    Lost,
}

impl CallError {
    /// Whether the app asks for another attempt: a RetryError, or a time-out, or a failed set-up of that kind.
    pub fn is_retry(&self) -> bool {
        match self {
            Self::Thrown(thrown) => thrown.is_retry,
            Self::TimedOut { .. } => true,
            Self::Setup(cause) | Self::Evaluation(cause) => cause.is_retry(),
            _ => false,
        }
    }

    /// Whether the isolate cannot be used any more after this error.
    pub(super) fn is_fatal(&self) -> bool {
        matches!(self, Self::TimedOut { .. } | Self::OutOfMemory { .. })
    }
}

/// What an app threw, with positions of its original source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thrown {
    /// The error's name; `Error` for a value that is no error.
    pub name: String,
    /// Its message, or the value as text.
    pub message: String,
    /// The stack, a frame a line, without the message; empty for a value that is no error.
    pub stack: String,
    /// Whether it is an instance of RetryError.
    pub is_retry: bool,
}

impl fmt::Display for Thrown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() {
            return formatter.write_str(&self.message);
        }
        write!(formatter, "{}: {}", self.name, self.message)
    }
}

/// A place in an app: the function that was called and, where it is known, the line of the original source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The function that hedgerow called.
    pub function: String,
    /// The app's name.
    pub app: String,
    /// The entry file.
    pub file: String,
    /// 1-based line of the original source.
    pub line: Option<u32>,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({}, {}", self.function, self.app, self.file)?;
        if let Some(line) = self.line {
            write!(formatter, ":{line}")?;
        }
        formatter.write_str(")")
    }
}

fn seconds(limit: Duration) -> String {
    let seconds = limit.as_secs_f64();
    let plural = if seconds == 1.0 { "" } else { "s" };
    format!("{seconds} second{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_out_names_function_app_and_line() {
        let place =
            Place { function: "processEvent".into(), app: "demo".into(), file: "index.ts".into(), line: Some(3) };
        let error = CallError::TimedOut { limit: Duration::from_secs(30), place };
        assert_eq!(error.to_string(), "Script execution timed out after 30 seconds in processEvent (demo, index.ts:3)");
    }
}
