//! Work that is due later than a queue can hold it back.

use async_trait::async_trait;
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::Timestamp;

/// The table of such work.
#[async_trait]
pub trait DueTable: Send + Sync {
    /// Sends what is due within the longest delay of a queue after `now`, each to become visible at its time. How many messages
    /// were sent.
    async fn sweep(&self, now: Timestamp) -> Result<usize, Unavailable>;
}
