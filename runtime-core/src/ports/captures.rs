//! Events that apps make themselves (`posthog.capture`), on their way back to the head of the pipeline.

use super::Unavailable;
use crate::event::PluginEvent;
use async_trait::async_trait;

/// A captured event with the number of captures that led to it.
#[derive(Debug, Clone, PartialEq)]
pub struct CapturedEvent {
    /// The event, complete, with its derived uuid.
    pub event: PluginEvent,
    /// 1 for an event that an outside event caused, 2 for one caused by that, and so on.
    pub hops: u32,
}

/// The head of the pipeline.
///
/// Guarantee: when `send` has returned `Ok` the event will go through the pipeline at least once.
#[async_trait]
pub trait Captures: Send + Sync {
    /// Hands an event over.
    async fn send(&self, captured: CapturedEvent) -> Result<(), Unavailable>;
}
