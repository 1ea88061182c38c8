//! Writes that were done, whose replies were lost, and which the SDK has therefore sent again.

use crate::emulator::{Stack, config, endpoint};
use crate::http::read_request;
use adapter_aws::AwsStore;
use runtime_core::event::{InstallationId, TeamId, WorkId};
use runtime_core::ports::clock::{Clock, Timestamp};
use runtime_core::ports::dead_letters::{Claim, DeadLetter, DeadLetterReason, DeadLetters, Redrive};
use runtime_core::ports::delayed_queue::{DelayedMessage, DelayedQueue, DueWork, Lane};
use runtime_core::ports::documents::{Documents, NewDocument};
use runtime_core::ports::key_value::{Cache, CacheScope, Storage};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A proxy in front of the emulator that can lose replies.
struct Proxy {
    address: String,
    /// How many replies to writes are still to be lost.
    to_lose: Arc<AtomicUsize>,
}

impl Proxy {
    async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let to_lose = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&to_lose);
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(client, Arc::clone(&counter)));
            }
        });
        Self { address, to_lose }
    }

    /// Loses the reply to the next write.
    fn lose_one(&self) {
        self.to_lose.store(1, Ordering::SeqCst);
    }

    /// Fails unless a reply was lost since.
    fn has_lost(&self) {
        assert_eq!(self.to_lose.load(Ordering::SeqCst), 0, "no reply was lost, so nothing was tested");
    }
}

/// Passes on one request and its reply, or closes the connection in place of the reply.
async fn serve(mut client: TcpStream, to_lose: Arc<AtomicUsize>) {
    let Some(request) = read_request(&mut client).await else { return };
    let end_of_line = request.windows(2).position(|bytes| bytes == b"\r\n").unwrap() + 2;
    let mut server = TcpStream::connect(endpoint().trim_start_matches("http://")).await.unwrap();
    server.write_all(&request[..end_of_line]).await.unwrap();
    server.write_all(b"Connection: close\r\n").await.unwrap();
    server.write_all(&request[end_of_line..]).await.unwrap();
    let mut reply = Vec::new();
    server.read_to_end(&mut reply).await.unwrap();
    let head = String::from_utf8_lossy(&request).to_lowercase();
    let is_write =
        ["putitem", "updateitem", "deleteitem"].iter().any(|name| head.contains(&format!("_20120810.{name}")));
    let lose = is_write && to_lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
    if !lose {
        client.write_all(&reply).await.unwrap();
    }
}

/// A stack, and a store that reaches it through a proxy.
async fn behind_a_proxy() -> (Stack, AwsStore, Proxy) {
    let (stack, proxy) = (Stack::new().await, Proxy::start().await);
    let store = AwsStore::new(&config(&proxy.address, &stack.account).await, &stack.names, stack.clock.clone());
    (stack, store, proxy)
}

fn scope() -> CacheScope {
    CacheScope { app: "app".to_owned(), team: TeamId(2) }
}

fn operation(id: &str) -> WorkId {
    WorkId(id.to_owned())
}

#[tokio::test]
async fn an_increment_counts_once() {
    let (stack, store, proxy) = behind_a_proxy().await;
    let cache = store.cache();
    for (number, id) in ["new", "there"].into_iter().enumerate() {
        proxy.lose_one();
        assert_eq!(cache.increment(&scope(), "count", &operation(id)).await.unwrap(), number as i64 + 1);
        proxy.has_lost();
    }
    assert_eq!(cache.get(&scope(), "count").await.unwrap().as_deref(), Some("2"));
    cache.set(&scope(), "ended", "5", Some(1)).await.unwrap();
    stack.clock.advance(std::time::Duration::from_secs(1));
    // Two writes: the count that is refused, and the item that takes the place of the one that has ended.
    proxy.to_lose.store(2, Ordering::SeqCst);
    assert_eq!(cache.increment(&scope(), "ended", &operation("after")).await.unwrap(), 1);
    proxy.has_lost();
}

#[tokio::test]
async fn a_list_changes_once() {
    let (_stack, store, proxy) = behind_a_proxy().await;
    let cache = store.cache();
    for length in 1..=3 {
        proxy.lose_one();
        assert_eq!(cache.push(&scope(), "list", &["x".to_owned()]).await.unwrap(), length);
        proxy.has_lost();
    }
    proxy.lose_one();
    assert_eq!(cache.pop(&scope(), "list", 1).await.unwrap(), Some(vec!["x".to_owned()]));
    proxy.has_lost();
    proxy.lose_one();
    assert_eq!(cache.remove(&scope(), "list", 1, "x").await.unwrap(), 1);
    proxy.has_lost();
    assert_eq!(cache.length(&scope(), "list").await.unwrap(), 1);
    proxy.lose_one();
    assert!(cache.expire(&scope(), "list", 0).await.unwrap(), "it was there");
    proxy.has_lost();
    assert_eq!(cache.length(&scope(), "list").await.unwrap(), 0);
}

#[tokio::test]
async fn a_cursor_counts_once() {
    let (_stack, store, proxy) = behind_a_proxy().await;
    let storage = store.storage();
    for (sum, id) in [(1.5, "first"), (3.0, "second")] {
        proxy.lose_one();
        let counted = storage.increment_cursor(InstallationId(39), "cursor", 1.5, &operation(id)).await;
        assert_eq!(counted.unwrap(), sum);
        proxy.has_lost();
    }
}

#[tokio::test]
async fn a_message_is_sent_and_leased_once() {
    let (_stack, store, proxy) = behind_a_proxy().await;
    let queue = store.due_table();
    let message = DelayedMessage {
        id: "id".to_owned(),
        lane: Lane::Jobs,
        team: None,
        not_before: Timestamp(1),
        body: "{}".to_owned(),
    };
    proxy.lose_one();
    queue.send(message.clone()).await.unwrap();
    proxy.has_lost();
    proxy.lose_one();
    assert_eq!(queue.take(Timestamp(1), Timestamp(9), 10).await.unwrap(), [message], "the lease is ours");
    proxy.has_lost();
    assert_eq!(queue.waiting().await.unwrap(), (1, Some(Timestamp(9))));
}

#[tokio::test]
async fn a_document_is_written_and_removed_by_whoever_did_it() {
    let (stack, store, proxy) = behind_a_proxy().await;
    let documents = store.documents();
    let new = |json: &str, ends_at| NewDocument { json: json.to_owned(), ends_at };
    let end = stack.clock.now().plus(std::time::Duration::from_secs(1));
    proxy.lose_one();
    assert!(documents.put("lease", new("1", Some(end)), None).await.unwrap(), "the first write is ours");
    proxy.has_lost();
    let seen = documents.get("lease").await.unwrap();
    proxy.lose_one();
    assert!(documents.put("lease", new("2", Some(end)), seen.as_ref()).await.unwrap(), "the second write is ours");
    proxy.has_lost();
    assert!(!documents.put("lease", new("3", None), seen.as_ref()).await.unwrap(), "what was seen is gone");
    stack.clock.advance(std::time::Duration::from_secs(1));
    proxy.lose_one();
    assert!(documents.put("lease", new("4", None), None).await.unwrap(), "the place of what has ended is ours");
    proxy.has_lost();
    let seen = documents.get("lease").await.unwrap().unwrap();
    assert_eq!(seen.json, "4");
    proxy.lose_one();
    assert!(documents.remove("lease", &seen).await.unwrap(), "the removal is ours");
    proxy.has_lost();
    assert_eq!(documents.get("lease").await.unwrap(), None);
}

#[tokio::test]
async fn a_letter_is_claimed_and_removed_by_whoever_did_it() {
    let (_stack, store, proxy) = behind_a_proxy().await;
    let letters = store.dead_letters();
    let letter = DeadLetter {
        id: "letter".to_owned(),
        reason: DeadLetterReason::AppFailed,
        message: "it failed".to_owned(),
        body: b"{}".to_vec(),
        installation: None,
        function: None,
        team: None,
        created_at: Timestamp(1),
        redrive: Redrive::Record,
        redriven_at: None,
    };
    letters.put(letter.clone()).await.unwrap();
    let claim = async |now| letters.claim("letter", Timestamp(now), Timestamp(now + 10)).await.unwrap();
    proxy.lose_one();
    assert_eq!(claim(1).await, Claim::Claimed(Box::new(letter.clone())), "the claim is ours");
    proxy.has_lost();
    assert_eq!(claim(1).await, Claim::Taken, "and of the same length and time, somebody else's is not");
    proxy.lose_one();
    letters.redriven("letter", Timestamp(5)).await.unwrap();
    proxy.has_lost();
    assert_eq!(claim(100).await, Claim::Redriven);
    proxy.lose_one();
    assert!(letters.remove("letter").await.unwrap(), "there was one");
    proxy.has_lost();
    assert_eq!(claim(100).await, Claim::Missing);
}
