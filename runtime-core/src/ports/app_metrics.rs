//! Calls of apps and apps' own metrics, added up over a time, for people who look into them. They are written through
//! [`Telemetry`](crate::telemetry::Telemetry); this is how they are read again.

use super::Unavailable;
use super::clock::Timestamp;
use crate::event::InstallationId;
use crate::telemetry::{AppCall, CallEnd};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::time::Duration;

/// Stores add up over periods of this length, and know no shorter time.
pub const PERIOD: Duration = Duration::from_secs(300);

/// What a call adds to, by the names under which it is stored: its end counts its events, the rest is about the call.
#[must_use]
pub fn measures(call: &AppCall) -> [(&'static str, u64); 5] {
    let end = match call.end {
        CallEnd::Success => "successes",
        CallEnd::SuccessOnRetry => "successes_on_retry",
        CallEnd::Failure => "failures",
        CallEnd::Dropped => "dropped",
        CallEnd::Retry => "retries",
    };
    [
        (end, call.events as u64),
        ("calls", 1),
        ("duration_ms", call.duration_ms),
        ("cpu_us", call.cpu_us),
        ("host_calls", call.host_calls),
    ]
}

/// What an operation on an app's own metric makes of the values before and after it (behaviour.md e): `max` and `min` are the
/// largest and the smallest, everything else adds up.
#[must_use]
pub fn combined(operation: &str, one: f64, other: f64) -> f64 {
    match operation {
        "max" => one.max(other),
        "min" => one.min(other),
        _ => one + other,
    }
}

/// The first time of the period that a time is in.
#[must_use]
pub fn period_of(time: Timestamp) -> Timestamp {
    let length = i64::try_from(PERIOD.as_millis()).expect("it is short");
    Timestamp(time.0.div_euclid(length).saturating_mul(length))
}

/// What is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetricsQuery {
    /// Of this installation alone.
    pub installation: Option<InstallationId>,
    /// From the period on in which this time is.
    pub since: Timestamp,
    /// Up to this time.
    pub until: Timestamp,
}

/// An app's own metric.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwnMetric {
    /// Whose.
    pub installation: InstallationId,
    /// Its name.
    pub name: String,
    /// `increment`, `max` or `min`.
    pub operation: String,
}

/// What was found: nothing of what did not happen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FoundMetrics {
    /// For each function of each installation its sums by name, as [`measures`] has them and perhaps others.
    pub calls: BTreeMap<(InstallationId, String), BTreeMap<String, f64>>,
    /// The apps' own.
    pub own: BTreeMap<OwnMetric, f64>,
}

impl FoundMetrics {
    /// For adapters: adds to a sum.
    pub fn add_call(&mut self, key: (InstallationId, String), name: &str, sum: f64) {
        *self.calls.entry(key).or_default().entry(name.to_owned()).or_default() += sum;
    }

    /// For adapters: adds to an app's own metric.
    pub fn add_own(&mut self, metric: OwnMetric, value: f64) {
        let operation = metric.operation.clone();
        self.own.entry(metric).and_modify(|found| *found = combined(&operation, *found, value)).or_insert(value);
    }
}

/// Where metrics are stored.
#[async_trait]
pub trait AppMetrics: Send + Sync {
    /// The sums over a time.
    ///
    /// # Errors
    /// When the store is out of reach, or may not be read.
    async fn read(&self, query: &MetricsQuery) -> Result<FoundMetrics, Unavailable>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_combine_as_apps_mean_them() {
        assert!((combined("increment", 1.5, 2.0) - 3.5).abs() < 1e-9);
        assert!((combined("max", 1.5, 2.0) - 2.0).abs() < 1e-9);
        assert!((combined("min", 1.5, 2.0) - 1.5).abs() < 1e-9);
        let metric = |operation: &str| OwnMetric {
            installation: InstallationId(1),
            name: "speed".to_owned(),
            operation: operation.to_owned(),
        };
        let mut found = FoundMetrics::default();
        for value in [-3.0, -5.0] {
            found.add_own(metric("max"), value);
            found.add_own(metric("increment"), value);
        }
        assert_eq!(found.own.into_values().collect::<Vec<_>>(), [-8.0, -3.0]);
    }

    #[test]
    fn a_period_begins_every_five_minutes() {
        assert_eq!(period_of(Timestamp(300_000)), Timestamp(300_000));
        assert_eq!(period_of(Timestamp(599_999)), Timestamp(300_000));
        assert_eq!(period_of(Timestamp(-1)), Timestamp(-300_000));
    }
}
