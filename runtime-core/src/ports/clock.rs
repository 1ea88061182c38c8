//! Time, which is a port: back-off, TTLs, deadlines and what an app reads from `Date` all come from here.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// Milliseconds since 1970-01-01T00:00:00Z. Prints as ISO 8601 with milliseconds (`2023-01-01T00:00:00.000Z`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This time plus `duration`, saturating.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => write!(formatter, "{time:.3}"),
            Err(_) => write!(formatter, "{} ms", self.0),
        }
    }
}

/// The time of day and the passing of time. The two are separate: a test may hold the time of day still while time-outs go on
/// being measured.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The time of day.
    fn now(&self) -> Timestamp;

    /// Time that has passed since some fixed moment; never goes back.
    fn elapsed(&self) -> Duration;

    /// Ends once [`Clock::elapsed`] has reached `deadline`; at once if it already has.
    async fn sleep_until(&self, deadline: Duration);
}
