//! What becomes of work after a call of an app failed: the decision alone, which others carry out.

use crate::isolate::CallError;
use crate::ports::Unavailable;
use crate::ports::clock::Timestamp;
use crate::retry::{RetryOn, RetryPolicy, attempt_text};
use std::sync::Arc;
use std::time::Duration;

/// What becomes of the work.
#[derive(Debug)]
pub enum Outcome {
    /// It goes on later.
    Waits(Wait),
    /// The app is disabled: it was not called at all.
    Disabled {
        /// Why.
        message: String,
    },
    /// The app failed, and that is final.
    Failed {
        /// The error; with its attempt if it was the last of several.
        message: String,
        /// Whether it had used up its attempts, rather than failed in a way that is never tried again.
        is_exhausted: bool,
    },
}

/// What work waits for. Only [`Wait::Again`] is an attempt of the app.
#[derive(Debug)]
pub enum Wait {
    /// For its next attempt: there is one left.
    Again {
        /// How long to wait before it.
        delay: Duration,
        /// The error, with the attempt that ended with it.
        message: String,
    },
    /// For a port that was out of reach.
    Outage(Arc<Unavailable>),
    /// For the next try at setting the app up: until then nothing of it runs.
    SetUp {
        /// When that is.
        until: Timestamp,
    },
    /// For the next invocation: too little of this one was left to start the call.
    NextInvocation,
}

impl Outcome {
    /// The outcome of an attempt, counted from 1, that ended with this error. Without a policy nothing is tried again.
    pub fn of(error: &CallError, policy: Option<&RetryPolicy>, attempt: u32) -> Self {
        match (error, policy) {
            (CallError::Unavailable(cause), _) => Self::Waits(Wait::Outage(Arc::clone(cause))),
            (CallError::Load(_) | CallError::Evaluation(_) | CallError::Setup(_), _) => {
                Self::Disabled { message: error.to_string() }
            }
            (_, Some(policy)) if error.is_retry() || policy.on == RetryOn::AnyError => {
                let message = match error {
                    CallError::Thrown(thrown) => attempt_text(&thrown.name, attempt, policy.runs, &thrown.message),
                    // A time-out counts as a RetryError (case 57).
                    CallError::TimedOut { .. } => attempt_text("RetryError", attempt, policy.runs, &error.to_string()),
                    other => attempt_text("Error", attempt, policy.runs, &other.to_string()),
                };
                match policy.delay_after(attempt) {
                    Some(delay) => Self::Waits(Wait::Again { delay, message }),
                    None => Self::Failed { message, is_exhausted: true },
                }
            }
            _ => Self::Failed { message: error.to_string(), is_exhausted: false },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isolate::{Place, Thrown};
    use crate::retry::RetryPolicies;

    fn thrown(is_retry: bool) -> CallError {
        let name = if is_retry { "RetryError" } else { "Error" };
        CallError::Thrown(Thrown { name: name.into(), message: "later".into(), stack: String::new(), is_retry })
    }

    /// The delay in seconds, if there is one, and the message.
    fn outcome(error: &CallError, policy: Option<&RetryPolicy>, attempt: u32) -> (Option<u64>, String) {
        match Outcome::of(error, policy, attempt) {
            Outcome::Waits(Wait::Again { delay, message }) => (Some(delay.as_secs()), message),
            Outcome::Failed { message, .. } => (None, message),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_retry_error_is_tried_again_until_its_last_attempt() {
        let policies = RetryPolicies::default();
        let of = |policy, attempt| outcome(&thrown(true), Some(policy), attempt);
        assert_eq!(of(&policies.on_event, 1), (Some(5), "RetryError (attempt 1/6): later".into()));
        assert_eq!(of(&policies.on_event, 5), (Some(80), "RetryError (attempt 5/6): later".into()));
        assert_eq!(of(&policies.on_event, 6), (None, "RetryError (attempt 6/6): later".into()));
        assert_eq!(of(&policies.export_events, 4), (None, "RetryError (attempt 4/4): later".into()));
        assert!(matches!(
            Outcome::of(&thrown(true), Some(&policies.on_event), 6),
            Outcome::Failed { is_exhausted: true, .. }
        ));
    }

    #[test]
    fn other_errors_and_functions_without_a_policy_are_final() {
        let policy = RetryPolicies::default().on_event;
        assert_eq!(outcome(&thrown(false), Some(&policy), 1), (None, "Error: later".into()));
        assert_eq!(outcome(&thrown(true), None, 1), (None, "RetryError: later".into()));
        assert!(matches!(Outcome::of(&thrown(false), Some(&policy), 1), Outcome::Failed { is_exhausted: false, .. }));
    }

    #[test]
    fn process_event_is_tried_again_after_any_error() {
        let policy = RetryPolicies::default().process_event;
        assert_eq!(outcome(&thrown(false), Some(&policy), 1), (Some(5), "Error (attempt 1/6): later".into()));
    }

    #[test]
    fn a_time_out_counts_as_a_retry_error() {
        let place = Place { function: "onEvent".into(), app: "demo".into(), file: "index.js".into(), line: None };
        let error = CallError::TimedOut { limit: Duration::from_secs(30), place };
        let (delay, message) = outcome(&error, Some(&RetryPolicies::default().on_event), 2);
        assert_eq!(delay, Some(10));
        assert!(message.starts_with("RetryError (attempt 2/6): Script execution timed out"), "{message}");
    }
}
