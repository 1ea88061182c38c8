//! Every port passes its suite, over a file and in memory.

use adapter_local::LocalStore;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::conformance::{blob_store, cache, dead_letters, delayed_queue, documents, storage};
use runtime_core::ports::virtual_clock::VirtualClock;
use std::sync::Arc;

async fn all_suites(store: &LocalStore, clock: &VirtualClock) {
    cache::run(&*store.cache(), clock).await;
    storage::run(&*store.storage()).await;
    delayed_queue::run(&*store.delayed_queue()).await;
    dead_letters::run(&*store.dead_letters()).await;
    documents::run(&*store.documents(), clock).await;
    blob_store::run_removal(&*store.blob_store()).await;
    blob_store::run(&*store.blob_store()).await;
}

fn clock() -> Arc<VirtualClock> {
    Arc::new(VirtualClock::at(Timestamp(1_672_531_200_000)))
}

#[tokio::test]
async fn in_a_folder() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), clock());
    let store = LocalStore::open(&directory.path().join("new/store"), clock.clone()).unwrap();
    all_suites(&store, &clock).await;
}

#[tokio::test]
async fn in_memory() {
    let clock = clock();
    all_suites(&LocalStore::in_memory(clock.clone()), &clock).await;
}
