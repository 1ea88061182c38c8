//! Several connections to one file, as several processes have them.

use adapter_local::LocalStore;
use adapter_local::clock::SystemClock;
use runtime_core::event::{InstallationId, TeamId, WorkId};
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::dead_letters::{Claim, DeadLetter, DeadLetterReason, DeadLetters, Redrive};
use runtime_core::ports::delayed_queue::{DelayedMessage, DelayedQueue, DueWork, Lane};
use runtime_core::ports::documents::{Documents, NewDocument};
use runtime_core::ports::key_value::{Cache, CacheScope, Storage};
use std::path::Path;
use std::sync::{Arc, Barrier};
use std::thread;

const CONNECTIONS: usize = 4;
const ROUNDS: usize = 100;

fn open(directory: &Path) -> LocalStore {
    LocalStore::open(directory, Arc::new(SystemClock::new())).unwrap()
}

/// Runs `work` on threads that start together, each with a store of its own, opened at the same time as the others.
fn on_connections<T: Send>(directory: &Path, work: impl AsyncFn(LocalStore, usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(CONNECTIONS);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS)
            .map(|number| {
                let (barrier, work) = (&barrier, &work);
                scope.spawn(move || {
                    barrier.wait();
                    let store = LocalStore::open(directory, Arc::new(SystemClock::new()));
                    // Unwrapped after the barrier, so that a failure leaves no other thread waiting.
                    barrier.wait();
                    let store = store.unwrap();
                    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work(store, number))
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn increments_of_several_connections_add_up() {
    let directory = tempfile::tempdir().unwrap();
    let scope = CacheScope { app: "app".to_owned(), team: TeamId(2) };
    on_connections(directory.path(), async |store, number| {
        for round in 0..ROUNDS {
            let operation = WorkId(format!("{number}/{round}"));
            store.cache().increment(&scope, "count", &operation).await.unwrap();
            store.storage().increment_cursor(InstallationId(39), "cursor", 0.5, &operation).await.unwrap();
            store.cache().push(&scope, "list", &["x".to_owned()]).await.unwrap();
        }
    });
    let store = open(directory.path());
    let total = CONNECTIONS * ROUNDS;
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
        assert_eq!(store.cache().get(&scope, "count").await.unwrap(), Some(total.to_string()));
        assert_eq!(store.cache().length(&scope, "list").await.unwrap(), total as u64);
        let cursor = store.storage().get(InstallationId(39), "cursor").await.unwrap();
        assert_eq!(cursor, Some((total / 2).to_string()));
    });
}

/// Without the lock that opening takes, one round in four fails.
#[test]
fn a_new_store_may_be_opened_by_several_at_once() {
    for _ in 0..30 {
        let directory = tempfile::tempdir().unwrap();
        let waiting = on_connections(directory.path(), async |store, _| store.delayed_queue().waiting().await.unwrap());
        assert_eq!(waiting, [(0, None); CONNECTIONS]);
    }
}

#[test]
fn a_message_is_leased_to_one_connection() {
    let directory = tempfile::tempdir().unwrap();
    let queue = open(directory.path()).delayed_queue();
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
        for number in 0..ROUNDS {
            let message = DelayedMessage {
                id: format!("{number:03}"),
                lane: Lane::Jobs,
                team: None,
                not_before: Timestamp(0),
                body: String::new(),
            };
            queue.send(message).await.unwrap();
        }
    });
    let mut taken = on_connections(directory.path(), async |store, _| {
        let mut ids = Vec::new();
        loop {
            let messages = store.delayed_queue().take(Timestamp(1), Timestamp(2), 3).await.unwrap();
            if messages.is_empty() {
                return ids;
            }
            ids.extend(messages.into_iter().map(|message| message.id));
        }
    })
    .concat();
    taken.sort();
    assert_eq!(taken, (0..ROUNDS).map(|number| format!("{number:03}")).collect::<Vec<_>>());
}

/// Each connection counts up in one document; a write that another was faster than counts nothing.
#[test]
fn a_document_is_written_by_one_connection_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let counted: usize = on_connections(directory.path(), async |store, _| {
        let (documents, mut counted) = (store.documents(), 0);
        for _ in 0..ROUNDS {
            let seen = documents.get("count").await.unwrap();
            let count = seen.as_ref().map_or(0, |seen| seen.json.parse::<usize>().unwrap());
            let next = NewDocument { json: (count + 1).to_string(), ends_at: None };
            counted += usize::from(documents.put("count", next, seen.as_ref()).await.unwrap());
        }
        counted
    })
    .into_iter()
    .sum();
    let documents = open(directory.path()).documents();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let count = runtime.block_on(documents.get("count")).unwrap().unwrap().json;
    assert_eq!(count, counted.to_string(), "each write that was told to be done, and no other");
}

#[test]
fn a_letter_is_claimed_by_one_connection() {
    let directory = tempfile::tempdir().unwrap();
    let letters = open(directory.path()).dead_letters();
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
        for number in 0..ROUNDS {
            let letter = DeadLetter {
                id: number.to_string(),
                reason: DeadLetterReason::AppFailed,
                message: String::new(),
                body: Vec::new(),
                installation: None,
                function: None,
                team: None,
                created_at: Timestamp(0),
                redrive: Redrive::Record,
                redriven_at: None,
            };
            letters.put(letter).await.unwrap();
        }
    });
    let claims = on_connections(directory.path(), async |store, _| {
        let mut claimed = Vec::new();
        for number in 0..ROUNDS {
            let claim = store.dead_letters().claim(&number.to_string(), Timestamp(1), Timestamp(2)).await.unwrap();
            claimed.extend(matches!(claim, Claim::Claimed(_)).then_some(number));
        }
        claimed
    });
    let mut claimed = claims.concat();
    claimed.sort_unstable();
    assert_eq!(claimed, (0..ROUNDS).collect::<Vec<_>>());
}
