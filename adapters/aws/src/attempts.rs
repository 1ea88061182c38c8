//! Trying again after another writer was faster.

use crate::failure::failed;
use runtime_core::ports::Unavailable;
use std::time::Duration;

/// How often a change is tried. Sixty writers of one item that all begin at once get through.
const MAXIMUM: u32 = 40;
/// The longest pause before a try.
const LONGEST_PAUSE_MS: u64 = 200;

/// Counts the tries of one operation.
pub(crate) struct Attempts {
    port: &'static str,
    count: u32,
}

impl Attempts {
    pub(crate) fn of(port: &'static str) -> Self {
        Self { port, count: 0 }
    }

    /// Begins a try: the first at once, each other after a random pause that grows from one to the next.
    pub(crate) async fn next(&mut self) -> Result<(), Unavailable> {
        if self.count == MAXIMUM {
            return Err(failed(self.port, format!("others changed the same item {MAXIMUM} times in a row; try later")));
        }
        if self.count > 0 {
            tokio::time::sleep(pause(self.count)).await;
        }
        self.count += 1;
        Ok(())
    }
}

/// From nothing up to 4 ms doubled with each try: equal pauses would make the same writers meet again.
fn pause(count: u32) -> Duration {
    let longest_ms = (2_u64 << count.min(16)).min(LONGEST_PAUSE_MS);
    let random = uuid::Uuid::new_v4().as_u128();
    let micros = u64::try_from(random % u128::from(longest_ms * 1_000)).expect("it is below a u64");
    Duration::from_micros(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_bounded() {
        assert!((1..=MAXIMUM).all(|count| pause(count) <= Duration::from_millis(LONGEST_PAUSE_MS)));
        assert!((0..100).all(|_| pause(1) <= Duration::from_millis(4)));
    }

    #[tokio::test(start_paused = true)]
    async fn tries_end() {
        let mut attempts = Attempts::of("cache");
        for _ in 0..MAXIMUM {
            attempts.next().await.unwrap();
        }
        let error = attempts.next().await.unwrap_err();
        assert_eq!(error.port, "cache");
    }
}
