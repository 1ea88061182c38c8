//! What was stored is there after the process has ended, by itself or not.

use adapter_local::LocalStore;
use adapter_local::cache::CacheEntry;
use adapter_local::clock::SystemClock;
use runtime_core::event::{InstallationId, TeamId, WorkId};
use runtime_core::ports::blob_store::BlobStore;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::dead_letters::{DeadLetter, DeadLetterReason, DeadLetters, LetterFilter, Redrive};
use runtime_core::ports::delayed_queue::{DelayedMessage, DelayedQueue, DueWork, Lane};
use runtime_core::ports::documents::{Documents, NewDocument};
use runtime_core::ports::key_value::{Cache, CacheScope, Storage};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// Names the store's folder to the process that is killed.
const DIRECTORY_VARIABLE: &str = "HEDGEROW_TEST_STORE";
const INSTALLATION: InstallationId = InstallationId(39);

fn open(directory: &Path) -> LocalStore {
    LocalStore::open(directory, Arc::new(SystemClock::new())).unwrap()
}

fn scope() -> CacheScope {
    CacheScope { app: "app".to_owned(), team: TeamId(2) }
}

fn letter() -> DeadLetter {
    DeadLetter {
        id: "letter".to_owned(),
        reason: DeadLetterReason::AppFailed,
        message: "it failed".to_owned(),
        body: b"{}".to_vec(),
        installation: Some(INSTALLATION),
        function: None,
        team: None,
        created_at: Timestamp(1),
        redrive: Redrive::Record,
        redriven_at: None,
    }
}

fn message() -> DelayedMessage {
    DelayedMessage {
        id: "message".to_owned(),
        lane: Lane::Exports,
        team: Some(TeamId(2)),
        not_before: Timestamp(5),
        body: "{}".to_owned(),
    }
}

async fn write_everything(store: &LocalStore) -> String {
    store.cache().set(&scope(), "text", "x", Some(1_000_000)).await.unwrap();
    store.cache().push(&scope(), "list", &["b".to_owned(), "a".to_owned()]).await.unwrap();
    store.storage().set(INSTALLATION, "key", "[1]").await.unwrap();
    store.storage().increment_cursor(INSTALLATION, "cursor", 2.0, &WorkId("w".to_owned())).await.unwrap();
    store.delayed_queue().send(message()).await.unwrap();
    store.dead_letters().put(letter()).await.unwrap();
    let document = NewDocument { json: "[2]".to_owned(), ends_at: None };
    assert!(store.documents().put("document", document, None).await.unwrap());
    store.blob_store().put(b"attachment").await.unwrap()
}

async fn everything_is_there(store: &LocalStore, blob: &str) {
    let entries = store.cache().entries(&scope()).unwrap();
    let list = CacheEntry::List(vec!["a".to_owned(), "b".to_owned()]);
    assert_eq!((&entries[0].entry, entries[0].ttl_seconds), (&list, None));
    assert_eq!(entries[1].entry, CacheEntry::Text("x".to_owned()));
    assert!(entries[1].ttl_seconds.is_some());
    assert_eq!(store.storage().get(INSTALLATION, "key").await.unwrap().as_deref(), Some("[1]"));
    let repeated = store.storage().increment_cursor(INSTALLATION, "cursor", 2.0, &WorkId("w".to_owned())).await;
    assert_eq!(repeated.unwrap(), 2.0, "an operation is known again by the process that repeats it");
    let taken = store.delayed_queue().take(Timestamp(5), Timestamp(6), 10).await.unwrap();
    assert_eq!(taken, [message()]);
    assert_eq!(store.dead_letters().list(&LetterFilter::default(), 10).await.unwrap(), [letter()]);
    assert_eq!(store.documents().get("document").await.unwrap().unwrap().json, "[2]");
    assert_eq!(store.blob_store().get(blob).await.unwrap(), Some(b"attachment".to_vec()));
}

#[tokio::test]
async fn survives_closing() {
    let directory = tempfile::tempdir().unwrap();
    let blob = write_everything(&open(directory.path())).await;
    everything_is_there(&open(directory.path()), &blob).await;
}

#[tokio::test]
async fn survives_kill_9() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "durability::writes_and_waits_to_be_killed", "--ignored", "--nocapture"])
        .env(DIRECTORY_VARIABLE, directory.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let blob = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .find_map(|line| Some(line.unwrap().split_once("written ")?.1.to_owned()))
        .expect("the process says when it has written");
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert!(!status.success(), "the process was killed, it did not end by itself");
    everything_is_there(&open(directory.path()), &blob).await;
}

#[tokio::test]
#[ignore = "the process that survives_kill_9 starts and kills"]
async fn writes_and_waits_to_be_killed() {
    let directory = std::env::var_os(DIRECTORY_VARIABLE).expect("run by survives_kill_9 only");
    let store = open(Path::new(&directory));
    let blob = write_everything(&store).await;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "written {blob}").unwrap();
    stdout.flush().unwrap();
    // Ends by itself only if the parent is gone, which holds the other end.
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}
