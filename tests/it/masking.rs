//! A secret value appears in no log line and in no dead letter's message.

use runtime_core::installation::ErrorPolicy;
use runtime_core::ports::dead_letters::{DeadLetters, LetterFilter};
use serde_json::json;
use tests::{AppSetup, World, event};

const SECRET: &str = "hunter2/&\"ä";

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_masked_in_logs_and_dead_letters_in_every_form() {
    let source = "function processEvent(event, { config }) {
        const key = config.key
        console.log('plain', key, JSON.stringify({ key }), Buffer.from(key).toString('base64'), encodeURIComponent(key))
        throw new Error('refused: ' + key)
    }";
    let manifest = json!({"name": "demo", "config": [{"key": "key", "type": "string", "secret": true}]});
    let app = AppSetup::new(source).manifest(manifest).with(|app| {
        app.config = json!({ "key": SECRET });
        app.on_error = ErrorPolicy::DeadLetter;
    });
    let world = World::of(app).await;
    world.process(event(json!({}))).await;
    let lines: Vec<String> = world.logs.lines().into_iter().map(|line| line.message).collect();
    assert_eq!(lines[0], "plain *** {\"key\":\"***\"} *** ***");
    assert!(lines[1].starts_with("processEvent failed: Error: refused: ***"), "{}", lines[1]);
    let letters = world.store.dead_letters().list(&LetterFilter::default(), 10).await.expect("readable");
    assert_eq!(letters[0].message, "Error: refused: ***");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_secret_is_not_masked() {
    let source = "function processEvent(event, { config }) { console.log(config.key, config.short); return event }";
    let manifest = json!({"name": "demo", "config": [{"key": "key", "type": "string"}, {"key": "short", "type": "string", "secret": true}]});
    let app = AppSetup::new(source).manifest(manifest).with(|app| app.config = json!({"key": SECRET, "short": "abc"}));
    let world = World::of(app).await;
    world.run().await;
    assert!(world.logs.contains(&format!("{SECRET} abc")));
}
