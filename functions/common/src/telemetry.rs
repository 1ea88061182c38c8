//! Log lines: JSON objects on the standard output, where Lambda picks them up.

use runtime_core::telemetry::{AppLog, AppMetric, Telemetry};
use serde::Serialize;
use std::io::Write;

/// What apps log, and their own metrics: one JSON object a line.
#[derive(Debug, Clone, Copy, Default)]
pub struct JsonLog;

impl Telemetry for JsonLog {
    fn app_log(&self, line: AppLog) {
        write(&line);
    }

    fn app_metric(&self, metric: AppMetric) {
        write(&Line { metric });
    }
}

/// Tells the operation on a metric from other lines.
#[derive(Serialize)]
struct Line {
    metric: AppMetric,
}

fn write(line: &impl Serialize) {
    if let Ok(mut text) = serde_json::to_vec(line) {
        text.push(b'\n');
        // A log that cannot be written has nobody to be told to.
        let _ = std::io::stdout().lock().write_all(&text);
    }
}
