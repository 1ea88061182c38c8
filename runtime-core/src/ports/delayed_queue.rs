//! Work for later: jobs, and whatever else is not due yet.

use super::Unavailable;
use super::clock::Timestamp;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// One message. Sending an `id` that is waiting already changes nothing: a derived id is sent once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DelayedMessage {
    /// Derived from the work that sent it.
    pub id: String,
    /// Not handed out before this time.
    pub not_before: Timestamp,
    /// What to do, as JSON text; the queue does not read it.
    pub body: String,
}

/// A queue whose messages have a time.
///
/// Guarantees: a sent message survives the process and is handed out at `not_before` or later, at least once; between `take`
/// and `finish` it is handed to nobody else for the length of the lease; after `finish` never again.
#[async_trait]
pub trait DelayedQueue: Send + Sync {
    /// Stores a message.
    async fn send(&self, message: DelayedMessage) -> Result<(), Unavailable>;

    /// At most `limit` messages that are due at `now`, earliest first, leased until `lease_until`.
    async fn take(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: usize,
    ) -> Result<Vec<DelayedMessage>, Unavailable>;

    /// The work of a taken message is done.
    async fn finish(&self, id: &str) -> Result<(), Unavailable>;

    /// How many messages are not finished (due or not, leased or not), and the earliest time at which [`DelayedQueue::take`]
    /// could hand one out: `not_before`, or the end of a lease.
    async fn waiting(&self) -> Result<(u64, Option<Timestamp>), Unavailable>;
}
