//! How the work of the pipeline ends, and what it counts on the way.

use crate::event::{InstallationId, PluginEvent};
use crate::ports::Unavailable;
use std::sync::atomic::{AtomicU64, Ordering};

/// How an event ended.
#[derive(Debug)]
pub enum EventOutcome {
    /// It is in the sink, as it stands here.
    Sent(Box<PluginEvent>),
    /// An app dropped it on purpose.
    Dropped {
        /// Which.
        by: InstallationId,
    },
    /// It was written whole as a dead letter.
    DeadLettered,
    /// It goes on later, from the stage that it has reached: that is stored.
    Continued,
    /// A port was out of reach, and so was the queue of work for later: nothing of the event is lost only if it is processed
    /// again.
    PutOff(Unavailable),
}

/// What a pipeline has done so far.
#[derive(Debug, Default)]
pub struct Counts {
    /// Events that entered, captured ones included.
    pub events: AtomicU64,
    /// Events that reached the sink.
    pub sent: AtomicU64,
    /// Events that an app dropped.
    pub dropped: AtomicU64,
    /// Events captured by apps.
    pub captured: AtomicU64,
    /// Calls of apps that failed for good, of any function; a batch of events counts as that many.
    pub failures: AtomicU64,
    /// Dead letters written.
    pub dead_letters: AtomicU64,
    /// Jobs that ran.
    pub jobs: AtomicU64,
    /// Scheduled tasks that ran.
    pub tasks: AtomicU64,
    /// Events handed to `exportEvents`.
    pub exported: AtomicU64,
    /// Calls that failed and are to be tried again.
    pub retries: AtomicU64,
    /// Calls that succeeded after failing before.
    pub successes_on_retry: AtomicU64,
    /// How often work was put off because a port was out of reach.
    pub put_off: AtomicU64,
    /// How often work was parked in front of an app that is not set up.
    pub parked: AtomicU64,
    /// How often work was handed to the next invocation for want of time.
    pub handed_on: AtomicU64,
    /// Ticks of scheduled tasks that were skipped because an earlier run still lasted.
    pub skipped_tasks: AtomicU64,
    /// Ticks of scheduled tasks that came too late to be run.
    pub stale_tasks: AtomicU64,
}

impl Counts {
    pub(super) fn add(counter: &AtomicU64, count: usize) {
        counter.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// The value of one counter.
    pub fn get(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::Relaxed)
    }
}

/// What an app did wrong, as the log shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureLog {
    /// The app threw, or took too much of something.
    Failed,
    /// The app was set aside because it could not be loaded or set up.
    Disabled,
}
