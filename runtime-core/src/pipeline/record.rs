//! The border between whatever brings records in (a Lambda function, the local queue, a file) and the pipeline.

use crate::ports::Unavailable;
use crate::ports::clock::Timestamp;
use crate::ports::dead_letters::DeadLetterReason;
use crate::ports::delayed_queue::Lane;
use async_trait::async_trait;
use std::collections::HashMap;
use std::time::Duration;

/// One message as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Which queue brought it. The other lanes are ours alone; what a record of [`Lane::Events`] says is anybody's who may send to it,
    /// so its body is no more than events, and its attributes are an id for events without a uuid and a count of captures.
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

/// The attribute of a message that holds the id under which its work was sent: the same for all copies of it.
pub const WORK_ID: &str = "hedgerow-id";

/// The attribute of a message that counts the captures which led to its event.
pub const HOPS: &str = "hedgerow-hops";

impl Record {
    /// A record that came for the first time, and says nothing but its body.
    pub fn new(lane: Lane, message_id: impl Into<String>, body: Vec<u8>, received_at: Timestamp) -> Self {
        let message_id = message_id.into();
        Self { lane, message_id, body, received_at, receive_count: 1, attributes: HashMap::new() }
    }

    /// The id of the work, which a message of ours carries; the message's own for any other.
    pub fn work_id(&self) -> &str {
        self.attributes.get(WORK_ID).unwrap_or(&self.message_id)
    }

    /// How many captures led to the record's events. What makes no sense is none.
    pub fn hops(&self) -> u32 {
        self.attributes.get(HOPS).and_then(|hops| hops.parse().ok()).unwrap_or(0)
    }
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

/// Why an invocation cannot begin.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the changed installations could not be started, so this environment does nothing until they can: {0}")]
pub struct NotBegun(pub String);

/// Takes records through the pipeline. Records may be processed at the same time.
#[async_trait]
pub trait RecordProcessor: Send + Sync {
    /// An invocation begins, of which everything must have been let go of at `until`, as [`Clock::elapsed`] counts: what is
    /// unfinished then, or would not be finished in time, is put off. One invocation at a time. All of it is run by what is
    /// installed now.
    ///
    /// # Errors
    /// When what is installed now cannot be run, and what was installed before does not run any more: nothing can be processed.
    ///
    /// [`Clock::elapsed`]: crate::ports::clock::Clock::elapsed
    async fn begin(&self, _until: Duration) -> Result<(), NotBegun> {
        Ok(())
    }

    /// Processes one record to its end. Dropping the future gives the record up: it will be delivered again, and what was
    /// done may be done twice.
    async fn process(&self, record: Record) -> RecordOutcome;

    /// Ends what the records of an invocation left behind. Called after the last of them and before any is acknowledged.
    /// [`RecordOutcome::Redeliver`] is about all of them.
    async fn flush(&self) -> RecordOutcome {
        RecordOutcome::Done
    }

    /// Keeps a record whole as a dead letter: one that its queue gave up (`crashed`), or whose body is gone (`lost_body`).
    async fn import(&self, record: Record, reason: DeadLetterReason, message: String) -> RecordOutcome;

    /// Processes the records of one invocation together, where they are worked on in batches ([`Lane::Exports`]). An outcome for
    /// each, in their order.
    async fn process_all(&self, records: Vec<Record>) -> Vec<RecordOutcome>;

    /// The time of a scheduled task has come: sends a message for each installation that has it, so that one failing or
    /// slow app touches no other. `task` is one of [`TRIGGERED_TASKS`]; returns how many messages were sent.
    ///
    /// [`TRIGGERED_TASKS`]: crate::isolate::TRIGGERED_TASKS
    async fn trigger(&self, task: &str, at: Timestamp) -> Result<usize, Unavailable>;

    /// Tells telemetry how many apps are disabled although they are meant to run
    /// ([`Notice::DisabledApps`](crate::telemetry::Notice::DisabledApps)); returns it.
    async fn report_disabled_apps(&self) -> Result<usize, Unavailable>;

    /// The environment ends: apps are told (`teardownPlugin`). Nothing depends on it.
    async fn tear_down(&self) {}
}
