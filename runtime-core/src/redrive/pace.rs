//! No more than so many a second: what receives the work may be what had broken down.

use crate::ports::clock::Clock;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// The steps of a piece of work, each at least so long after the one before it. Time that a step took too long is not made up for:
/// no second has more steps than it may.
pub struct Pace {
    limit: Option<Limit>,
}

struct Limit {
    clock: Arc<dyn Clock>,
    interval: Duration,
    /// On the clock's elapsed time.
    next_at: Duration,
}

impl Pace {
    /// As fast as it goes.
    #[must_use]
    pub fn unlimited() -> Self {
        Self { limit: None }
    }

    /// At most so many steps a second.
    #[must_use]
    pub fn at_most(per_second: NonZeroU32, clock: Arc<dyn Clock>) -> Self {
        let interval = Duration::from_secs(1) / per_second.get();
        Self { limit: Some(Limit { next_at: clock.elapsed(), interval, clock }) }
    }

    /// Ends when the next step may begin; the first may at once.
    pub async fn step(&mut self) {
        let Some(limit) = &mut self.limit else { return };
        limit.clock.sleep_until(limit.next_at).await;
        limit.next_at = limit.clock.elapsed().max(limit.next_at) + limit.interval;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::clock::Timestamp;
    use crate::ports::virtual_clock::VirtualClock;
    use futures_util::FutureExt;

    fn at_most(per_second: u32) -> (Arc<VirtualClock>, Pace) {
        let clock = Arc::new(VirtualClock::at(Timestamp(0)));
        let pace = Pace::at_most(per_second.try_into().expect("not 0"), clock.clone());
        (clock, pace)
    }

    /// Whether the next step may begin now.
    fn may_go(pace: &mut Pace) -> bool {
        pace.step().now_or_never().is_some()
    }

    #[test]
    fn a_step_waits_for_its_part_of_the_second() {
        let (clock, mut pace) = at_most(4);
        assert!(may_go(&mut pace), "the first goes at once");
        assert!(!may_go(&mut pace));
        clock.advance(Duration::from_millis(249));
        assert!(!may_go(&mut pace));
        clock.advance(Duration::from_millis(1));
        assert!(may_go(&mut pace) && !may_go(&mut pace));
    }

    #[test]
    fn a_slow_step_gives_no_credit() {
        let (clock, mut pace) = at_most(2);
        assert!(may_go(&mut pace));
        clock.advance(Duration::from_secs(60));
        assert!(may_go(&mut pace));
        assert!(!may_go(&mut pace), "a minute without a step is no reason for a burst");
        clock.advance(Duration::from_millis(500));
        assert!(may_go(&mut pace));
    }

    #[test]
    fn without_a_limit_nothing_waits() {
        let mut pace = Pace::unlimited();
        assert!((0..1_000).all(|_| may_go(&mut pace)));
    }
}
