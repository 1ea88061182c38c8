//! The last resort: some of the engine's own functions (the product of two huge BigInts, the join of a huge array) cannot be
//! interrupted. A stretch that goes on long after its limit ends the process; whoever started the process starts another, and
//! what was not acknowledged comes again.

use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

/// How often the watchdog looks.
const INTERVAL: Duration = Duration::from_secs(1);

/// What a stretch may take beyond twice its limit, which leaves room for a machine that was frozen.
const GRACE: Duration = Duration::from_secs(10);

/// No thread has this clock.
const NO_CLOCK: libc::clockid_t = 0;

/// What is being watched: the stretch that runs in one isolate, if one does. In real time, whatever the clock port says.
pub(super) struct Watched {
    /// Milliseconds since the dog woke, plus one; 0 while no stretch runs.
    started: AtomicU64,
    /// The CPU clock of the thread on which it runs, and what it showed when the stretch started, in milliseconds: on a machine
    /// that has too much to do a stretch may take long and yet have done little.
    cpu_clock: AtomicI32,
    cpu_started: AtomicU64,
    patience: Duration,
}

impl Watched {
    /// Watches an isolate whose stretches may take `limit` from now on.
    pub(super) fn begin(limit: Duration) -> Arc<Self> {
        let watched = Arc::new(Self::new(2 * limit + GRACE));
        let mut all = watched_by_the_dog().lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|known| known.strong_count() > 0);
        all.push(Arc::downgrade(&watched));
        watched
    }

    fn new(patience: Duration) -> Self {
        Self {
            started: AtomicU64::new(0),
            cpu_clock: AtomicI32::new(NO_CLOCK),
            cpu_started: AtomicU64::new(0),
            patience,
        }
    }

    /// A stretch starts, on this thread.
    pub(super) fn start(&self) {
        let clock = clock_of_this_thread();
        self.cpu_clock.store(clock, Ordering::Relaxed);
        self.cpu_started.store(cpu_ms(clock).unwrap_or(0), Ordering::Relaxed);
        self.start_at(since_waking());
    }

    /// The stretch has ended.
    pub(super) fn stop(&self) {
        self.started.store(0, Ordering::Release);
    }

    fn start_at(&self, now: Duration) {
        self.started.store(milliseconds(now) + 1, Ordering::Release);
    }

    fn is_stuck(&self, now: Duration) -> bool {
        match self.started.load(Ordering::Acquire) {
            0 => false,
            started => milliseconds(now) + 1 > started + milliseconds(self.patience) && !self.was_kept_waiting(),
        }
    }

    /// Whether the machine has given the stretch less than half of the time that it may take.
    fn was_kept_waiting(&self) -> bool {
        let used = cpu_ms(self.cpu_clock.load(Ordering::Relaxed));
        used.is_some_and(|used| {
            used.saturating_sub(self.cpu_started.load(Ordering::Relaxed)) < milliseconds(self.patience) / 2
        })
    }
}

fn clock_of_this_thread() -> libc::clockid_t {
    let mut clock = NO_CLOCK;
    // SAFETY: the thread exists, as it is the one that asks, and `clock` is a valid place to write to.
    let status = unsafe { libc::pthread_getcpuclockid(libc::pthread_self(), &raw mut clock) };
    if status == 0 { clock } else { NO_CLOCK }
}

/// What a thread's CPU clock shows; `None` if there is none, or none any more.
fn cpu_ms(clock: libc::clockid_t) -> Option<u64> {
    if clock == NO_CLOCK {
        return None;
    }
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place to write to, and a clock that is gone is an error.
    let status = unsafe { libc::clock_gettime(clock, &raw mut time) };
    let time = Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?);
    (status == 0).then(|| milliseconds(time))
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX >> 1)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a stuck engine is stuck in real time, also where a test holds the clock still"
)]
fn since_waking() -> Duration {
    static WOKE: OnceLock<Instant> = OnceLock::new();
    WOKE.get_or_init(Instant::now).elapsed()
}

/// Every isolate of the process. The first one wakes the dog.
fn watched_by_the_dog() -> &'static Mutex<Vec<Weak<Watched>>> {
    static ALL: OnceLock<Mutex<Vec<Weak<Watched>>>> = OnceLock::new();
    ALL.get_or_init(|| {
        // Without a thread for it there is no last resort; everything else works.
        drop(std::thread::Builder::new().name("watchdog".into()).spawn(watch));
        Mutex::default()
    })
}

fn watch() {
    loop {
        std::thread::park_timeout(INTERVAL);
        let stuck = {
            let all = watched_by_the_dog().lock().unwrap_or_else(PoisonError::into_inner);
            all.iter().filter_map(Weak::upgrade).any(|watched| watched.is_stuck(since_waking()))
        };
        if stuck {
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_stuck_long_after_its_limit_and_only_while_it_runs() {
        let watched = Watched::new(2 * Duration::from_secs(30) + GRACE);
        let start = Duration::from_secs(5);
        watched.start_at(start);
        assert!(!watched.is_stuck(start + Duration::from_secs(70)));
        assert!(watched.is_stuck(start + Duration::from_millis(70_001)));
        watched.stop();
        assert!(!watched.is_stuck(start + Duration::from_secs(1000)));
    }

    #[test]
    fn a_stretch_that_the_machine_kept_waiting_is_not_stuck() {
        let watched = Watched::new(Duration::from_secs(70));
        watched.start();
        assert!(!watched.is_stuck(since_waking() + Duration::from_secs(1000)), "it has used next to no CPU time");
        watched.cpu_clock.store(NO_CLOCK, Ordering::Relaxed);
        assert!(watched.is_stuck(since_waking() + Duration::from_secs(1000)), "a thread without a clock");
    }
}
