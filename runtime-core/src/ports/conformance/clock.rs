//! The suite of [`Clock`].

use crate::ports::clock::Clock;
use futures_util::future::join;
use std::time::Duration;

/// Checks `clock`. `pass` lets so much time pass on a clock that is moved by hand; on one that moves by itself it does nothing.
pub async fn run(clock: &dyn Clock, pass: impl Fn(Duration)) {
    let start = clock.elapsed();
    clock.sleep_until(Duration::ZERO).await;
    clock.sleep_until(start).await;
    let pause = Duration::from_millis(2);
    let deadline = clock.elapsed() + pause;
    let before = clock.now();
    join(clock.sleep_until(deadline), async { pass(pause) }).await;
    assert!(clock.elapsed() >= deadline, "a sleep ended at {:?}, before its deadline {deadline:?}", clock.elapsed());
    assert!(clock.now() >= before, "the time of day went back while time passed");
}
