//! Log lines of apps as JSON on the standard output, where Lambda picks them up.

use async_trait::async_trait;
use lambda_runtime::tracing;
use runtime_core::ports::Unavailable;
use runtime_core::ports::notifier::{Notification, Notifier};
use runtime_core::telemetry::{AppLog, Telemetry};
use std::io::Write;

/// One JSON object a line.
pub struct JsonLog;

impl Telemetry for JsonLog {
    fn app_log(&self, line: AppLog) {
        if let Ok(mut text) = serde_json::to_vec(&line) {
            text.push(b'\n');
            // A log that cannot be written has nobody to be told to.
            let _ = std::io::stdout().lock().write_all(&text);
        }
    }
}

/// Tells the log, where nobody else is to be told.
pub struct LogNotifier;

#[async_trait]
impl Notifier for LogNotifier {
    async fn notify(&self, notification: Notification) -> Result<(), Unavailable> {
        tracing::error!(message = notification.message, "{}", notification.subject);
        Ok(())
    }
}
