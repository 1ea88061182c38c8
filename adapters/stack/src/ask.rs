//! What AWS answers when it does not answer what was asked.

use adapter_aws::sdk::with_causes;
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use runtime_core::ports::Unavailable;
use std::error::Error;

/// Why something was not learned, or not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{action}: {reason}")]
pub struct AskError {
    /// The action of IAM that it takes, for example `sqs:GetQueueAttributes`.
    pub action: String,
    /// What kind of answer it was.
    pub kind: Refusal,
    /// What AWS says.
    pub reason: String,
}

/// Why AWS does not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The caller may not.
    Denied,
    /// There is no such thing.
    Missing,
    /// There are no credentials, or AWS does not know them (any more).
    Credentials,
    /// Anything else: out of reach, throttled, broken.
    Failed,
}

impl AskError {
    /// What the SDK says. Only code and message of the service are kept: its own error holds the whole response.
    pub(crate) fn of<E, R>(action: &str, error: &SdkError<E, R>) -> Self
    where
        E: Error + ProvideErrorMetadata + 'static,
        R: std::fmt::Debug,
    {
        match error.as_service_error() {
            Some(service) => {
                let code = service.code().unwrap_or("unknown error");
                let message = service.message().unwrap_or("the service gave no reason");
                Self { action: action.to_owned(), kind: Refusal::of(code), reason: format!("{code}: {message}") }
            }
            None => {
                let reason = with_causes(error);
                let kind = if says_credentials(&reason) { Refusal::Credentials } else { Refusal::Failed };
                Self { action: action.to_owned(), kind, reason }
            }
        }
    }

    /// What a port says, whose error is a text. AWS names in it the action that it refused; else it is `action`.
    #[must_use]
    pub fn of_port(action: &str, error: &Unavailable) -> Self {
        let reason = error.to_string();
        let kind = if says_credentials(&reason) { Refusal::Credentials } else { Refusal::of(&reason) };
        let named = refused_action(&reason).filter(|_| kind == Refusal::Denied);
        Self { action: named.unwrap_or(action).to_owned(), kind, reason }
    }

    /// The reason, and what to do where that is known.
    #[must_use]
    pub fn advised(&self) -> String {
        let advice = match self.kind {
            Refusal::Credentials => "; check AWS_PROFILE and AWS_REGION, or sign in anew (`aws sso login`)",
            Refusal::Denied => "; allow this action to your user or role",
            Refusal::Missing | Refusal::Failed => "",
        };
        format!("{self}{advice}")
    }
}

impl Refusal {
    /// By the code of an error, or by a text with the code in it.
    fn of(code: &str) -> Self {
        let has = |parts: &[&str]| parts.iter().any(|part| code.contains(part));
        if has(&["AccessDenied", "AuthorizationError", "UnauthorizedOperation", "not authorized to perform"]) {
            Self::Denied
        } else if has(&["ExpiredToken", "InvalidClientTokenId", "UnrecognizedClient", "SignatureDoesNotMatch"]) {
            Self::Credentials
        } else if has(&["NotFound", "NonExistent", "DoesNotExist", "NoSuch"]) {
            Self::Missing
        } else {
            Self::Failed
        }
    }
}

/// `User: ... is not authorized to perform: ACTION on resource: ...`
fn refused_action(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("not authorized to perform: ")?;
    rest.split_whitespace().next().filter(|action| action.contains(':'))
}

/// What the SDK says where it finds no credentials, or those that there are have ended.
fn says_credentials(text: &str) -> bool {
    ["credential", "ExpiredToken", "the SSO session"].iter().any(|part| text.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart_by_their_codes() {
        for (code, kind) in [
            ("AccessDeniedException", Refusal::Denied),
            ("AuthorizationError", Refusal::Denied),
            ("ExpiredTokenException", Refusal::Credentials),
            ("InvalidClientTokenId", Refusal::Credentials),
            ("AWS.SimpleQueueService.NonExistentQueue", Refusal::Missing),
            ("QueueDoesNotExist", Refusal::Missing),
            ("ParameterNotFound", Refusal::Missing),
            ("ThrottlingException", Refusal::Failed),
        ] {
            assert_eq!(Refusal::of(code), kind, "{code}");
        }
    }

    #[test]
    fn the_refused_action_of_a_port_is_the_one_that_aws_names() {
        let error = |message: &str| Unavailable { port: "documents", message: message.to_owned(), source: None };
        let denied = error(
            "GetItem: AccessDeniedException: User: arn:aws:iam::1:user/u is not authorized to perform: dynamodb:GetItem on resource: x",
        );
        let asked = AskError::of_port("dynamodb:Query", &denied);
        assert_eq!((asked.action.as_str(), asked.kind), ("dynamodb:GetItem", Refusal::Denied));
        let asked = AskError::of_port("dynamodb:Query", &error("Query: AccessDenied: no"));
        assert_eq!((asked.action.as_str(), asked.kind), ("dynamodb:Query", Refusal::Denied));
        assert_eq!(AskError::of_port("a:B", &error("dispatch failure: timeout")).kind, Refusal::Failed);
    }
}
