//! How long and how much an app may: the numbers, and the meter of a stretch of running code.

use std::time::Duration;

/// The limits of one isolate (behaviour.md, table row "limits").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Wall time of one call of `setupPlugin`, `teardownPlugin`, `processEvent`, `onEvent`, `exportEvents`, `composeWebhook`.
    pub call: Duration,
    /// Wall time of any single `await`.
    pub single_await: Duration,
    /// CPU time of any stretch of code between two waits.
    pub synchronous: Duration,
    /// Wall time of a whole job or scheduled task, and of what any call leaves behind when it returns.
    pub invocation: Duration,
    /// Bytes of the engine's heap.
    pub memory_bytes: usize,
    /// Bytes of the engine's stack.
    pub stack_bytes: usize,
    /// Bytes of one response body of `fetch`, as received and as decoded; they are outside the engine's heap until it is read.
    pub max_response_bytes: u64,
    /// How many calls may overlap their waiting.
    pub overlapping_calls: usize,
    /// How many events the app may capture in a minute, in one process.
    pub captures_per_minute: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(30),
            single_await: Duration::from_secs(30),
            synchronous: Duration::from_secs(30),
            invocation: Duration::from_secs(840),
            memory_bytes: 64 << 20,
            stack_bytes: 4 << 20,
            max_response_bytes: 32 << 20,
            overlapping_calls: 10,
            captures_per_minute: 6_000,
        }
    }
}

/// The CPU time that the calling thread has used so far. An isolate has a thread of its own, so this is the app's.
pub(super) fn thread_cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock exists on every Linux, and `time` is a valid place to write to.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    if status != 0 {
        return Duration::ZERO;
    }
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}
