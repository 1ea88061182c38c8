//! The sink of a stack whose apps do everything that is wanted.

use async_trait::async_trait;
use runtime_core::event::PluginEvent;
use runtime_core::ports::event_sink::{EventSink, SinkError};

/// Final events go nowhere.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSink;

#[async_trait]
impl EventSink for NoSink {
    async fn send(&self, _events: &[PluginEvent]) -> Result<(), SinkError> {
        Ok(())
    }
}
