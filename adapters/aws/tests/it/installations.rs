//! Installations from the bucket.

use crate::emulator::{Stack, objects};
use adapter_aws::AwsStore;
use adapter_aws::installations::{InstallationFailure, Installations, InstallationsError};
use adapter_aws::names::Names;
use runtime_core::event::{InstallationId, TeamId};
use runtime_core::installation::DisabledPolicy;
use runtime_core::ports::blob_store::BlobStore;
use serde_json::{Value, json};
use std::sync::Arc;

const KEY: &str = "installations.json";

async fn put(stack: &Stack, listing: &str) {
    let request = objects(&stack.config).put_object().bucket(&stack.names.bucket).key(KEY);
    request.body(listing.as_bytes().to_vec().into()).send().await.unwrap();
}

async fn read(stack: &Stack, installations: Value) -> Result<Installations, InstallationsError> {
    put(stack, &json!({"v": 1, "tokens": {"phc_x": 2}, "installations": installations}).to_string()).await;
    stack.store.installations(KEY).await
}

async fn blob(stack: &Stack, content: impl ToString) -> String {
    stack.store.blob_store().put(content.to_string().as_bytes()).await.unwrap()
}

async fn bundle(stack: &Stack, source: &str) -> String {
    blob(stack, json!({"v": 1, "files": {"plugin.json": "{\"config\": [{\"key\": \"a\", \"type\": \"string\", \"default\": \"d\"}]}", "index.ts": source}})).await
}

#[tokio::test]
async fn apps_and_attachments_are_blobs() {
    let stack = Stack::new().await;
    let app = bundle(&stack, "export function processEvent(event: any) { return event }").await;
    let attachment = blob(&stack, "<xml>").await;
    let read = read(
        &stack,
        json!([
            {"id": 1, "team": 2, "slug": "one", "bundle": app, "order": 4,
             "attachments": {"file": {"file_name": "a.xml", "content_type": "text/xml", "blob": attachment}}},
            {"id": 3, "team": 2, "slug": "one", "bundle": app, "config": {"a": "x"}}
        ]),
    );
    let Installations { installations, teams, failures } = read.await.unwrap();
    assert!(failures.is_empty(), "{failures:?}");
    assert_eq!((teams.tokens["phc_x"], teams.only_team), (TeamId(2), Some(TeamId(2))));
    let [first, second] = installations.as_slice() else { panic!("two were listed") };
    assert_eq!((first.id, first.order, first.label()), (InstallationId(1), 4, "one (1)".to_owned()));
    assert_eq!((first.config["a"].as_str(), second.config["a"].as_str()), (Some("d"), Some("x")));
    let file = &first.attachments["file"];
    assert_eq!((file.file_name.as_str(), file.content_type.as_str()), ("a.xml", "text/xml"));
    assert_eq!(file.contents, b"<xml>");
    assert!(Arc::ptr_eq(&first.app, &second.app), "an app is loaded once");
}

#[tokio::test]
async fn what_cannot_be_installed_is_disabled_and_the_others_are_not() {
    let stack = Stack::new().await;
    let good = bundle(&stack, "").await;
    let syntax = bundle(&stack, "let a = ;").await;
    let later = blob(&stack, json!({"v": 3, "files": {}})).await;
    let gone = "0".repeat(64);
    let broken = |id: i64, bundle: &str| json!({"id": id, "team": 2, "slug": "s", "bundle": bundle, "on_disabled": "dead_letter"});
    let mut listing =
        vec![broken(1, &syntax), broken(2, &gone), broken(3, &later), broken(4, "../x"), broken(5, &good)];
    listing[4]["config"] = json!({"a": 5});
    listing.push(broken(6, &good));
    listing[5]["attachments"] = json!({"k": {"file_name": "f", "content_type": "t", "blob": gone}});
    listing.push(broken(7, &good));
    let Installations { installations, failures, .. } = read(&stack, Value::from(listing)).await.unwrap();
    assert_eq!(installations.iter().map(|one| one.id.0).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
    let said: Vec<_> = failures.iter().map(|(id, failure)| (id.0, failure)).collect();
    assert!(
        matches!(
            said.as_slice(),
            [
                (1, InstallationFailure::App(_)),
                (2, InstallationFailure::NoBlob { .. }),
                (3, InstallationFailure::Bundle { .. }),
                (4, InstallationFailure::NoBlob { .. }),
                (5, InstallationFailure::Install(_)),
                (6, InstallationFailure::NoBlob { .. }),
            ]
        ),
        "{said:?}"
    );
    assert!(installations[0].app.script.code.contains("throw new Error("), "it fails when it is evaluated");
    assert_eq!(installations[0].on_disabled, DisabledPolicy::DeadLetter);
    assert!(!installations[6].app.script.code.contains("throw"), "the last one is as it was listed");
}

#[tokio::test]
async fn without_a_list_there_is_nothing_to_run() {
    let stack = Stack::new().await;
    let missing = stack.store.installations(KEY).await.unwrap_err();
    assert!(matches!(missing, InstallationsError::Missing { .. }), "{missing}");
    put(&stack, "[").await;
    let malformed = stack.store.installations(KEY).await.unwrap_err();
    assert!(matches!(malformed, InstallationsError::Listing { .. }), "{malformed}");
    let unnamed = read(&stack, json!([{"id": 7, "team": 2, "bundle": "x"}])).await.unwrap_err();
    assert!(matches!(unnamed, InstallationsError::NoSlug(InstallationId(7))), "{unnamed}");
    let names = Names { bucket: format!("{}-gone", stack.names.bucket), ..stack.names.clone() };
    let elsewhere = AwsStore::new(&stack.config, &names, stack.clock.clone());
    let unavailable = elsewhere.installations(KEY).await.unwrap_err();
    assert!(matches!(unavailable, InstallationsError::Unavailable(_)), "{unavailable}");
}
