//! Documents that can be out of reach.

use async_trait::async_trait;
use runtime_core::ports::Unavailable;
use runtime_core::ports::documents::{Document, Documents, NewDocument};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Documents of which the snapshots of `global` are out of reach at times.
pub(super) struct Switchable {
    inner: Arc<dyn Documents>,
    is_off: AtomicBool,
}

impl Switchable {
    pub(super) fn new(inner: Arc<dyn Documents>) -> Self {
        Self { inner, is_off: AtomicBool::new(false) }
    }

    pub(super) fn switch_off_snapshots(&self) {
        self.is_off.store(true, Ordering::Relaxed);
    }

    pub(super) fn switch_on(&self) {
        self.is_off.store(false, Ordering::Relaxed);
    }

    fn check(&self, key: &str) -> Result<(), Unavailable> {
        if key.starts_with("global/") && self.is_off.load(Ordering::Relaxed) {
            return Err(Unavailable { port: "documents", message: "switched off".into(), source: None });
        }
        Ok(())
    }
}

#[async_trait]
impl Documents for Switchable {
    async fn get(&self, key: &str) -> Result<Option<Document>, Unavailable> {
        self.check(key)?;
        self.inner.get(key).await
    }

    async fn put(&self, key: &str, document: NewDocument, seen: Option<&Document>) -> Result<bool, Unavailable> {
        self.check(key)?;
        self.inner.put(key, document, seen).await
    }

    async fn remove(&self, key: &str, seen: &Document) -> Result<bool, Unavailable> {
        self.check(key)?;
        self.inner.remove(key, seen).await
    }
}
