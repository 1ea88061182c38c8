//! Log lines: JSON objects on the standard output, where Lambda picks them up.

use crate::call_metrics::CallMetrics;
use crate::own_metrics::OwnMetrics;
use crate::settings::AppMetricsMode;
use lambda_runtime::tracing;
use lambda_runtime::tracing::subscriber;
use lambda_runtime::tracing::subscriber::filter::{EnvFilter, LevelFilter};
use runtime_core::ports::clock::Clock;
use runtime_core::telemetry::{AppCall, AppLog, AppMetric, Notice, Telemetry};
use serde::Serialize;
use std::io::Write;
use std::sync::Arc;

/// What apps log: one JSON object a line. Their calls and their own metrics become metrics of CloudWatch, if they are to.
pub struct JsonLog {
    calls: CallMetrics,
    own: OwnMetrics,
    app_metrics: AppMetricsMode,
    clock: Arc<dyn Clock>,
}

impl JsonLog {
    /// On that clock, with metrics in that namespace.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, namespace: String, app_metrics: AppMetricsMode) -> Self {
        Self { calls: CallMetrics::new(namespace.clone()), own: OwnMetrics::new(namespace), app_metrics, clock }
    }
}

impl Telemetry for JsonLog {
    fn app_log(&self, line: AppLog) {
        write(&line);
    }

    fn app_call(&self, call: AppCall) {
        if self.app_metrics == AppMetricsMode::On {
            self.calls.add(&call, self.clock.now()).iter().for_each(write);
        }
    }

    fn dead_letter(&self) {
        self.calls.add_dead_letter();
    }

    fn flush(&self) {
        self.calls.take(self.clock.now()).iter().for_each(write);
        self.own.take(self.clock.now()).iter().for_each(write);
    }

    fn notice(&self, notice: Notice) {
        match notice {
            Notice::Refreshed { revision, installations } => {
                tracing::info!(revision, installations, "another revision of the registry runs from now on");
            }
            Notice::NotRefreshed(reason) => {
                tracing::warn!("the registry cannot be looked at, so what runs goes on: {reason}");
            }
            Notice::NotInstalled { installation, message } => {
                tracing::error!(%installation, "the app is disabled: {message}");
            }
            Notice::DisabledApps(count) => write(&self.calls.disabled_apps(count, self.clock.now())),
        }
    }

    fn app_metric(&self, metric: AppMetric) {
        if self.app_metrics == AppMetricsMode::On {
            self.own.add(metric, self.clock.now()).iter().for_each(write);
        }
    }
}

fn write(line: &impl Serialize) {
    if let Ok(mut text) = serde_json::to_vec(line) {
        text.push(b'\n');
        // A log that cannot be written has nobody to be told to.
        let _ = std::io::stdout().lock().write_all(&text);
    }
}

/// Writes what the function itself has to say as JSON, too, whatever the log format of the Lambda function is; from the level
/// `AWS_LAMBDA_LOG_LEVEL` on, or else `RUST_LOG`, or else `INFO`. Lambda adds the time.
pub fn log_as_json() {
    let level = std::env::var("AWS_LAMBDA_LOG_LEVEL").ok().and_then(|level| level.parse().ok());
    let level: LevelFilter = level.unwrap_or(LevelFilter::INFO);
    let filter = EnvFilter::builder().with_default_directive(level.into()).from_env_lossy();
    subscriber::fmt().json().flatten_event(true).with_target(false).without_time().with_env_filter(filter).init();
}
