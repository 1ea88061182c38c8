//! The border between whatever brings records in (a Lambda function, the local queue, a file) and the pipeline.

use crate::ports::clock::Timestamp;
use async_trait::async_trait;
use std::collections::HashMap;

/// One message as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The same at every delivery of the message.
    pub message_id: String,
    /// What it holds; see [`crate::decode::decode`].
    pub body: Vec<u8>,
    /// When it was put into the queue, the same at every delivery.
    pub received_at: Timestamp,
    /// How often it was delivered, this time included: 1 at the first. From 2 on somebody may have crashed over it.
    pub receive_count: u32,
    /// What the queue and the sender said about it, by name.
    pub attributes: HashMap<String, String>,
}

/// How the work on a record ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordOutcome {
    /// The record may be acknowledged: each of its events is in the sink, was dropped on purpose, or was written whole as a
    /// dead letter or as work for later.
    Done,
    /// The record must come again: not even the work for later could be stored.
    Redeliver {
        /// What happened, for an operator; no event body and no secret in it.
        reason: String,
    },
}

/// Takes records through the pipeline. Records may be processed at the same time.
#[async_trait]
pub trait RecordProcessor: Send + Sync {
    /// Processes one record to its end. Dropping the future gives the record up: it will be delivered again, and what was
    /// done may be done twice.
    async fn process(&self, record: Record) -> RecordOutcome;

    /// Ends what the records of an invocation left behind. Called after the last of them and before any is acknowledged.
    /// [`RecordOutcome::Redeliver`] is about all of them.
    async fn flush(&self) -> RecordOutcome {
        RecordOutcome::Done
    }

    /// Goes on with work that waited for its time. No record depends on it, and dropping the future loses nothing: what was
    /// not ended comes again.
    async fn run_due(&self) {}
}
