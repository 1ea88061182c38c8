//! A stack of the release before: items in its tables, bodies in its queues, apps in its bucket.

use super::stored;
use adapter_aws::registry::{AwsRegistry, RegistryNames};
use adapter_aws::tables;
use adapter_local::clock::SystemClock;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::MessageAttributeValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use runtime_core::event::{InstallationId, TeamId};
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::delayed_queue::{DueWork, Lane};
use runtime_core::ports::key_value::{Cache, CacheScope, Storage};
use runtime_core::redrive::{RedrivePorts, redrive};
use runtime_core::registry::{Change, Record};
use serde_json::{Value, json};
use std::sync::Arc;
use tests::aws::names::objects;
use tests::aws::{AwsStack, Function, Queue};

const REGISTRY: &str = "registry";

fn fixture() -> Value {
    let text = std::fs::read_to_string(stored("before-registry/aws.json")).expect("it is stored");
    serde_json::from_str(&text).expect("it is JSON")
}

/// A value of DynamoDB, as the fixture writes it: bytes as base64.
fn attribute(value: &Value) -> AttributeValue {
    let (kind, value) = value.as_object().and_then(|object| object.iter().next()).expect("a kind and a value");
    let text = || value.as_str().expect("a text").to_owned();
    match kind.as_str() {
        "S" => AttributeValue::S(text()),
        "N" => AttributeValue::N(text()),
        "B" => AttributeValue::B(Blob::new(STANDARD.decode(text()).expect("base64"))),
        "BOOL" => AttributeValue::Bool(value.as_bool().expect("a truth value")),
        "NULL" => AttributeValue::Null(true),
        "L" => AttributeValue::L(value.as_array().expect("a list").iter().map(attribute).collect()),
        "M" => {
            let members = value.as_object().expect("members").iter();
            AttributeValue::M(members.map(|(name, value)| (name.clone(), attribute(value))).collect())
        }
        other => panic!("the fixture has no {other}"),
    }
}

/// The stack as the release before left it.
async fn stack() -> AwsStack {
    let (stack, fixture) = (AwsStack::new(&[]).await, fixture());
    let database = aws_sdk_dynamodb::Client::new(&stack.config);
    for (table, items) in fixture["tables"].as_object().expect("tables") {
        for item in items.as_array().expect("items") {
            let item = item.as_object().expect("an item").iter();
            let item = item.map(|(name, value)| (name.clone(), attribute(value))).collect();
            let put = database.put_item().table_name(table).set_item(Some(item));
            put.send().await.expect("the table takes it");
        }
    }
    let bucket = objects(&stack.config);
    let mut files: Vec<(String, String)> =
        vec![("installations.json".to_owned(), fixture["installations"].to_string())];
    for (key, body) in fixture["objects"].as_object().expect("objects") {
        files.push((key.clone(), body.as_str().expect("a text").to_owned()));
    }
    for (key, body) in files {
        let put = bucket.put_object().bucket(&stack.names.bucket).key(key).body(body.into_bytes().into());
        put.send().await.expect("the bucket takes it");
    }
    for (queue, at) in [("continuations", Queue::Continuations), ("exports", Queue::Exports), ("jobs", Queue::Jobs)] {
        for message in fixture["queues"][queue].as_array().expect("messages") {
            let mut send = stack.queues().send_message().queue_url(stack.url(at));
            for (name, value) in message["attributes"].as_object().expect("attributes") {
                let value = MessageAttributeValue::builder()
                    .data_type("String")
                    .set_string_value(value.as_str().map(Into::into));
                send = send.message_attributes(name, value.build().expect("it has a type"));
            }
            send = send.set_message_group_id(message["group"].as_str().map(Into::into));
            send.message_body(message["body"].as_str().expect("a text")).send().await.expect("the queue takes it");
        }
    }
    stack
}

#[tokio::test]
async fn what_apps_kept_is_read_and_what_is_due_keeps_its_id_and_time() {
    let stack = stack().await;
    let scope = CacheScope { app: "keeper".to_owned(), team: TeamId(2) };
    let cache = stack.store.cache();
    assert_eq!(cache.get(&scope, "counter").await.unwrap().as_deref(), Some("10"));
    assert_eq!(cache.get(&scope, "set up").await.unwrap().as_deref(), Some("[\"once\"]"));
    let list = cache.range(&scope, "list", 0, -1).await.unwrap();
    assert_eq!((list.len(), list.last().map(String::as_str)), (10, Some("parked")));
    let storage = stack.store.storage();
    let event = storage.get(InstallationId(1), "an event").await.unwrap().expect("it is there");
    assert!(event.contains("\u{e4} \u{1f33f}"), "{event}");
    assert_eq!(storage.get(InstallationId(1), "cursor").await.unwrap().as_deref(), Some("100"));

    let fixture = fixture();
    let items = fixture["tables"]["due"].as_array().expect("items");
    let mut expected: Vec<_> =
        items.iter().map(|item| (item["id"]["S"].clone(), item["not_before"]["N"].clone())).collect();
    let far = Timestamp(4_000_000_000_000);
    let taken = stack.store.due_table().take(far, far.plus(std::time::Duration::from_secs(60)), 100).await.unwrap();
    assert!(taken.iter().all(|message| message.lane == Lane::Jobs && message.team == Some(TeamId(2))));
    let mut found: Vec<_> =
        taken.iter().map(|message| (json!(message.id), json!(message.not_before.0.to_string()))).collect();
    expected.sort_by_key(|(id, _)| id.to_string());
    found.sort_by_key(|(id, _)| id.to_string());
    assert_eq!(found, expected);

    let letters = stack.dead_letters().await;
    let mut reasons: Vec<_> = letters.iter().map(|letter| letter.reason.name()).collect();
    reasons.sort();
    assert_eq!(reasons, ["app_failed", "app_failed", "bad_job", "disabled", "retries_exhausted", "undecodable"]);
}

/// Delivers everything that a queue has.
async fn drain(stack: &AwsStack, queue: Queue<'_>, function: &Function) {
    while let Some(delivery) = stack.deliver_if_any(queue, function, 1).await {
        assert_eq!(delivery.failed, 0, "{}", function.output());
    }
}

/// How often the functions have logged that.
fn count(functions: &[&Function], what: &str) -> usize {
    let text = format!("\"message\":\"finished {what}\"");
    functions.iter().map(|function| function.output().matches(&text).count()).sum()
}

#[tokio::test]
async fn functions_go_on_with_what_waited_and_what_is_run_again() {
    let stack = stack().await;
    let events = stack.start("process-events").await;
    let exports = stack.start("export-events").await;
    let tasks = stack.start("run-tasks").await;
    let all = [&events, &exports, &tasks];
    let answer = tasks.invoke(crate::lambda::rule("every-minute")).await;
    assert!(matches!(answer, tests::runtime_api::Answer::Response(_)), "{answer:?} {}", tasks.output());
    let (dead_letters, queue) = (stack.store.dead_letters(), stack.store.work());
    let ports = RedrivePorts { dead_letters, queue, clock: Arc::new(SystemClock::new()) };
    for letter in stack.dead_letters().await {
        redrive(&ports, &letter.id).await.expect("it is claimed and sent");
    }
    for _ in 0..2 {
        drain(&stack, Queue::Events, &events).await;
        drain(&stack, Queue::Continuations, &events).await;
        drain(&stack, Queue::Exports, &exports).await;
        drain(&stack, Queue::Jobs, &tasks).await;
    }
    for what in ["chain", "on_event", "webhook", "export", "job ann", "parked job"] {
        assert_eq!(
            count(&all, what),
            1,
            "{what} waited:\n{}\n{}\n{}",
            events.output(),
            exports.output(),
            tasks.output()
        );
    }
    for what in ["exhausted", "failed", "retried job", "parked parked"] {
        assert_eq!(count(&all, what), 1, "{what} was given up:\n{}\n{}", events.output(), tasks.output());
    }
    let names: Vec<_> = stack.outcome().await.iter().map(|event| event["event"].clone()).collect();
    assert_eq!(names, ["chain"], "only its event had not reached the sink");
}

#[tokio::test]
async fn the_file_of_installations_holds_until_something_is_applied() {
    let stack = stack().await;
    tables::create(&stack.config, REGISTRY, &tables::DOCUMENTS).await.expect("the emulator makes tables");
    let variables = [("HEDGEROW_REGISTRY_TABLE", REGISTRY), ("HEDGEROW_REFRESH_SECONDS", "0")];
    let function = stack.start_with("process-events", &variables).await;
    let look = async || {
        let event = json!({"event": "look", "distinct_id": "p", "token": "phc_x"}).to_string();
        stack.send(Queue::Events, &[&event]).await;
        assert_eq!(stack.deliver(Queue::Events, &function, 0).await.failed, 0, "{}", function.output());
        stack.outcome().await.pop().expect("it arrived")["properties"].clone()
    };
    let found = look().await;
    assert_eq!((&found["counter"], &found["$plugins_succeeded"]), (&json!(10), &json!(["Keeper (1)"])), "{found}");
    // The same bundles, under the registry, with a config of its own.
    let names = RegistryNames { table: REGISTRY.to_owned(), bucket: stack.names.bucket.clone(), key_arn: None };
    let registry = AwsRegistry::new(&stack.config, &names, Arc::new(SystemClock::new())).registry;
    let listed = fixture()["installations"]["installations"][0].clone();
    let record = json!({"id": 1, "team": 2, "slug": "keeper", "enabled": true, "bundle": listed["bundle"],
        "app_name": "Keeper", "app_version": "1", "config": {"fails": "never"}});
    let record: Record = serde_json::from_value(record).expect("a record");
    let seen = registry.read().await.expect("the table is there");
    assert_eq!(seen.revision, 0);
    let change = Change {
        by: "ann".into(),
        summary: String::new(),
        tokens: [("phc_x".to_owned(), TeamId(2))].into(),
        records: vec![record],
    };
    registry.write(&seen, change).await.expect("nobody else writes");
    let found = look().await;
    assert_eq!(found["counter"], 10, "what the app kept is its own still");
    assert!(function.output().contains("another revision of the registry runs from now on"), "{}", function.output());
}
