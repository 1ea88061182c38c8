//! How often an app may capture: what hops alone do not stop is an app that captures a thousand events for each of its own.

use crate::ports::clock::Timestamp;
use std::sync::{Mutex, PoisonError};

/// Counts the captures of one installation in this process, minute by minute.
#[derive(Debug, Default)]
pub struct CaptureRate {
    window: Mutex<Window>,
}

#[derive(Debug, Default)]
struct Window {
    minute: i64,
    count: u32,
}

impl CaptureRate {
    /// Counts one more capture. Whether it is within `per_minute`.
    pub fn admits(&self, now: Timestamp, per_minute: u32) -> bool {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = now.0.div_euclid(60_000);
        if window.minute != minute {
            *window = Window { minute, count: 0 };
        }
        window.count = window.count.saturating_add(1);
        window.count <= per_minute
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_so_many_and_the_next_starts_anew() {
        let rate = CaptureRate::default();
        let admitted = |now| (0..5).filter(|_| rate.admits(Timestamp(now), 3)).count();
        assert_eq!([admitted(59_999), admitted(60_000), admitted(119_999)], [3, 3, 0]);
    }
}
