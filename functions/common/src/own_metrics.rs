//! Apps' own metrics (`meta.metrics`, behaviour.md e) as metrics of CloudWatch: combined, and written as one line an installation at
//! the end of an invocation. A line for each operation would cost more in logs than the metric costs, and nobody could read a day of them.
//!
//! A metric's name says its operation, as CloudWatch has to be asked for a sum, a largest or a smallest value.

use runtime_core::event::InstallationId;
use runtime_core::ports::app_metrics::{OwnMetric, combined};
use runtime_core::ports::clock::Timestamp;
use runtime_core::telemetry::AppMetric;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// So many metrics of apps are combined before they are written.
const MOST_KEYS: usize = 500;
/// So many fit into a line.
const IN_A_LINE: usize = 100;

/// Combines.
#[derive(Debug)]
pub(crate) struct OwnMetrics {
    /// Where the metrics are found.
    namespace: String,
    values: Mutex<BTreeMap<OwnMetric, f64>>,
}

impl OwnMetrics {
    /// Of that namespace.
    pub(crate) fn new(namespace: String) -> Self {
        Self { namespace, values: Mutex::default() }
    }

    /// Adds an operation; lines to be written if there is too much by now.
    pub(crate) fn add(&self, metric: AppMetric, now: Timestamp) -> Vec<Value> {
        // CloudWatch takes no other values.
        if !metric.value.is_finite() {
            return Vec::new();
        }
        let AppMetric { installation, name, operation, value } = metric;
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let before = values.entry(OwnMetric { installation, name, operation: operation.clone() });
        before.and_modify(|before| *before = combined(&operation, *before, value)).or_insert(value);
        if values.len() >= MOST_KEYS { self.lines(std::mem::take(&mut *values), now) } else { Vec::new() }
    }

    /// The lines of everything that was combined.
    pub(crate) fn take(&self, now: Timestamp) -> Vec<Value> {
        self.lines(std::mem::take(&mut *self.values.lock().unwrap_or_else(PoisonError::into_inner)), now)
    }

    fn lines(&self, values: BTreeMap<OwnMetric, f64>, now: Timestamp) -> Vec<Value> {
        let mut of_installations: BTreeMap<InstallationId, Vec<(String, f64)>> = BTreeMap::new();
        for (metric, value) in values {
            let kind = if metric.operation == "increment" { "sum" } else { &metric.operation };
            of_installations.entry(metric.installation).or_default().push((format!("{kind}/{}", metric.name), value));
        }
        let parts =
            of_installations.iter().flat_map(|(of, values)| values.chunks(IN_A_LINE).map(move |part| (of, part)));
        parts.map(|(installation, values)| self.line(*installation, values, now)).collect()
    }

    fn line(&self, installation: InstallationId, values: &[(String, f64)], now: Timestamp) -> Value {
        let metrics: Vec<Value> = values.iter().map(|(name, _)| json!({ "Name": name })).collect();
        let mut line = json!({
            "_aws": {
                "Timestamp": now,
                "CloudWatchMetrics": [{"Namespace": self.namespace, "Dimensions": [["installation"]], "Metrics": metrics}],
            },
            "installation": installation.to_string(),
        });
        let members = line.as_object_mut().expect("it is an object");
        members.extend(values.iter().map(|(name, value)| (name.clone(), Value::from(*value))));
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(installation: i64, name: &str, operation: &str, value: f64) -> AppMetric {
        let (name, operation) = (name.to_owned(), operation.to_owned());
        AppMetric { installation: InstallationId(installation), name, operation, value }
    }

    #[test]
    fn operations_become_one_line_an_installation() {
        let metrics = OwnMetrics::new("hedgerow/stack".to_owned());
        for value in [1.0, f64::NAN, 2.5] {
            assert!(metrics.add(metric(1, "seen", "increment", value), Timestamp(5)).is_empty());
            assert!(metrics.add(metric(1, "longest", "max", -value), Timestamp(5)).is_empty());
        }
        metrics.add(metric(2, "seen", "increment", 1.0), Timestamp(5));
        let lines = metrics.take(Timestamp(7));
        let described = json!([{"Namespace": "hedgerow/stack", "Dimensions": [["installation"]],
            "Metrics": [{"Name": "max/longest"}, {"Name": "sum/seen"}]}]);
        assert_eq!(
            lines[0],
            json!({"_aws": {"Timestamp": 7, "CloudWatchMetrics": described}, "installation": "1",
                "max/longest": -1.0, "sum/seen": 3.5})
        );
        assert_eq!((lines.len(), &lines[1]["sum/seen"]), (2, &json!(1.0)));
        assert!(metrics.take(Timestamp(8)).is_empty(), "each is written once");
    }

    #[test]
    fn many_metrics_are_written_before_the_end_and_in_lines_that_cloudwatch_takes() {
        let metrics = OwnMetrics::new("hedgerow/stack".to_owned());
        for index in 1..500 {
            assert!(metrics.add(metric(1, &index.to_string(), "increment", 1.0), Timestamp(0)).is_empty());
        }
        let lines = metrics.add(metric(1, "500", "increment", 1.0), Timestamp(0));
        let counts = lines.iter().map(|line| line.as_object().unwrap().len() - 2);
        assert_eq!(counts.collect::<Vec<_>>(), [100; 5]);
    }
}
