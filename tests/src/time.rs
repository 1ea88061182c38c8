//! Letting the time of a world pass while something runs in it.

use crate::World;
use runtime_core::ports::clock::Clock;
use std::future::Future;
use std::time::Duration;

/// How long, in real time, a test waits for what must come. Only a failing test waits that long.
const PATIENCE: Duration = Duration::from_secs(20);

impl World {
    /// Ends once somebody waits for exactly the moment that is so far away.
    pub async fn is_awaited(&self, duration: Duration) {
        let moment = self.clock.elapsed() + duration;
        until(&format!("somebody to wait for {duration:?}"), || self.clock.is_awaited(moment)).await;
    }

    /// Lets `duration` pass as soon as somebody waits for exactly the moment that is so far away: what a test waits for is not
    /// overtaken, however slow the machine. Use durations of which no two sums are equal; where several wait, use
    /// [`World::is_awaited`] for each of them before any time passes.
    pub async fn pass(&self, duration: Duration) {
        self.is_awaited(duration).await;
        self.clock.advance(duration);
    }

    /// What `work` comes to while time passes in these steps.
    pub async fn during<T>(&self, steps: &[Duration], work: impl Future<Output = T>) -> T {
        let passing = async {
            for step in steps {
                self.pass(*step).await;
            }
        };
        futures_util::future::join(work, passing).await.0
    }
}

/// Ends once `condition` holds; fails the test, naming `what` was waited for, if it never does.
pub async fn until(what: &str, condition: impl Fn() -> bool) {
    let holds = async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, holds).await.is_ok(), "waited in vain for {what}");
}

/// Ends once `condition` holds, or after `patience`: for what takes real time, of which somebody else judges the outcome.
pub async fn until_within(patience: Duration, condition: impl Fn() -> bool) {
    let holds = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    // Whoever judges the outcome sees that it never held.
    drop(tokio::time::timeout(patience, holds).await);
}

/// Shows a text to whoever runs the test.
#[expect(clippy::print_stdout, reason = "a report of measurements is what the test is run for")]
pub fn show(text: &str) {
    println!("{text}");
}
