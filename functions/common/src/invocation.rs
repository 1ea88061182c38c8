//! The time of an invocation.

use lambda_runtime::Context;
use std::future::Future;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// One invocation of the function.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Its id.
    pub request_id: String,
    /// From then on nothing more is started.
    pub last_start: Instant,
    /// By then all work has been let go of, whatever is still running.
    pub stop_at: Instant,
    /// By then it is answered.
    pub answer_at: Instant,
}

/// How much of an invocation is kept for its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Margins {
    /// With less than this left no further record is started.
    pub start: Duration,
    /// With less than this left work is let go of, and with less than half of it the function answers: what is in between is for
    /// storing what finished work has left behind.
    pub answer: Duration,
}

impl Invocation {
    /// The invocation of that context.
    pub fn of(context: &Context, margins: Margins) -> Self {
        let remaining = context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
        Self::lasting(remaining, &context.request_id, margins)
    }

    /// An invocation that ends so much later than now.
    pub fn lasting(remaining: Duration, request_id: &str, margins: Margins) -> Self {
        let now = Instant::now();
        Self {
            request_id: request_id.to_owned(),
            last_start: now + remaining.saturating_sub(margins.start),
            stop_at: now + remaining.saturating_sub(margins.answer),
            answer_at: now + remaining.saturating_sub(margins.answer / 2),
        }
    }

    /// What work comes to, or `None` when it has to be let go of before.
    pub async fn work<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout_at(self.stop_at, work).await.ok()
    }

    /// What the end of work comes to, or `None` when the invocation must be answered before.
    pub async fn end_of_work<T>(&self, end: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout_at(self.answer_at, end).await.ok()
    }
}
