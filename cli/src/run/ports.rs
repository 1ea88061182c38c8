//! The ports of a run that are not of the local store.

use crate::console;
use adapter_local::dead_letters::SqliteDeadLetters;
use async_trait::async_trait;
use runtime_core::event::PluginEvent;
use runtime_core::ports::Unavailable;
use runtime_core::ports::captures::{CapturedEvent, Captures};
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::dead_letters::{Claim, DeadLetter, DeadLetterReason, DeadLetters, LetterFilter};
use runtime_core::ports::event_sink::{EventSink, SinkError};
use runtime_core::ports::notifier::{Notification, Notifier};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Final events are written in the order of the input, which only the reader of the outcomes knows: the port takes nothing.
pub struct OutcomeSink;

#[async_trait]
impl EventSink for OutcomeSink {
    async fn send(&self, _events: &[PluginEvent]) -> Result<(), SinkError> {
        Ok(())
    }
}

/// Hands captured events back to the head of the pipeline.
pub struct CaptureChannel {
    sender: UnboundedSender<CapturedEvent>,
    count: AtomicU64,
}

impl CaptureChannel {
    /// The port, and where its events come out.
    pub fn new() -> (Arc<Self>, UnboundedReceiver<CapturedEvent>) {
        let (sender, receiver) = unbounded_channel();
        (Arc::new(Self { sender, count: AtomicU64::new(0) }), receiver)
    }

    /// How many events apps have captured.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Captures for CaptureChannel {
    async fn send(&self, captured: CapturedEvent) -> Result<(), Unavailable> {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.sender.send(captured).map_err(|_| Unavailable {
            port: "captures",
            message: "the run has ended".to_owned(),
            source: None,
        })
    }
}

/// Whoever watches the run is who would be told.
pub struct ConsoleNotifier;

#[async_trait]
impl Notifier for ConsoleNotifier {
    async fn notify(&self, notification: Notification) -> Result<(), Unavailable> {
        console::warning(format_args!("{}: {}", notification.subject, notification.message.replace("\n\n", " ")));
        Ok(())
    }
}

/// Counts dead letters on their way into the store.
pub struct CountedDeadLetters {
    store: Arc<SqliteDeadLetters>,
    count: AtomicU64,
}

impl CountedDeadLetters {
    /// Counts from 0.
    pub fn new(store: Arc<SqliteDeadLetters>) -> Self {
        Self { store, count: AtomicU64::new(0) }
    }

    /// How many were written.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl DeadLetters for CountedDeadLetters {
    async fn put(&self, letter: DeadLetter) -> Result<(), Unavailable> {
        if letter.reason == DeadLetterReason::CaptureLoop {
            // Nothing else says so: the app's call succeeds.
            console::warning(format_args!("an event became a dead letter: {}", letter.message));
        }
        self.store.put(letter).await?;
        self.count.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    async fn list(&self, filter: &LetterFilter, limit: usize) -> Result<Vec<DeadLetter>, Unavailable> {
        self.store.list(filter, limit).await
    }

    async fn get(&self, id: &str) -> Result<Option<DeadLetter>, Unavailable> {
        self.store.get(id).await
    }

    async fn claim(&self, id: &str, now: Timestamp, until: Timestamp) -> Result<Claim, Unavailable> {
        self.store.claim(id, now, until).await
    }

    async fn redriven(&self, id: &str, at: Timestamp) -> Result<(), Unavailable> {
        self.store.redriven(id, at).await
    }

    async fn remove(&self, id: &str) -> Result<bool, Unavailable> {
        self.store.remove(id).await
    }
}
