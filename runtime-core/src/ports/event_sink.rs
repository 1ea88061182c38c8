//! Where events go when the chain is done with them.

use super::Unavailable;
use crate::event::PluginEvent;
use async_trait::async_trait;

/// The end of the chain.
///
/// Guarantee: when `send` has returned `Ok`, every event of the slice has been handed over; on an error any of them may have
/// been, and all are sent again.
#[async_trait]
pub trait EventSink: Send + Sync {
    /// Hands over final events, in order.
    async fn send(&self, events: &[PluginEvent]) -> Result<(), Unavailable>;
}
