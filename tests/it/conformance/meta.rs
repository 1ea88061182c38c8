//! Cases 62-70: `meta`, the last argument of every call.

use super::properties_after;
use runtime_core::installation::Attachment;
use serde_json::{Value, json};
use tests::{AppSetup, World};

#[tokio::test(flavor = "multi_thread")]
async fn case_062_setup_writes_to_global_synchronously() {
    let world = World::with(
        "export function setupPlugin({ global }) { global.counter = 10 }
        export function processEvent(event, { global }) { event.properties.counter = ++global.counter; return event }",
    )
    .await;
    assert_eq!(world.run_properties().await["counter"], json!(11));
    assert_eq!(world.run_properties().await["counter"], json!(12));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_063_async_setup_is_awaited_before_the_first_event() {
    let world = World::with(
        "export async function setupPlugin({ global, storage }) {
            await storage.set('k', 'stored')
            global.value = await storage.get('k')
        }
        export function processEvent(event, { global }) { event.properties.value = global.value; return event }",
    )
    .await;
    assert_eq!(world.run_properties().await["value"], json!("stored"));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_064_meta_has_exactly_these_keys() {
    let properties = properties_after(
        "export function processEvent(event, meta) {
            event.properties.keys = Object.keys(meta).sort()
            event.properties.utils = Object.keys(meta.utils)
            return event
        }",
    )
    .await;
    assert_eq!(
        properties["keys"],
        json!(["attachments", "cache", "config", "geoip", "global", "jobs", "metrics", "storage", "utils"])
    );
    assert_eq!(properties["utils"], json!(["cursor"]));
}

/// What an app with one field of each kind sees as its config.
async fn config_seen(stored: Value) -> Value {
    let manifest = json!({"name": "demo", "config": [
        {"markdown": "About this app"},
        {"key": "host", "type": "string", "default": "https://example.com"},
        {"key": "token", "type": "string", "secret": true},
        {"key": "mode", "type": "choice", "choices": ["fast", "safe"], "default": "safe"},
        {"key": "empty", "type": "string", "default": ""},
        {"key": "nothing", "type": "string"},
    ]});
    let app = AppSetup::new(
        "export function processEvent(event, { config }) {
            event.properties.config = { ...config }
            event.properties.kinds = [typeof config.token, typeof config.nothing, 'nothing' in config, typeof config.unknown]
            return event
        }",
    );
    World::of(app.manifest(manifest).with(|app| app.config = stored)).await.run_properties().await
}

#[tokio::test(flavor = "multi_thread")]
async fn case_065_app_sees_stored_values_secrets_and_defaults() {
    let seen =
        config_seen(json!({"token": "s3cret", "mode": "not a choice", "extra": " verbatim ", "empty": null})).await;
    let expected = json!({
        "host": "https://example.com", "token": "s3cret", "mode": "not a choice", "extra": " verbatim ", "empty": null,
    });
    assert_eq!(seen["config"], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn case_066_writes_to_config_change_nothing() {
    let app = AppSetup::new(
        "export function processEvent(event, { config }) {
            event.properties.seen = JSON.stringify(config)
            config.host = 'changed'
            config.added = 1
            delete config.token
            config.list.push('x')
            config.nested.deep = 'changed'
            Object.assign(config, { host: 'assigned' })
            Object.defineProperty(config, 'host', { value: 'defined' })
            ;(function () { 'use strict'; config.host = 'strict'; delete config.token; config.nested.deep = 'strict' })()
            event.properties.after = JSON.stringify(config)
            return event
        }",
    );
    let stored = json!({"host": "h", "list": ["a"], "nested": {"deep": "d"}, "token": "t"});
    let world = World::of(app.with(|app| app.config = stored.clone())).await;
    for _ in 0..2 {
        let properties = world.run_properties().await;
        assert_eq!(world.errors(), Vec::<String>::new());
        for moment in ["seen", "after"] {
            let config: Value = serde_json::from_str(properties[moment].as_str().expect("text")).expect("JSON");
            assert_eq!(config, stored, "{moment}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_067_attachments_are_buffers() {
    let app = AppSetup::new(
        "export function processEvent(event, { attachments }) {
            const { contents, ...rest } = attachments.rules
            event.properties.keys = Object.keys(attachments)
            event.properties.rest = rest
            event.properties.kinds = [Buffer.isBuffer(contents), contents instanceof Uint8Array, contents.toString('hex')]
            event.properties.json = JSON.parse(JSON.stringify(contents))
            return event
        }",
    );
    let rules = Attachment {
        file_name: "rules.bin".into(),
        content_type: "application/octet-stream".into(),
        contents: vec![0, 255, 7],
    };
    let app = app.with(|app| {
        app.attachments.insert("rules".into(), rules);
    });
    let properties = World::of(app).await.run_properties().await;
    assert_eq!(properties["keys"], json!(["rules"]));
    assert_eq!(properties["rest"], json!({"content_type": "application/octet-stream", "file_name": "rules.bin"}));
    assert_eq!(properties["kinds"], json!([true, true, "00ff07"]));
    assert_eq!(properties["json"], json!({"type": "Buffer", "data": [0, 255, 7]}));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_068_no_attachments_are_an_empty_object() {
    let properties = properties_after(
        "export function processEvent(event, { attachments }) { event.properties.files = attachments; return event }",
    )
    .await;
    assert_eq!(properties["files"], json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_069_module_variables_live_as_long_as_the_isolate() {
    let world = World::with(
        "let seen = 0
        export function processEvent(event) { event.properties.seen = ++seen; return event }",
    )
    .await;
    for expected in 1..=3 {
        assert_eq!(world.run_properties().await["seen"], json!(expected));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_070_neither_value_nor_default_is_undefined() {
    let seen = config_seen(json!({})).await;
    assert_eq!(seen["config"], json!({"host": "https://example.com", "mode": "safe", "empty": ""}));
    assert_eq!(seen["kinds"], json!(["undefined", "undefined", false, "undefined"]));
}
