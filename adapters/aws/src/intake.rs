//! The way into a stack: records on its events queue, as a client of the stack sends them.

use crate::blob_store::{Prefix, S3BlobStore};
use crate::queue::{Outgoing, Queue};
use crate::sdk;
use aws_config::SdkConfig;
use runtime_core::ports::Unavailable;
use std::sync::Arc;

/// A record on its way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingRecord {
    /// By which the stack tells that it got the record twice; the uuids of events that have none are derived from it.
    pub id: String,
    /// The team or token, so that a team that floods the queue delays itself only.
    pub group: Option<String>,
    /// One event, or several in any form that [`runtime_core::decode`] knows.
    pub body: String,
}

/// The events queue of a stack.
pub struct Intake {
    queue: Queue,
}

impl Intake {
    /// That of this URL; bodies that are too large for a message go into the bucket. Calls nothing.
    #[must_use]
    pub fn new(config: &SdkConfig, queue_url: String, bucket: String) -> Self {
        let claims = Arc::new(S3BlobStore::new(sdk::s3_client(config), bucket, Prefix::Claims));
        Self { queue: Queue::new(aws_sdk_sqs::Client::new(config), queue_url, claims, "events queue") }
    }

    /// Sends all, in as few requests as SQS allows.
    ///
    /// # Errors
    /// When the queue or the bucket does not take one of them. Any of the others may have been sent.
    pub async fn send(&self, records: Vec<IncomingRecord>) -> Result<(), Unavailable> {
        self.queue.send(records.into_iter().map(Outgoing::record).collect()).await
    }
}
