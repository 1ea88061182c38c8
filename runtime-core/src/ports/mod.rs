//! What hedgerow needs from outside, a trait a file. Adapters implement them; every adapter passes the suite of the same name
//! in `conformance` (feature `conformance`).

pub mod app_logs;
pub mod app_metrics;
pub mod blob_store;
pub mod captures;
pub mod clock;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod data_keys;
pub mod dead_letters;
pub mod delayed_queue;
pub mod documents;
pub mod entropy;
pub mod event_sink;
pub mod geoip;
pub mod http;
pub mod key_value;
pub mod network;
pub mod notifier;
pub mod virtual_clock;

use std::error::Error;

/// A port did not do what was asked, after its own retries. Never shown to an app and never counted as an app's failure
/// (behaviour.md, "failing infrastructure"): the caller puts the work off.
#[derive(Debug, thiserror::Error)]
#[error("{port} is unavailable: {message}")]
pub struct Unavailable {
    /// Which port: `cache`, `storage`, `dead letters`, ...
    pub port: &'static str,
    /// What happened, for an operator.
    pub message: String,
    /// The adapter's own error.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl Unavailable {
    /// An error of `port` caused by `source`.
    pub fn caused_by(port: &'static str, source: impl Error + Send + Sync + 'static) -> Self {
        Self { port, message: source.to_string(), source: Some(Box::new(source)) }
    }
}
