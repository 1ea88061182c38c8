//! What the workers of a run know of one another.

use crate::files::Lines;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// How far a run is.
#[derive(Debug)]
pub struct Progress {
    is_over: AtomicBool,
    kills_left: AtomicI64,
    busy: AtomicI64,
    held: AtomicI64,
    remarks: Lines,
}

/// A worker works as long as this is.
#[derive(Debug)]
pub struct Busy(Arc<Progress>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Progress {
    /// A run in which something is killed at most so often.
    #[must_use]
    pub fn new(kills: u32, remarks: Lines) -> Self {
        Self {
            is_over: AtomicBool::new(false),
            kills_left: AtomicI64::new(i64::from(kills)),
            busy: AtomicI64::new(0),
            held: AtomicI64::new(0),
            remarks,
        }
    }

    /// Whether the workers are to end.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Ends the workers.
    pub fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }

    /// Whether one more kill is in the plan.
    #[must_use]
    pub fn may_kill(&self) -> bool {
        self.kills_left.load(Ordering::SeqCst) > 0
    }

    /// Something was killed.
    pub fn killed(&self) {
        self.kills_left.fetch_sub(1, Ordering::SeqCst);
    }

    /// A worker works.
    #[must_use]
    pub fn busy(self: &Arc<Self>) -> Busy {
        self.busy.fetch_add(1, Ordering::SeqCst);
        Busy(Arc::clone(self))
    }

    /// So many copies of messages wait at a worker.
    pub fn hold(&self, count: usize) {
        self.held.fetch_add(i64::try_from(count).unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// So many do not any more.
    pub fn release(&self, count: usize) {
        self.held.fetch_sub(i64::try_from(count).unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// Whether no worker works and none holds copies.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.busy.load(Ordering::SeqCst) == 0 && self.held.load(Ordering::SeqCst) == 0
    }

    /// Writes something down that is worth a look.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn remark(&self, text: &str) -> io::Result<()> {
        self.remarks.add(&text)
    }
}
