//! Many at once, and what a counter remembers.

use crate::emulator::Stack;
use runtime_core::event::{InstallationId, TeamId, WorkId};
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::delayed_queue::{DelayedMessage, DelayedQueue, DueWork, Lane};
use runtime_core::ports::key_value::{Cache, CacheScope, Storage};
use tokio::task::JoinSet;

const TASKS: usize = 8;
const ROUNDS: usize = 10;
const INSTALLATION: InstallationId = InstallationId(39);

fn scope() -> CacheScope {
    CacheScope { app: "app".to_owned(), team: TeamId(2) }
}

#[tokio::test]
async fn what_many_do_at_once_adds_up() {
    let stack = Stack::new().await;
    let (cache, storage) = (stack.store.cache(), stack.store.storage());
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let (cache, storage) = (cache.clone(), storage.clone());
        tasks.spawn(async move {
            for round in 0..ROUNDS {
                let operation = WorkId(format!("{task}/{round}"));
                cache.increment(&scope(), "count", &operation).await.unwrap();
                cache.push(&scope(), "list", std::slice::from_ref(&operation.0)).await.unwrap();
                storage.increment_cursor(INSTALLATION, "cursor", 0.5, &operation).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    let total = TASKS * ROUNDS;
    assert_eq!(cache.get(&scope(), "count").await.unwrap(), Some(total.to_string()));
    let mut list = cache.range(&scope(), "list", 0, -1).await.unwrap();
    list.sort();
    list.dedup();
    assert_eq!(list.len(), total, "each element once");
    assert_eq!(storage.get(INSTALLATION, "cursor").await.unwrap(), Some((total / 2).to_string()));
}

#[tokio::test]
async fn a_counter_forgets_its_oldest_operations_and_no_others() {
    let stack = Stack::new().await;
    let cache = stack.store.cache();
    let increment = async |number: i64| cache.increment(&scope(), "count", &WorkId(number.to_string())).await.unwrap();
    for number in 1..=200 {
        assert_eq!(increment(number).await, number);
    }
    assert_eq!(increment(73).await, 73, "the 128th last is remembered");
    assert_eq!(increment(1).await, 201, "the 200th last is not");
}

#[tokio::test]
async fn a_message_is_leased_to_one_of_many() {
    let stack = Stack::new().await;
    let queue = stack.store.due_table();
    let ids: Vec<String> = (0..30).map(|number| format!("{number:02}")).collect();
    for id in &ids {
        let message = DelayedMessage {
            id: id.clone(),
            lane: Lane::Jobs,
            team: None,
            not_before: Timestamp(0),
            body: String::new(),
        };
        queue.send(message).await.unwrap();
    }
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let queue = queue.clone();
        tasks.spawn(async move {
            let mut taken = Vec::new();
            while queue.waiting().await.unwrap().1 == Some(Timestamp(0)) {
                taken.extend(queue.take(Timestamp(1), Timestamp(2), 3).await.unwrap());
            }
            taken
        });
    }
    let mut taken: Vec<String> = tasks.join_all().await.into_iter().flatten().map(|message| message.id).collect();
    taken.sort();
    assert_eq!(taken, ids);
}
