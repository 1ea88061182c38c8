//! Bodies that no item of DynamoDB can hold.

use crate::emulator::{NOW, Stack, objects};
use runtime_core::event::{InstallationId, TeamId};
use runtime_core::ports::blob_store::BlobStore;
use runtime_core::ports::dead_letters::{DeadLetter, DeadLetterReason, DeadLetters, LetterFilter, Redrive};
use runtime_core::ports::delayed_queue::{DelayedMessage, DelayedQueue, DueWork, Lane};
use runtime_core::ports::key_value::{Cache, CacheScope, Storage};

const LARGE: usize = 1_000_000;

#[tokio::test]
async fn a_dead_letter_keeps_a_large_body() {
    let stack = Stack::new().await;
    let letter = DeadLetter {
        id: "letter".to_owned(),
        reason: DeadLetterReason::AppFailed,
        message: "it failed".to_owned(),
        body: vec![7; LARGE],
        installation: None,
        function: None,
        team: None,
        created_at: NOW,
        redrive: Redrive::Record,
        redriven_at: None,
    };
    let letters = stack.store.dead_letters();
    letters.put(letter.clone()).await.unwrap();
    let long_message = DeadLetter { id: "long".to_owned(), message: "x".repeat(LARGE), ..letter.clone() };
    letters.put(long_message).await.unwrap();
    let list = letters.list(&LetterFilter::default(), 10).await.unwrap();
    assert_eq!(list[0], letter);
    assert_eq!(list[1].message.len(), 60_000, "a message is cut, its letter is kept");
}

#[tokio::test]
async fn a_message_keeps_a_large_body() {
    let stack = Stack::new().await;
    let message = DelayedMessage {
        id: "large".to_owned(),
        lane: Lane::Exports,
        team: None,
        not_before: NOW,
        body: "é".repeat(LARGE / 2),
    };
    let queue = stack.store.due_table();
    queue.send(message.clone()).await.unwrap();
    assert_eq!(queue.take(NOW, NOW, 1).await.unwrap(), [message]);
}

#[tokio::test]
async fn values_of_apps_have_a_limit_and_it_is_the_apps_error() {
    let stack = Stack::new().await;
    let scope = CacheScope { app: "app".to_owned(), team: TeamId(2) };
    let (cache, storage) = (stack.store.cache(), stack.store.storage());
    let (largest, larger) = ("x".repeat(350_000), "x".repeat(350_001));
    cache.set(&scope, "key", &largest, None).await.unwrap();
    storage.set(InstallationId(39), "key", &largest).await.unwrap();
    let error = cache.set(&scope, "key", &larger, None).await.unwrap_err();
    assert_eq!(error.to_string(), "ERR value exceeds maximum allowed size (350000 bytes)");
    let error = storage.set(InstallationId(39), "key", &larger).await.unwrap_err();
    assert_eq!(error.to_string(), "value too long: storage takes 350000 bytes of JSON a key");
    assert_eq!(cache.get(&scope, "key").await.unwrap(), Some(largest));
}

#[tokio::test]
async fn a_damaged_blob_is_not_handed_out_and_putting_it_again_repairs_it() {
    let stack = Stack::new().await;
    let blobs = stack.store.blob_store();
    let name = blobs.put(b"content").await.unwrap();
    let damaged = objects(&stack.config).put_object().bucket(&stack.names.bucket).key(format!("blobs/{name}"));
    damaged.body(b"conten".to_vec().into()).send().await.unwrap();
    assert_eq!(blobs.get(&name).await.unwrap(), None);
    blobs.put(b"content").await.unwrap();
    assert_eq!(blobs.get(&name).await.unwrap(), Some(b"content".to_vec()));
}

#[tokio::test]
async fn what_does_not_exist_is_unavailable_and_says_why() {
    let stack = Stack::new().await;
    let names = adapter_aws::names::Names { cache_table: "no-such-table".to_owned(), ..stack.names };
    let store = adapter_aws::AwsStore::new(&stack.config, &names, stack.clock);
    let scope = CacheScope { app: "app".to_owned(), team: TeamId(2) };
    let error = store.cache().get(&scope, "key").await.unwrap_err().to_string();
    assert!(error.starts_with("cache is unavailable: GetItem: ResourceNotFoundException: "), "{error}");
}
