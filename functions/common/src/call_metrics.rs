//! Calls of apps as metrics of CloudWatch: lines of its embedded metric format, which cost no request. Added up, as a metric costs by
//! its dimensions and a line by its bytes: one line for each function of each installation, at the end of an invocation. One more,
//! without dimensions, says how many dead letters were written: an alarm watches that.

use runtime_core::event::InstallationId;
use runtime_core::ports::app_metrics::measures;
use runtime_core::ports::clock::Timestamp;
use runtime_core::telemetry::AppCall;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The metric that `AppDisabledAlarm` of the template watches.
const DISABLED_APPS: &str = "disabled_apps";
/// How many dead letters were written.
const DEAD_LETTERS: &str = "dead_letters";
/// So many functions of installations are added up before they are written.
const MOST_KEYS: usize = 500;
/// So long at most: an invocation may last.
const LONGEST: Duration = Duration::from_secs(60);
/// What was added up of a function's calls, by name.
type CallSum = BTreeMap<&'static str, u64>;

/// Adds up.
#[derive(Debug)]
pub(crate) struct CallMetrics {
    /// Where the metrics are found.
    namespace: String,
    sums: Mutex<Sums>,
}

#[derive(Debug, Default)]
struct Sums {
    by_key: BTreeMap<(InstallationId, String), CallSum>,
    dead_letters: u64,
    since: Option<Timestamp>,
}

impl CallMetrics {
    /// Of that namespace.
    pub(crate) fn new(namespace: String) -> Self {
        Self { namespace, sums: Mutex::default() }
    }

    /// Adds a call; lines to be written if there is too much by now.
    pub(crate) fn add(&self, call: &AppCall, now: Timestamp) -> Vec<Value> {
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let since = *sums.since.get_or_insert(now);
        let sum = sums.by_key.entry((call.installation, call.function.clone())).or_default();
        for (name, more) in measures(call).into_iter().filter(|(_, more)| *more > 0) {
            let sum = sum.entry(name).or_default();
            *sum = sum.saturating_add(more);
        }
        let is_due = sums.by_key.len() >= MOST_KEYS || now >= since.plus(LONGEST);
        if is_due { self.lines(std::mem::take(&mut *sums), now) } else { Vec::new() }
    }

    /// Counts a dead letter.
    pub(crate) fn add_dead_letter(&self) {
        self.sums.lock().unwrap_or_else(PoisonError::into_inner).dead_letters += 1;
    }

    /// The lines of everything that was added up.
    pub(crate) fn take(&self, now: Timestamp) -> Vec<Value> {
        self.lines(std::mem::take(&mut *self.sums.lock().unwrap_or_else(PoisonError::into_inner)), now)
    }

    /// The line of how many apps are disabled, without dimensions: a metric of the stack.
    pub(crate) fn disabled_apps(&self, count: usize, now: Timestamp) -> Value {
        self.of_the_stack(DISABLED_APPS, count as u64, now)
    }

    fn lines(&self, sums: Sums, now: Timestamp) -> Vec<Value> {
        let dead_letters = (sums.dead_letters > 0).then(|| self.of_the_stack(DEAD_LETTERS, sums.dead_letters, now));
        let of_calls = sums.by_key.into_iter().map(|(key, sum)| self.line(&key, &sum, now));
        of_calls.chain(dead_letters).collect()
    }

    /// A metric without dimensions, as an alarm cannot add up those of all installations.
    fn of_the_stack(&self, name: &str, count: u64, now: Timestamp) -> Value {
        let metrics = json!([{"Name": name, "Unit": "Count"}]);
        json!({
            "_aws": {
                "Timestamp": now,
                "CloudWatchMetrics": [{"Namespace": self.namespace, "Dimensions": [[]], "Metrics": metrics}],
            },
            name: count,
        })
    }

    /// What did not happen is left out: a metric that is never written costs nothing.
    fn line(&self, (installation, function): &(InstallationId, String), sum: &CallSum, now: Timestamp) -> Value {
        let metrics: Vec<Value> = sum.keys().map(|name| json!({"Name": name, "Unit": unit(name)})).collect();
        let mut line = json!({
            "_aws": {
                "Timestamp": now,
                "CloudWatchMetrics": [
                    {"Namespace": self.namespace, "Dimensions": [["installation", "function"]], "Metrics": metrics}
                ],
            },
            "installation": installation.to_string(),
            "function": function,
        });
        let members = line.as_object_mut().expect("it is an object");
        members.extend(sum.iter().map(|(name, sum)| ((*name).to_owned(), Value::from(*sum))));
        line
    }
}

/// A sum's unit, which its name ends with.
fn unit(name: &str) -> &'static str {
    match name.rsplit('_').next() {
        Some("ms") => "Milliseconds",
        Some("us") => "Microseconds",
        _ => "Count",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime_core::event::TeamId;
    use runtime_core::telemetry::CallEnd;

    fn call(installation: i64, function: &str, end: CallEnd) -> AppCall {
        AppCall {
            installation: InstallationId(installation),
            team: TeamId(2),
            function: function.to_owned(),
            end,
            events: 3,
            duration_ms: 20,
            cpu_us: 500,
            host_calls: u64::from(function == "onEvent") * 2,
        }
    }

    #[test]
    fn case_178_metrics_add_up_per_key() {
        let metrics = CallMetrics::new("hedgerow/main".to_owned());
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
            {"Name": "calls", "Unit": "Count"},
            {"Name": "cpu_us", "Unit": "Microseconds"},
            {"Name": "duration_ms", "Unit": "Milliseconds"},
            {"Name": "failures", "Unit": "Count"},
            {"Name": "host_calls", "Unit": "Count"},
            {"Name": "successes", "Unit": "Count"},
        ]);
        let dimensions = json!([["installation", "function"]]);
        let metric = json!({"Namespace": "hedgerow/main", "Dimensions": dimensions, "Metrics": units});
        assert_eq!(
            lines[1],
            json!({"_aws": {"Timestamp": 7, "CloudWatchMetrics": [metric]}, "installation": "1", "function": "onEvent",
                "successes": 6, "failures": 3, "calls": 3, "duration_ms": 60, "cpu_us": 1500, "host_calls": 6})
        );
        assert_eq!((&lines[0]["dropped"], &lines[2]["retries"]), (&json!(3), &json!(3)));
        assert_eq!(lines[0].get("host_calls"), None, "what did not happen is no metric");
        assert!(metrics.take(Timestamp(8)).is_empty(), "each is written once");
    }

    #[test]
    fn disabled_apps_are_a_metric_of_the_stack_even_if_there_is_none() {
        let metrics = CallMetrics::new("hedgerow/main".to_owned());
        for count in [0, 2] {
            let metric = json!({"Namespace": "hedgerow/main", "Dimensions": [[]],
                "Metrics": [{"Name": "disabled_apps", "Unit": "Count"}]});
            let expected = json!({"_aws": {"Timestamp": 7, "CloudWatchMetrics": [metric]}, "disabled_apps": count});
            assert_eq!(metrics.disabled_apps(count, Timestamp(7)), expected);
        }
    }

    #[test]
    fn dead_letters_are_counted_without_dimensions() {
        let metrics = CallMetrics::new("hedgerow/main".to_owned());
        metrics.add_dead_letter();
        metrics.add_dead_letter();
        let lines = metrics.take(Timestamp(7));
        let directive = &lines[0]["_aws"]["CloudWatchMetrics"][0];
        assert_eq!((lines.len(), &lines[0]["dead_letters"]), (1, &json!(2)));
        assert_eq!((&directive["Namespace"], &directive["Dimensions"]), (&json!("hedgerow/main"), &json!([[]])));
        assert!(metrics.take(Timestamp(8)).is_empty(), "each is counted once");
    }

    #[test]
    fn case_178_metrics_are_written_after_a_time_and_at_a_count_of_keys() {
        let metrics = CallMetrics::new("hedgerow/main".to_owned());
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
