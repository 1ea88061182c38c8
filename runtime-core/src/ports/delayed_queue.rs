//! Work for later, and work for others: jobs, exports, and whatever cannot be finished now.

use super::Unavailable;
use super::clock::Timestamp;
use crate::event::TeamId;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Which of the functions a message is for. Each lane is a queue of its own where functions are fed by queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Records as they come from outside.
    Events,
    /// Events that go on from a stage.
    Continuations,
    /// Events and batches for `exportEvents`.
    Exports,
    /// Jobs and scheduled tasks.
    Jobs,
}

/// One message. Sending an `id` that is waiting already changes nothing where the queue can tell: a derived id is sent once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DelayedMessage {
    /// Derived from the work that sent it.
    pub id: String,
    /// Who works on it.
    pub lane: Lane,
    /// Whose it is: a team that sends much delays itself only.
    pub team: Option<TeamId>,
    /// Not handed out before this time.
    pub not_before: Timestamp,
    /// What to do, as JSON text; the queue does not read it.
    pub body: String,
}

/// Where messages are sent.
///
/// Guarantee: when `send` has returned `Ok` the message survives the process and is handed out at `not_before` or later, at
/// least once.
#[async_trait]
pub trait DelayedQueue: Send + Sync {
    /// Stores a message.
    async fn send(&self, message: DelayedMessage) -> Result<(), Unavailable>;
}

/// Where messages are taken that no other service brings: the local queue, and the table of what is due later than a queue can
/// hold back.
///
/// Guarantees: between `take` and `finish` a message is handed to nobody else for the length of the lease; after `finish`
/// never again; sending an id that is waiting changes nothing.
#[async_trait]
pub trait DueWork: DelayedQueue {
    /// At most `limit` messages that are due at `now`, earliest first, leased until `lease_until`.
    async fn take(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: usize,
    ) -> Result<Vec<DelayedMessage>, Unavailable>;

    /// The work of a taken message is done.
    async fn finish(&self, id: &str) -> Result<(), Unavailable>;

    /// How many messages are not finished (due or not, leased or not), and the earliest time at which [`DueWork::take`]
    /// could hand one out: `not_before`, or the end of a lease.
    async fn waiting(&self) -> Result<(u64, Option<Timestamp>), Unavailable>;
}
