//! The export to Pub/Sub, against the double of Google.

use super::bigquery::key;
use super::events::check_whole;
use super::fetched::{check_errors, export, fetched};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tests::doubles::Google;

/// Exports; `name` is the member of a message that has the event's name.
async fn exports(app: &str, name: &str) {
    let config = json!({"topicId": "events", "exportEventsToIgnore": ""});
    let Some(app) = fetched(app, config) else { return };
    let double = Google::start().await.expect("there is a free port");
    let app = app.with(|app| {
        app.attachments.insert("googleCloudKeyJson".into(), key(&double));
    });
    let engine = export(app, double.ports()).await;
    check_errors(&engine, &[]);
    assert!(double.complaints().is_empty(), "{:#?}", double.complaints());
    let published: Vec<_> = double.requests().into_iter().filter(|seen| seen.path.ends_with(":publish")).collect();
    let messages: Vec<Value> = published.iter().flat_map(|seen| messages(&seen.json(), name)).collect();
    check_whole(&messages, &["event", "distinct_id", "team_id", "timestamp", "ip"]);
    for message in &messages {
        assert_eq!(message["elements"], json!([]), "{message}");
        assert!(message["people_set"].is_object() && message["people_set_once"].is_object(), "{message}");
    }
}

/// What was published, with the event's name as `event`.
fn messages(body: &Value, name: &str) -> Vec<Value> {
    let messages = body["messages"].as_array().expect("messages are published").iter();
    messages
        .map(|message| {
            let data = STANDARD.decode(message["data"].as_str().expect("a text")).expect("base64");
            let mut message: Value = serde_json::from_slice(&data).expect("JSON");
            message["event"] = message[name].clone();
            message
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "for `cargo xtask public-apps`: needs apps that were fetched"]
async fn pubsub_exports() {
    exports("pubsub", "event").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "for `cargo xtask public-apps`: needs apps that were fetched"]
async fn pubsub_2caa_with_a_buffer() {
    exports("pubsub@2caaa2b46337", "eventName").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "for `cargo xtask public-apps`: needs apps that were fetched"]
async fn pubsub_fe44() {
    exports("pubsub@fe4476320bda", "event").await;
}
