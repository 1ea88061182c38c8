//! What the three Lambda functions share: messages of SQS become records of the core, outcomes become the answer, and the
//! environment becomes a pipeline.

mod acknowledge;
pub mod answer;
mod call_metrics;
pub mod claims;
pub mod due;
mod installed;
pub mod invocation;
pub mod messages;
mod own_metrics;
pub mod queues;
pub mod settings;
mod shutdown;
mod sink;
mod telemetry;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod wiring;
pub mod worker;

pub use wiring::start;

use adapter_aws::event_sink::BLOB_ATTRIBUTE;
use due::DueTable;
use std::sync::Arc;
use worker::Worker;

/// A function, ready for invocations.
pub struct Function {
    /// Works on messages.
    pub worker: Worker,
    /// Is swept every minute.
    pub due: Arc<dyn DueTable>,
}
