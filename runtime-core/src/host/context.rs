//! On whose behalf something is done.

use crate::event::WorkId;
use std::sync::atomic::{AtomicU64, Ordering};

/// The unit of work that a call belongs to. Everything the call does outside carries an id derived from it, so that a second
/// run of the same work can be recognised (design decision 8).
#[derive(Debug)]
pub struct CallContext {
    /// The work's own id.
    pub work: WorkId,
    /// The uuid of the event, where the call is about one.
    pub event_uuid: Option<String>,
    /// How many captures led here; 0 for an event from outside.
    pub hops: u32,
    ordinal: AtomicU64,
    host_calls: AtomicU64,
}

impl CallContext {
    /// The context of one unit of work.
    pub fn new(work: WorkId, event_uuid: Option<String>, hops: u32) -> Self {
        Self { work, event_uuid, hops, ordinal: AtomicU64::new(0), host_calls: AtomicU64::new(0) }
    }

    /// The id of the next thing that the call does outside.
    pub fn next_operation(&self) -> WorkId {
        let ordinal = self.ordinal.fetch_add(1, Ordering::Relaxed);
        WorkId(format!("{}.{ordinal}", self.work))
    }

    /// Counts a call to the outside, as [`AppCall::host_calls`](crate::telemetry::AppCall::host_calls) says what is one.
    pub(crate) fn count_host_call(&self) {
        self.host_calls.fetch_add(1, Ordering::Relaxed);
    }

    /// How many calls to the outside were counted so far.
    pub fn host_calls(&self) -> u64 {
        self.host_calls.load(Ordering::Relaxed)
    }
}
