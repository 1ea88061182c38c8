//! Calls of apps as metrics of CloudWatch: lines of its embedded metric format, which cost no request. Added up, as a metric costs by
//! its dimensions and a line by its bytes: one line for each function of each installation, at the end of an invocation. One more,
//! without dimensions, says how many dead letters were written: an alarm watches that.

use runtime_core::event::InstallationId;
use runtime_core::ports::clock::Timestamp;
use runtime_core::telemetry::{AppCall, CallEnd};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Where the metrics are found.
pub(crate) const NAMESPACE: &str = "hedgerow";
/// How many dead letters were written.
const DEAD_LETTERS: &str = "dead_letters";
/// So many functions of installations are added up before they are written.
const MOST_KEYS: usize = 500;
/// So long at most: an invocation may last.
const LONGEST: Duration = Duration::from_secs(60);
/// The metrics with their units.
const METRICS: [(&str, &str); 8] = [
    ("successes", "Count"),
    ("successes_on_retry", "Count"),
    ("failures", "Count"),
    ("dropped", "Count"),
    ("retries", "Count"),
    ("calls", "Count"),
    ("duration_ms", "Milliseconds"),
    ("cpu_us", "Microseconds"),
];

/// Adds up.
#[derive(Debug, Default)]
pub(crate) struct CallMetrics {
    sums: Mutex<Sums>,
}

#[derive(Debug, Default)]
struct Sums {
    by_key: BTreeMap<(InstallationId, String), [u64; METRICS.len()]>,
    dead_letters: u64,
    since: Option<Timestamp>,
}

impl CallMetrics {
    /// Adds a call; lines to be written if there is too much by now.
    pub(crate) fn add(&self, call: &AppCall, now: Timestamp) -> Vec<Value> {
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let since = *sums.since.get_or_insert(now);
        let sum = sums.by_key.entry((call.installation, call.function.clone())).or_default();
        let events = call.events as u64;
        let end = match call.end {
            CallEnd::Success => 0,
            CallEnd::SuccessOnRetry => 1,
            CallEnd::Failure => 2,
            CallEnd::Dropped => 3,
            CallEnd::Retry => 4,
        };
        for (index, more) in [(end, events), (5, 1), (6, call.duration_ms), (7, call.cpu_us)] {
            sum[index] = sum[index].saturating_add(more);
        }
        let is_due = sums.by_key.len() >= MOST_KEYS || now >= since.plus(LONGEST);
        if is_due { lines(std::mem::take(&mut *sums), now) } else { Vec::new() }
    }

    /// Counts a dead letter.
    pub(crate) fn add_dead_letter(&self) {
        self.sums.lock().unwrap_or_else(PoisonError::into_inner).dead_letters += 1;
    }

    /// The lines of everything that was added up.
    pub(crate) fn take(&self, now: Timestamp) -> Vec<Value> {
        lines(std::mem::take(&mut *self.sums.lock().unwrap_or_else(PoisonError::into_inner)), now)
    }
}

fn lines(sums: Sums, now: Timestamp) -> Vec<Value> {
    let of_calls = sums.by_key.into_iter().map(|(key, sum)| line(&key, &sum, now));
    of_calls.chain((sums.dead_letters > 0).then(|| dead_letters_line(sums.dead_letters, now))).collect()
}

/// In the stack's own namespace, as an alarm cannot add up the metrics of all installations.
fn dead_letters_line(count: u64, now: Timestamp) -> Value {
    let metrics = json!([{"Name": DEAD_LETTERS, "Unit": "Count"}]);
    json!({
        "_aws": {
            "Timestamp": now,
            "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [[]], "Metrics": metrics}],
        },
        (DEAD_LETTERS): count,
    })
}

/// What did not happen is left out: a metric that is never written costs nothing.
fn line((installation, function): &(InstallationId, String), sum: &[u64], now: Timestamp) -> Value {
    let counted = || METRICS.iter().zip(sum).filter(|(_, sum)| **sum > 0);
    let metrics: Vec<Value> = counted().map(|((name, unit), _)| json!({"Name": name, "Unit": unit})).collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": now,
            "CloudWatchMetrics": [
                {"Namespace": NAMESPACE, "Dimensions": [["installation", "function"]], "Metrics": metrics}
            ],
        },
        "installation": installation.to_string(),
        "function": function,
    });
    let members = line.as_object_mut().expect("it is an object");
    members.extend(counted().map(|((name, _), sum)| ((*name).to_owned(), Value::from(*sum))));
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime_core::event::TeamId;

    fn call(installation: i64, function: &str, end: CallEnd) -> AppCall {
        AppCall {
            installation: InstallationId(installation),
            team: TeamId(2),
            function: function.to_owned(),
            end,
            events: 3,
            duration_ms: 20,
            cpu_us: 500,
        }
    }

    #[test]
    fn case_178_metrics_add_up_per_key() {
        let metrics = CallMetrics::default();
        for (function, end) in [
            ("onEvent", CallEnd::Success),
            ("onEvent", CallEnd::Success),
            ("onEvent", CallEnd::Failure),
            ("a", CallEnd::Dropped),
        ] {
            assert_eq!(metrics.add(&call(1, function, end), Timestamp(5)), [Value::Null; 0]);
        }
        metrics.add(&call(2, "onEvent", CallEnd::Retry), Timestamp(5));
        let lines = metrics.take(Timestamp(7));
        assert_eq!(lines.len(), 3);
        let units = json!([
            {"Name": "successes", "Unit": "Count"},
            {"Name": "failures", "Unit": "Count"},
            {"Name": "calls", "Unit": "Count"},
            {"Name": "duration_ms", "Unit": "Milliseconds"},
            {"Name": "cpu_us", "Unit": "Microseconds"},
        ]);
        let dimensions = json!([["installation", "function"]]);
        let metric = json!({"Namespace": "hedgerow", "Dimensions": dimensions, "Metrics": units});
        assert_eq!(
            lines[1],
            json!({"_aws": {"Timestamp": 7, "CloudWatchMetrics": [metric]}, "installation": "1", "function": "onEvent",
                "successes": 6, "failures": 3, "calls": 3, "duration_ms": 60, "cpu_us": 1500})
        );
        assert_eq!((&lines[0]["dropped"], &lines[2]["retries"]), (&json!(3), &json!(3)));
        assert!(metrics.take(Timestamp(8)).is_empty(), "each is written once");
    }

    #[test]
    fn dead_letters_are_counted_without_dimensions() {
        let metrics = CallMetrics::default();
        metrics.add_dead_letter();
        metrics.add_dead_letter();
        let lines = metrics.take(Timestamp(7));
        let directive = &lines[0]["_aws"]["CloudWatchMetrics"][0];
        assert_eq!((lines.len(), &lines[0]["dead_letters"]), (1, &json!(2)));
        assert_eq!(directive["Dimensions"], json!([[]]));
        assert!(metrics.take(Timestamp(8)).is_empty(), "each is counted once");
    }

    #[test]
    fn case_178_metrics_are_written_after_a_time_and_at_a_count_of_keys() {
        let metrics = CallMetrics::default();
        assert!(metrics.add(&call(1, "a", CallEnd::Success), Timestamp(0)).is_empty());
        assert!(metrics.add(&call(1, "a", CallEnd::Success), Timestamp(59_999)).is_empty());
        let lines = metrics.add(&call(1, "a", CallEnd::Success), Timestamp(60_000));
        assert_eq!((lines.len(), &lines[0]["calls"]), (1, &json!(3)));
        for installation in 1..500 {
            assert!(metrics.add(&call(installation, "a", CallEnd::Success), Timestamp(60_001)).is_empty());
        }
        assert_eq!(metrics.add(&call(500, "a", CallEnd::Success), Timestamp(60_001)).len(), 500);
    }
}
