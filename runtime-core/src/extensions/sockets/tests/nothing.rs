//! The ports that these tests have no use for.

use crate::event::{InstallationId, WorkId};
use crate::ports::Unavailable;
use crate::ports::captures::{CapturedEvent, Captures};
use crate::ports::clock::Timestamp;
use crate::ports::dead_letters::{Claim, DeadLetter, DeadLetters, LetterFilter};
use crate::ports::delayed_queue::{DelayedMessage, DelayedQueue};
use crate::ports::documents::{Document, Documents, NewDocument};
use crate::ports::entropy::Entropy;
use crate::ports::key_value::{Cache, CacheScope, KeyValueResult, Storage};
use crate::ports::notifier::{Notification, Notifier};
use async_trait::async_trait;

/// Stands for each of them; an app that calls one is abandoned.
pub(super) struct Nothing;

fn absent<T, E: From<Unavailable>>() -> Result<T, E> {
    Err(Unavailable { port: "nothing", message: "not in this test".into(), source: None }.into())
}

impl Entropy for Nothing {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

#[async_trait]
impl Captures for Nothing {
    async fn send(&self, _: CapturedEvent) -> Result<(), Unavailable> {
        absent()
    }
}

#[async_trait]
impl Notifier for Nothing {
    async fn notify(&self, _: Notification) -> Result<(), Unavailable> {
        absent()
    }
}

#[async_trait]
impl Cache for Nothing {
    async fn get(&self, _: &CacheScope, _: &str) -> KeyValueResult<Option<String>> {
        absent()
    }
    async fn set(&self, _: &CacheScope, _: &str, _: &str, _: Option<i64>) -> KeyValueResult<()> {
        absent()
    }
    async fn increment(&self, _: &CacheScope, _: &str, _: &WorkId) -> KeyValueResult<i64> {
        absent()
    }
    async fn expire(&self, _: &CacheScope, _: &str, _: i64) -> KeyValueResult<bool> {
        absent()
    }
    async fn push(&self, _: &CacheScope, _: &str, _: &[String]) -> KeyValueResult<u64> {
        absent()
    }
    async fn range(&self, _: &CacheScope, _: &str, _: i64, _: i64) -> KeyValueResult<Vec<String>> {
        absent()
    }
    async fn length(&self, _: &CacheScope, _: &str) -> KeyValueResult<u64> {
        absent()
    }
    async fn pop(&self, _: &CacheScope, _: &str, _: i64) -> KeyValueResult<Option<Vec<String>>> {
        absent()
    }
    async fn remove(&self, _: &CacheScope, _: &str, _: i64, _: &str) -> KeyValueResult<u64> {
        absent()
    }
}

#[async_trait]
impl Storage for Nothing {
    async fn get(&self, _: InstallationId, _: &str) -> KeyValueResult<Option<String>> {
        absent()
    }
    async fn set(&self, _: InstallationId, _: &str, _: &str) -> KeyValueResult<()> {
        absent()
    }
    async fn delete(&self, _: InstallationId, _: &str) -> KeyValueResult<()> {
        absent()
    }
    async fn init_cursor(&self, _: InstallationId, _: &str, _: f64) -> KeyValueResult<()> {
        absent()
    }
    async fn increment_cursor(&self, _: InstallationId, _: &str, _: f64, _: &WorkId) -> KeyValueResult<f64> {
        absent()
    }
}

#[async_trait]
impl DelayedQueue for Nothing {
    async fn send(&self, _: DelayedMessage) -> Result<(), Unavailable> {
        absent()
    }
}

#[async_trait]
impl Documents for Nothing {
    async fn get(&self, _: &str) -> Result<Option<Document>, Unavailable> {
        absent()
    }
    async fn put(&self, _: &str, _: NewDocument, _: Option<&Document>) -> Result<bool, Unavailable> {
        absent()
    }
    async fn remove(&self, _: &str, _: &Document) -> Result<bool, Unavailable> {
        absent()
    }
}

#[async_trait]
impl DeadLetters for Nothing {
    async fn put(&self, _: DeadLetter) -> Result<(), Unavailable> {
        absent()
    }
    async fn list(&self, _: &LetterFilter, _: usize) -> Result<Vec<DeadLetter>, Unavailable> {
        absent()
    }
    async fn get(&self, _: &str) -> Result<Option<DeadLetter>, Unavailable> {
        absent()
    }
    async fn claim(&self, _: &str, _: Timestamp, _: Timestamp) -> Result<Claim, Unavailable> {
        absent()
    }
    async fn redriven(&self, _: &str, _: Timestamp) -> Result<(), Unavailable> {
        absent()
    }
    async fn remove(&self, _: &str) -> Result<bool, Unavailable> {
        absent()
    }
}
