//! Captured events, a message each on the events queue.
//!
//! A body is the event as JSON, which decoding leaves as it is; how many captures led to it is the attribute [`HOPS_ATTRIBUTE`],
//! which no client of the stack can put into a body. A body above 1 MiB is in the bucket, as with `event_sink`.

pub use crate::queue::HOPS_ATTRIBUTE;

use crate::queue::{Outgoing, Queue};
use async_trait::async_trait;
use runtime_core::ports::Unavailable;
use runtime_core::ports::captures::{CapturedEvent, Captures};

/// [`Captures`] over a queue of SQS.
pub struct SqsCaptures {
    queue: Queue,
}

impl SqsCaptures {
    pub(crate) fn new(queue: Queue) -> Self {
        Self { queue }
    }
}

#[async_trait]
impl Captures for SqsCaptures {
    async fn send(&self, captured: CapturedEvent) -> Result<(), Unavailable> {
        self.queue.send(vec![Outgoing::event(&captured.event, Some(captured.hops))]).await
    }
}
