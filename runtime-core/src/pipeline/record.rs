//! The border between whatever brings records in (a Lambda function, the local queue, a file) and the pipeline.

use crate::ports::Unavailable;
use crate::ports::clock::Timestamp;
use crate::ports::delayed_queue::Lane;
use async_trait::async_trait;
use std::collections::HashMap;
use std::time::Duration;

/// One message as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Which queue brought it. Nothing in a record of [`Lane::Events`] is believed; the other lanes are ours alone.
    pub lane: Lane,
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
    /// An invocation begins, of which everything must have been let go of at `until`, as [`Clock::elapsed`] counts: what is
    /// unfinished then, or would not be finished in time, is put off. One invocation at a time.
    ///
    /// [`Clock::elapsed`]: crate::ports::clock::Clock::elapsed
    fn begin(&self, _until: Duration) {}

    /// Processes one record to its end. Dropping the future gives the record up: it will be delivered again, and what was
    /// done may be done twice.
    async fn process(&self, record: Record) -> RecordOutcome;

    /// Ends what the records of an invocation left behind. Called after the last of them and before any is acknowledged.
    /// [`RecordOutcome::Redeliver`] is about all of them.
    async fn flush(&self) -> RecordOutcome {
        RecordOutcome::Done
    }

    /// Keeps a record whose queue gave it up, whole, as a dead letter (`crashed`).
    async fn import(&self, record: Record) -> RecordOutcome;

    /// Processes the records of one invocation together, where they are worked on in batches ([`Lane::Exports`]). An outcome for
    /// each, in their order.
    async fn process_all(&self, records: Vec<Record>) -> Vec<RecordOutcome>;

    /// The time of a scheduled task has come: sends a message for each installation that has it, so that one failing or
    /// slow app touches no other. `task` is one of [`TRIGGERED_TASKS`]; returns how many messages were sent.
    ///
    /// [`TRIGGERED_TASKS`]: crate::isolate::TRIGGERED_TASKS
    async fn trigger(&self, task: &str, at: Timestamp) -> Result<usize, Unavailable>;

    /// The environment ends: apps are told (`teardownPlugin`). Nothing depends on it.
    async fn tear_down(&self) {}

    /// Goes on with work that waited for its time. No record depends on it, and dropping the future loses nothing: what was
    /// not ended comes again.
    async fn run_due(&self) {}
}
