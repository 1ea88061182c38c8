//! Limits of one installation, where they are not the usual ones.

use crate::isolate::Limits;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The limits that an operator has set; the others are the usual ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartialLimits {
    /// [`Limits::call`] in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_ms: Option<u64>,
    /// [`Limits::single_await`] in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub single_await_ms: Option<u64>,
    /// [`Limits::synchronous`] in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synchronous_ms: Option<u64>,
    /// [`Limits::invocation`] in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invocation_ms: Option<u64>,
    /// [`Limits::memory_bytes`]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// [`Limits::max_response_bytes`]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_response_bytes: Option<u64>,
    /// [`Limits::overlapping_calls`]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlapping_calls: Option<u64>,
    /// [`Limits::captures_per_minute`]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captures_per_minute: Option<u64>,
}

/// A limit that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("limit {name} is {value}: set it to a number from {minimum} to {maximum}, or leave it out")]
pub struct LimitProblem {
    /// Which.
    pub name: &'static str,
    /// What it is set to.
    pub value: u64,
    /// The least it may be.
    pub minimum: u64,
    /// The most it may be: what a function's time and memory have room for.
    pub maximum: u64,
}

impl PartialLimits {
    /// The whole limits.
    ///
    /// # Errors
    /// The first limit that is out of range.
    pub fn over(&self, usual: Limits) -> Result<Limits, LimitProblem> {
        let time = |name, set: Option<u64>, maximum, usual| {
            Ok(checked(name, set, 1, maximum)?.map_or(usual, Duration::from_millis))
        };
        let size = |name, set: Option<u64>, (minimum, maximum), usual| {
            let set = checked(name, set, minimum, maximum)?;
            Ok(set.map_or(usual, |size| usize::try_from(size).expect("its maximum fits")))
        };
        let captures = checked("captures_per_minute", self.captures_per_minute, 0, 1_000_000)?;
        Ok(Limits {
            call: time("call_ms", self.call_ms, 60_000, usual.call)?,
            single_await: time("single_await_ms", self.single_await_ms, 60_000, usual.single_await)?,
            synchronous: time("synchronous_ms", self.synchronous_ms, 60_000, usual.synchronous)?,
            invocation: time("invocation_ms", self.invocation_ms, 840_000, usual.invocation)?,
            memory_bytes: size("memory_bytes", self.memory_bytes, (4 << 20, 1 << 30), usual.memory_bytes)?,
            stack_bytes: usual.stack_bytes,
            max_response_bytes: checked("max_response_bytes", self.max_response_bytes, 1, 1 << 30)?
                .unwrap_or(usual.max_response_bytes),
            overlapping_calls: size("overlapping_calls", self.overlapping_calls, (1, 100), usual.overlapping_calls)?,
            captures_per_minute: captures
                .map_or(usual.captures_per_minute, |count| u32::try_from(count).expect("its maximum fits")),
        })
    }
}

fn checked(name: &'static str, set: Option<u64>, minimum: u64, maximum: u64) -> Result<Option<u64>, LimitProblem> {
    match set {
        Some(value) if value < minimum || value > maximum => Err(LimitProblem { name, value, minimum, maximum }),
        set => Ok(set),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_is_as_usual() {
        let usual = Limits::default();
        assert_eq!(PartialLimits::default().over(usual), Ok(usual));
        let set = PartialLimits { call_ms: Some(60_000), overlapping_calls: Some(1), ..PartialLimits::default() };
        let limits = set.over(usual).unwrap();
        assert_eq!((limits.call, limits.overlapping_calls), (Duration::from_secs(60), 1));
        assert_eq!(limits.memory_bytes, usual.memory_bytes);
    }

    #[test]
    fn what_is_out_of_range_is_refused_by_name() {
        let set = PartialLimits { call_ms: Some(60_001), ..PartialLimits::default() };
        let problem = set.over(Limits::default()).unwrap_err().to_string();
        assert!(problem.starts_with("limit call_ms is 60001: set it to a number from 1 to 60000"), "{problem}");
        let none = PartialLimits { overlapping_calls: Some(0), ..PartialLimits::default() };
        assert!(none.over(Limits::default()).is_err());
    }
}
