//! Captured events on their way back to the head of the pipeline, within one process.

use crate::ports::Unavailable;
use crate::ports::captures::{CapturedEvent, Captures};
use async_trait::async_trait;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// A queue in memory. Whoever runs the pipeline empties it before the work that filled it counts as done, so nothing is lost
/// with the process that was not to be done again anyway.
#[derive(Debug, Default)]
pub struct CaptureQueue {
    waiting: Mutex<VecDeque<CapturedEvent>>,
}

impl CaptureQueue {
    /// The event that waits longest.
    pub fn take(&self) -> Option<CapturedEvent> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

#[async_trait]
impl Captures for CaptureQueue {
    async fn send(&self, captured: CapturedEvent) -> Result<(), Unavailable> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back(captured);
        Ok(())
    }
}
