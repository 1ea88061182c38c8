//! For `make-aws.sh`, which puts it among the tests of the AWS adapter of the release: writes the rows of a state folder by that
//! adapter's ports, as that release's functions would have.

use crate::emulator::Stack;
use adapter_aws::AwsStore;
use runtime_core::event::{InstallationId, TeamId, WorkId};
use runtime_core::ports::blob_store::BlobStore;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::dead_letters::DeadLetters;
use runtime_core::ports::delayed_queue::DelayedQueue;
use runtime_core::ports::documents::{Documents, NewDocument};
use runtime_core::ports::key_value::{Cache, CacheScope, Storage};
use runtime_core::ports::virtual_clock::VirtualClock;
use serde_json::{Value, from_value};
use std::sync::Arc;

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("make-aws.sh sets {name}"))
}

fn text(row: &Value, member: &str) -> String {
    row[member].as_str().unwrap_or_else(|| panic!("{member} of {row} is text")).to_owned()
}

#[tokio::test]
async fn put() {
    let rows: Value = serde_json::from_str(&std::fs::read_to_string(variable("UPGRADE_ROWS")).unwrap()).unwrap();
    let stack = Stack::new().await;
    let now = Timestamp(rows["now"].as_i64().unwrap());
    let store = AwsStore::new(&stack.config, &stack.names, Arc::new(VirtualClock::at(now)));
    let list = |name: &str| rows[name].as_array().unwrap_or_else(|| panic!("{name} is a list")).clone();
    for row in list("texts") {
        let scope = CacheScope { app: text(&row, "app"), team: TeamId(2) };
        store.cache().set(&scope, &text(&row, "key"), &text(&row, "text"), None).await.unwrap();
    }
    for row in list("increments") {
        let scope = CacheScope { app: text(&row, "app"), team: TeamId(2) };
        store.cache().increment(&scope, &text(&row, "key"), &WorkId(text(&row, "operation"))).await.unwrap();
    }
    for row in list("elements") {
        let scope = CacheScope { app: text(&row, "app"), team: TeamId(2) };
        store.cache().push(&scope, &text(&row, "key"), &[text(&row, "element")]).await.unwrap();
    }
    for row in list("storage") {
        let installation = InstallationId(row["installation"].as_i64().unwrap());
        let (key, json) = (text(&row, "key"), text(&row, "json"));
        match json.parse() {
            Ok(cursor) => store.storage().init_cursor(installation, &key, cursor).await.unwrap(),
            Err(_) => store.storage().set(installation, &key, &json).await.unwrap(),
        }
    }
    for row in list("documents") {
        let document = NewDocument { json: text(&row, "json"), ends_at: None };
        assert!(store.documents().put(&text(&row, "key"), document, None).await.unwrap());
    }
    for letter in list("letters") {
        store.dead_letters().put(from_value(letter).unwrap()).await.unwrap();
    }
    for message in list("messages") {
        store.work().send(from_value(message).unwrap()).await.unwrap();
    }
    let mut file = rows["installations"].clone();
    for installation in file["installations"].as_array_mut().unwrap() {
        let bundle = installation["bundle"].to_string();
        installation["bundle"] = store.blob_store().put(bundle.as_bytes()).await.unwrap().into();
    }
    std::fs::write(variable("UPGRADE_FILE"), file.to_string()).unwrap();
    std::fs::write(variable("UPGRADE_ACCOUNT"), &stack.account).unwrap();
}
