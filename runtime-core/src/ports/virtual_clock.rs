//! A clock that moves only when it is told to: for tests, and for the CLI where time is part of a case.

use super::clock::{Clock, Timestamp};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::sync::Notify;

/// A [`Clock`] in the hands of its owner. Share it in an `Arc`: one end reads it, the other moves it.
#[derive(Debug)]
pub struct VirtualClock {
    state: Mutex<State>,
    /// Told whenever a task begins to sleep.
    slept: Notify,
}

#[derive(Debug)]
struct State {
    now: Timestamp,
    elapsed: Duration,
    /// By deadline, then by the order in which they went to sleep.
    sleepers: BTreeMap<(Duration, u64), Waker>,
    next_ticket: u64,
}

impl VirtualClock {
    /// A clock that stands at `now`, with no time elapsed.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        let state = State { now, elapsed: Duration::ZERO, sleepers: BTreeMap::new(), next_ticket: 0 };
        Self { state: Mutex::new(state), slept: Notify::new() }
    }

    /// Lets `duration` pass: the time of day and the elapsed time move by it, then every sleeper whose deadline has come is
    /// woken, the earliest deadline first and equal ones in the order in which they went to sleep.
    pub fn advance(&self, duration: Duration) {
        let woken = {
            let mut state = self.lock();
            state.now = state.now.plus(duration);
            state.elapsed = state.elapsed.saturating_add(duration);
            let later = match state.elapsed.checked_add(Duration::from_nanos(1)) {
                Some(after) => state.sleepers.split_off(&(after, 0)),
                None => BTreeMap::new(),
            };
            std::mem::replace(&mut state.sleepers, later)
        };
        // Outside the lock: a waker may run its task at once, and the task may read this clock.
        for waker in woken.into_values() {
            waker.wake();
        }
    }

    /// Sets the time of day and leaves the elapsed time alone. The time of day never goes back: an earlier time changes nothing
    /// and returns false.
    pub fn set_now(&self, now: Timestamp) -> bool {
        let mut state = self.lock();
        let forward = now >= state.now;
        if forward {
            state.now = now;
        }
        forward
    }

    /// How many tasks sleep on this clock.
    pub fn sleepers(&self) -> usize {
        self.lock().sleepers.len()
    }

    /// The elapsed time at which the first of the sleepers wakes; `None` if nobody sleeps.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.lock().sleepers.first_key_value().map(|((deadline, _), _)| *deadline)
    }

    /// Whether somebody sleeps until exactly that elapsed time.
    pub fn is_awaited(&self, deadline: Duration) -> bool {
        self.lock().sleepers.range((deadline, 0)..=(deadline, u64::MAX)).next().is_some()
    }

    /// Ends once at least one task sleeps; at once if one already does.
    pub async fn wait_for_sleeper(&self) {
        loop {
            // Made before the look: it hears of every sleeper that comes after this line.
            let slept = self.slept.notified();
            if self.sleepers() > 0 {
                return;
            }
            slept.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs while the lock is held, so the state of a poisoned one is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.lock().now
    }

    fn elapsed(&self) -> Duration {
        self.lock().elapsed
    }

    async fn sleep_until(&self, deadline: Duration) {
        Sleep { clock: self, deadline, ticket: None }.await;
    }
}

/// One task asleep. Dropping it (a time-out that was not needed) takes it off the clock.
struct Sleep<'clock> {
    clock: &'clock VirtualClock,
    deadline: Duration,
    ticket: Option<u64>,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let new = {
            let mut state = self.clock.lock();
            if state.elapsed >= self.deadline {
                return Poll::Ready(());
            }
            let ticket = self.ticket.unwrap_or(state.next_ticket);
            let new = self.ticket.is_none();
            if new {
                state.next_ticket += 1;
            }
            state.sleepers.insert((self.deadline, ticket), context.waker().clone());
            self.ticket = Some(ticket);
            new
        };
        if new {
            self.clock.slept.notify_waiters();
        }
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.clock.lock().sleepers.remove(&(self.deadline, ticket));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    const START: Timestamp = Timestamp(1_672_531_200_000);

    #[test]
    fn advance_moves_both_times() {
        let clock = VirtualClock::at(START);
        clock.advance(Duration::from_millis(1_500));
        assert_eq!(clock.now(), Timestamp(START.0 + 1_500));
        assert_eq!(clock.elapsed(), Duration::from_millis(1_500));
    }

    #[test]
    fn set_now_moves_the_time_of_day_only_and_never_back() {
        let clock = VirtualClock::at(START);
        assert!(clock.set_now(Timestamp(START.0 + 10)));
        assert!(!clock.set_now(START));
        assert_eq!(clock.now(), Timestamp(START.0 + 10));
        assert_eq!(clock.elapsed(), Duration::ZERO);
    }

    #[tokio::test]
    async fn sleepers_wake_by_deadline_then_by_arrival() {
        let clock = Arc::new(VirtualClock::at(START));
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for (name, seconds) in [("b", 2), ("a", 1), ("c", 2), ("late", 9)] {
            let (clock, order) = (Arc::clone(&clock), Arc::clone(&order));
            tasks.push(tokio::spawn(async move {
                clock.sleep_until(Duration::from_secs(seconds)).await;
                order.lock().unwrap().push(name);
            }));
        }
        while clock.sleepers() < 4 {
            tokio::task::yield_now().await;
        }
        assert_eq!(clock.next_deadline(), Some(Duration::from_secs(1)));
        assert!(clock.is_awaited(Duration::from_secs(9)) && !clock.is_awaited(Duration::from_secs(3)));
        clock.advance(Duration::from_secs(2));
        assert_eq!((clock.sleepers(), clock.next_deadline()), (1, Some(Duration::from_secs(9))));
        let late = tasks.pop().unwrap();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), ["a", "b", "c"]);
        clock.advance(Duration::MAX);
        late.await.unwrap();
        assert_eq!(clock.sleepers(), 0);
    }

    #[tokio::test]
    async fn a_sleep_that_is_dropped_leaves_the_clock() {
        let clock = VirtualClock::at(START);
        tokio::select! {
            biased;
            () = clock.sleep_until(Duration::from_secs(1)) => panic!("woke although no time passed"),
            // Only ends because the sleep is on the clock.
            () = clock.wait_for_sleeper() => {}
        }
        assert_eq!(clock.sleepers(), 0);
    }

    #[tokio::test]
    async fn wait_for_sleeper_ends_when_one_comes() {
        let clock = Arc::new(VirtualClock::at(START));
        let waiter = tokio::spawn({
            let clock = Arc::clone(&clock);
            async move { clock.wait_for_sleeper().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiter.is_finished());
        let sleeper = tokio::spawn({
            let clock = Arc::clone(&clock);
            async move { clock.sleep_until(Duration::from_secs(1)).await }
        });
        waiter.await.unwrap();
        clock.advance(Duration::from_secs(1));
        sleeper.await.unwrap();
    }

    #[cfg(feature = "conformance")]
    #[tokio::test]
    async fn passes_the_suite_of_clocks() {
        let clock = VirtualClock::at(START);
        crate::ports::conformance::clock::run(&clock, |duration| clock.advance(duration)).await;
    }
}
