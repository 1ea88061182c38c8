//! Every port passes its suite.

use crate::emulator::{Stack, objects};
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use runtime_core::ports::blob_store::{BlobStore, RemovableBlobs};
use runtime_core::ports::clock::Timestamp;
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

#[tokio::test]
async fn removal_from_a_bucket_with_versions_passes_its_suite() {
    let stack = Stack::new().await;
    keep_versions(&stack).await;
    blob_store::run_removal(&*stack.store.blob_store()).await;
}

async fn keep_versions(stack: &Stack) {
    let versioning = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    let request = objects(&stack.config).put_bucket_versioning().bucket(&stack.names.bucket);
    request.versioning_configuration(versioning).send().await.unwrap();
}

/// What is put while a blob is removed is a version of its own.
#[tokio::test]
async fn only_the_versions_that_were_looked_at_are_removed() {
    let stack = Stack::new().await;
    let (store, s3) = (stack.store.blob_store(), objects(&stack.config));
    let name = store.put(b"abc").await.unwrap();
    let refused = store.remove(&name, Timestamp(i64::MAX)).await.unwrap_err();
    assert!(refused.message.contains("turn versioning on"), "{refused}");
    assert!(store.get(&name).await.unwrap().is_some(), "without versions nothing is removed");
    keep_versions(&stack).await;
    let key = format!("blobs/{name}");
    let versions = async || {
        let list = s3.list_object_versions().bucket(&stack.names.bucket).prefix(&key).send().await.unwrap();
        (list.versions().len(), list.delete_markers().len())
    };
    for _ in 0..2 {
        store.put(b"abc").await.unwrap();
    }
    assert!(versions().await.0 >= 2, "each is kept");
    assert!(store.remove(&name, Timestamp(i64::MAX)).await.unwrap());
    assert_eq!(versions().await, (0, 0), "all of them are gone, and no marker hides what is put later");
    store.put(b"abc").await.unwrap();
    assert_eq!(store.get(&name).await.unwrap(), Some(b"abc".to_vec()));
}
