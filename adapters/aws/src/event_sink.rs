//! Final events, a message each on the output queue.
//!
//! A body is the event as JSON. Where that is above 1 MiB, it is the name of an object in the bucket (`claims/NAME`), and the message
//! has the attribute [`BLOB_ATTRIBUTE`]. An event may arrive more than once: its `uuid` tells.

pub use crate::queue::BLOB_ATTRIBUTE;

use crate::queue::{Outgoing, Queue};
use async_trait::async_trait;
use runtime_core::event::PluginEvent;
use runtime_core::ports::event_sink::{EventSink, SinkError};

/// [`EventSink`] over a queue of SQS.
pub struct SqsEventSink {
    queue: Queue,
}

impl SqsEventSink {
    pub(crate) fn new(queue: Queue) -> Self {
        Self { queue }
    }
}

#[async_trait]
impl EventSink for SqsEventSink {
    async fn send(&self, events: &[PluginEvent]) -> Result<(), SinkError> {
        Ok(self.queue.send(events.iter().map(|event| Outgoing::event(event, None)).collect()).await?)
    }
}
