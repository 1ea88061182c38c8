//! How far the set-up of an installation is, for all environments together (behaviour.md, row "setupPlugin"; cases 115-119).
//!
//! Data and pure functions. An environment reads the state, runs `setupPlugin` only if [`SetupState::verdict`] says so, and writes
//! what [`SetupState::after_failure`] or [`SetupState::after_success`] makes of the state that it read, on condition that it is
//! still there. So any number of cold starts that fail at the same time count as one attempt.

use crate::ports::clock::Timestamp;
use crate::retry::RetryPolicy;
use serde::{Deserialize, Serialize};

/// How far the set-up of one version of one installation is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupState {
    /// Attempts that failed since the last success.
    #[serde(default)]
    pub failures: u32,
    /// Before this time nobody tries again.
    #[serde(default)]
    pub next_at: Option<Timestamp>,
    /// Whether this version has ever been set up, anywhere.
    #[serde(default)]
    pub has_succeeded: bool,
    /// Why the app is disabled, if it is.
    #[serde(default)]
    pub disabled: Option<Disabling>,
}

/// Why and when an app was disabled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disabling {
    /// What happened.
    pub message: String,
    /// When.
    pub at: Timestamp,
    /// Whether the app could not even be loaded (case 118).
    pub is_load_error: bool,
    /// Whether a person was told.
    pub was_notified: bool,
}

/// What an environment may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// Run `setupPlugin`.
    Run,
    /// Nothing before this time.
    Wait(Timestamp),
    /// The app is disabled.
    Disabled(&'a str),
}

/// How an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetupFailure<'a> {
    /// The error's own message.
    pub message: &'a str,
    /// Whether the app asked for another attempt, or timed out.
    pub is_retry: bool,
}

impl SetupState {
    /// The format of the key under which a version's state is kept.
    pub fn key(installation: impl std::fmt::Display, version: &str) -> String {
        format!("setup/{installation}/{version}")
    }

    /// What an environment that is not set up may do now.
    pub fn verdict(&self, now: Timestamp) -> Verdict<'_> {
        match (&self.disabled, self.next_at) {
            (Some(disabled), _) => Verdict::Disabled(&disabled.message),
            (None, Some(next_at)) if now < next_at => Verdict::Wait(next_at),
            _ => Verdict::Run,
        }
    }

    /// The state after a success; `None` if it says so already.
    pub fn after_success(&self) -> Option<Self> {
        let done = Self { has_succeeded: true, ..Self::default() };
        (*self != done).then_some(done)
    }

    /// The state after a failed attempt. An error that asks for no other attempt disables the app at once, unless this version
    /// has been set up before: then something around it has changed, and may change again.
    #[must_use]
    pub fn after_failure(&self, failure: SetupFailure<'_>, now: Timestamp, policy: &RetryPolicy) -> Self {
        let failures = self.failures.saturating_add(1);
        if !failure.is_retry && !self.has_succeeded {
            return self.disabled(format!("setupPlugin failed: {}", failure.message), now);
        }
        let message =
            format!("setupPlugin failed with RetryError: {} (attempt {failures}/{})", failure.message, policy.runs);
        match policy.delay_after(failures) {
            Some(delay) => Self { failures, next_at: Some(now.plus(delay)), ..self.clone() },
            None => Self { failures, ..self.disabled(message, now) },
        }
    }

    /// The state of an app that cannot be loaded.
    pub fn not_loaded(message: String, now: Timestamp) -> Self {
        let disabled = Disabling { message, at: now, is_load_error: true, was_notified: false };
        Self { disabled: Some(disabled), ..Self::default() }
    }

    fn disabled(&self, message: String, now: Timestamp) -> Self {
        let disabled = Disabling { message, at: now, is_load_error: false, was_notified: false };
        Self { next_at: None, disabled: Some(disabled), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retry::RetryPolicies;

    const LATER: SetupFailure<'_> = SetupFailure { message: "later", is_retry: true };
    const BROKEN: SetupFailure<'_> = SetupFailure { message: "broken", is_retry: false };

    fn after(state: &SetupState, failure: SetupFailure<'_>, now: i64) -> SetupState {
        state.after_failure(failure, Timestamp(now), &RetryPolicies::default().setup)
    }

    #[test]
    fn six_attempts_with_growing_waits_then_disabled() {
        let (mut state, mut now, mut waits) = (SetupState::default(), 0, Vec::new());
        while let Verdict::Run = state.verdict(Timestamp(now)) {
            state = after(&state, LATER, now);
            let Verdict::Wait(until) = state.verdict(Timestamp(now)) else { break };
            assert!(matches!(state.verdict(Timestamp(until.0 - 1)), Verdict::Wait(_)));
            waits.push((until.0 - now) / 1000);
            now = until.0;
        }
        assert_eq!((waits, state.failures), (vec![5, 10, 20, 40, 80], 6));
        let Verdict::Disabled(message) = state.verdict(Timestamp(i64::MAX)) else { panic!("{state:?}") };
        assert_eq!(message, "setupPlugin failed with RetryError: later (attempt 6/6)");
    }

    #[test]
    fn another_error_disables_at_once_unless_it_worked_before() {
        assert!(after(&SetupState::default(), BROKEN, 0).disabled.is_some());
        let worked = SetupState::default().after_success().expect("a change");
        assert_eq!(worked.after_success(), None, "nothing to write twice");
        let failed = after(&worked, BROKEN, 0);
        assert_eq!((failed.next_at, failed.disabled.is_none()), (Some(Timestamp(5000)), true));
        assert_eq!(after(&failed, BROKEN, 5000).after_success(), Some(worked), "a success starts the count again");
    }
}
