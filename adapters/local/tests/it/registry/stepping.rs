//! Blobs that let something else happen in front of an operation.

use adapter_local::blob_store::LocalBlobStore;
use async_trait::async_trait;
use runtime_core::ports::Unavailable;
use runtime_core::ports::blob_store::{BlobStore, RemovableBlobs};
use runtime_core::ports::clock::Timestamp;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What happens in front of the operation of that number, counted from 0.
pub type Before = Box<dyn Fn(usize) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

pub struct Stepping {
    pub inner: Arc<LocalBlobStore>,
    pub before: Before,
    pub done: AtomicUsize,
}

impl Stepping {
    async fn step(&self) {
        (self.before)(self.done.fetch_add(1, Ordering::SeqCst)).await;
    }
}

#[async_trait]
impl BlobStore for Stepping {
    async fn put(&self, bytes: &[u8]) -> Result<String, Unavailable> {
        self.step().await;
        self.inner.put(bytes).await
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        self.step().await;
        self.inner.get(name).await
    }
}

#[async_trait]
impl RemovableBlobs for Stepping {
    async fn put_at(&self, name: &str) -> Result<Option<Timestamp>, Unavailable> {
        self.step().await;
        self.inner.put_at(name).await
    }

    async fn remove(&self, name: &str, put_before: Timestamp) -> Result<bool, Unavailable> {
        self.step().await;
        self.inner.remove(name, put_before).await
    }
}
