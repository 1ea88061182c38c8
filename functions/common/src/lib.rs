//! What the three Lambda functions share: messages of SQS become records of the core, outcomes become the answer, and the
//! environment becomes a pipeline.

pub mod answer;
pub mod claims;
pub mod due;
pub mod invocation;
pub mod messages;
pub mod queues;
pub mod settings;
pub mod shutdown;
pub mod telemetry;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod worker;

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

/// The attribute of a message whose body is the name of a blob, which holds the real body.
pub(crate) const BLOB_ATTRIBUTE: &str = "hedgerow-blob";
