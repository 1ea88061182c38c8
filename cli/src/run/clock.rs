//! The clock of a run: the machine's, which `--virtual-clock` lets jump to the time of work that waits.

use adapter_local::clock::SystemClock;
use async_trait::async_trait;
use runtime_core::ports::clock::{Clock, Timestamp};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// The machine's clock, ahead of it by the jumps so far. Only the time of day jumps: limits and time-outs stay real.
#[derive(Debug, Default)]
pub struct JumpingClock {
    machine: SystemClock,
    ahead_milliseconds: AtomicI64,
}

impl JumpingClock {
    /// Lets that time be now; a time that has passed changes nothing.
    pub fn jump_to(&self, time: Timestamp) {
        let ahead = time.0.saturating_sub(self.machine.now().0);
        self.ahead_milliseconds.fetch_max(ahead, Ordering::Relaxed);
    }
}

#[async_trait]
impl Clock for JumpingClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.machine.now().0.saturating_add(self.ahead_milliseconds.load(Ordering::Relaxed)))
    }

    fn elapsed(&self) -> Duration {
        self.machine.elapsed()
    }

    async fn sleep_until(&self, deadline: Duration) {
        self.machine.sleep_until(deadline).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_jumps_ahead_and_never_back() {
        let clock = JumpingClock::default();
        let start = clock.now();
        clock.jump_to(start.plus(Duration::from_secs(600)));
        assert!(clock.now() >= start.plus(Duration::from_secs(600)));
        clock.jump_to(start);
        assert!(clock.now() >= start.plus(Duration::from_secs(600)));
        assert!(clock.elapsed() < Duration::from_secs(600));
    }
}
