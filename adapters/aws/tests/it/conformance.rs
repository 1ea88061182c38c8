//! Every port passes its suite.

use crate::emulator::Stack;
use runtime_core::ports::conformance::{blob_store, cache, dead_letters, delayed_queue, documents, storage};

#[tokio::test]
async fn the_cache_passes_its_suite() {
    let stack = Stack::new().await;
    cache::run(&*stack.store.cache(), &stack.clock).await;
}

#[tokio::test]
async fn storage_passes_its_suite() {
    storage::run(&*Stack::new().await.store.storage()).await;
}

#[tokio::test]
async fn dead_letters_pass_their_suite() {
    dead_letters::run(&*Stack::new().await.store.dead_letters()).await;
}

#[tokio::test]
async fn the_due_table_passes_the_suite_of_due_work() {
    delayed_queue::run(&*Stack::new().await.store.due_table()).await;
}

#[tokio::test]
async fn documents_pass_their_suite() {
    let stack = Stack::new().await;
    documents::run(&*stack.store.documents(), &stack.clock).await;
}

#[tokio::test]
async fn the_blob_store_passes_its_suite() {
    blob_store::run(&*Stack::new().await.store.blob_store()).await;
}
