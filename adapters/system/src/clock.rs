//! The time of this machine.

use async_trait::async_trait;
use runtime_core::ports::clock::{Clock, Timestamp};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The wall clock, and time since this value was made as the passing of time.
#[derive(Debug, Clone)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock whose elapsed time begins at 0 now.
    #[must_use]
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        // A wall clock before 1970 counts as 1970; one beyond the year 292 million as the last time there is.
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    async fn sleep_until(&self, deadline: Duration) {
        // tokio's timer may run on a clock of its own (its tests pause it), so the deadline is checked against ours.
        while let Some(left) = deadline.checked_sub(self.elapsed()).filter(|left| !left.is_zero()) {
            tokio::time::sleep(left).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime_core::ports::conformance;

    #[tokio::test]
    async fn passes_the_suite() {
        conformance::clock::run(&SystemClock::new(), |_| ()).await;
    }

    #[test]
    fn now_is_the_time_of_day() {
        // 2026-01-01, before this test was written.
        assert!(SystemClock::new().now() > Timestamp(1_767_225_600_000));
    }
}
