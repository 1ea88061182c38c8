//! What a case's app finds outside, besides the store and the network: a clock that stands still, ports that lead nowhere, and
//! ears that remember.

use adapter_local::clock::SystemClock;
use async_trait::async_trait;
use runtime_core::host::ports::Recorder;
use runtime_core::ports::Unavailable;
use runtime_core::ports::captures::{CapturedEvent, Captures};
use runtime_core::ports::clock::{Clock, Timestamp};
use runtime_core::ports::delayed_queue::{DelayedMessage, DelayedQueue};
use runtime_core::ports::notifier::{Notification, Notifier};
use runtime_core::telemetry::{AppLog, Telemetry};
use serde_json::Value;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The time of day stands where it was put. Time passes all the same, so that limits hold.
pub struct CaseClock {
    now: AtomicI64,
    passing: SystemClock,
}

impl CaseClock {
    /// A clock that stands at `now`.
    pub fn at(now: Timestamp) -> Self {
        Self { now: AtomicI64::new(now.0), passing: SystemClock::new() }
    }

    /// Puts it to another time.
    pub fn move_to(&self, now: Timestamp) {
        self.now.store(now.0, Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for CaseClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        self.passing.elapsed()
    }

    async fn sleep_until(&self, deadline: Duration) {
        self.passing.sleep_until(deadline).await;
    }
}

/// Captured events and jobs end here: a case has no pipeline.
pub struct Nowhere;

#[async_trait]
impl Captures for Nowhere {
    async fn send(&self, _captured: CapturedEvent) -> Result<(), Unavailable> {
        Ok(())
    }
}

#[async_trait]
impl Notifier for Nowhere {
    async fn notify(&self, _notification: Notification) -> Result<(), Unavailable> {
        Ok(())
    }
}

#[async_trait]
impl DelayedQueue for Nowhere {
    async fn send(&self, _message: DelayedMessage) -> Result<(), Unavailable> {
        Ok(())
    }
}

/// Remembers what an app did and said, in order.
#[derive(Default)]
pub struct Notes {
    host_calls: Mutex<Vec<(String, Value)>>,
    logs: Mutex<Vec<(String, String)>>,
}

impl Notes {
    /// The arguments of the host calls of one kind.
    pub fn host_calls(&self, kind: &str) -> Vec<Value> {
        let calls = self.host_calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.iter().filter(|(known, _)| known == kind).map(|(_, arguments)| arguments.clone()).collect()
    }

    /// Level and message of every line.
    pub fn logs(&self) -> Vec<(String, String)> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Another line.
    pub fn log(&self, level: impl Into<String>, message: String) {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner).push((level.into(), message));
    }
}

impl Recorder for Notes {
    fn record(&self, kind: &str, arguments: Value) {
        self.host_calls.lock().unwrap_or_else(PoisonError::into_inner).push((kind.to_owned(), arguments));
    }
}

impl Telemetry for Notes {
    fn app_log(&self, line: AppLog) {
        let level = format!("{:?}", line.level).to_lowercase();
        self.log(level, line.message);
    }
}
