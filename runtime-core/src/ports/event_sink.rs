//! Where events go when the chain is done with them.

use super::Unavailable;
use crate::event::PluginEvent;
use async_trait::async_trait;

/// Why events were not handed over.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The sink is out of reach, or does not take them now.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// One of them it will never take.
    #[error("the sink will never take the event: {reason}")]
    Refused {
        /// Which, by its place in the slice.
        index: usize,
        /// Why, for an operator, and what to do.
        reason: String,
    },
}

/// The end of the chain.
///
/// Guarantee: when `send` has returned `Ok`, every event of the slice has been handed over; on an error any of them may have
/// been, and all but a refused one are sent again.
#[async_trait]
pub trait EventSink: Send + Sync {
    /// Hands over final events, in order.
    async fn send(&self, events: &[PluginEvent]) -> Result<(), SinkError>;
}
