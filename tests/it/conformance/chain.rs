//! Cases 71-93: the chain of `processEvent`.

use runtime_core::pipeline::{Counts, EventOutcome};
use runtime_core::telemetry::LogLevel;
use serde_json::{Value, json};
use std::time::Duration;
use tests::{AppSetup, World, event};

/// The base event with these properties, as it is after `demo` succeeded on it.
fn succeeded(mut properties: Value) -> Value {
    properties["$plugins_succeeded"] = json!(["demo (39)"]);
    event(json!({"properties": properties}))
}

/// The base event with these properties, as it is after `demo` failed on it.
fn failed(mut properties: Value) -> Value {
    properties["$plugins_failed"] = json!(["demo (39)"]);
    event(json!({"properties": properties}))
}

async fn is_dropped(source: &str) -> bool {
    let world = World::with(source).await;
    let outcome = world.process(event(json!({}))).await;
    assert!(world.sink.events().is_empty(), "{source}");
    matches!(outcome, EventOutcome::Dropped { by } if by.0 == 39)
}

#[tokio::test]
async fn case_071_mutated_and_returned_at_once() {
    let world = World::with("function processEvent(event) { event.properties.seen = true; return event }").await;
    assert_eq!(world.run().await, Some(succeeded(json!({"seen": true}))));
}

#[tokio::test]
async fn case_072_mutated_and_returned_later() {
    let world = World::with(
        "async function processEvent(event, { cache }) { await cache.incr('n'); event.properties.seen = true; return event }",
    )
    .await;
    assert_eq!(world.run().await, Some(succeeded(json!({"seen": true}))));
}

#[tokio::test]
async fn case_073_returning_nothing_drops_the_event() {
    assert!(is_dropped("function processEvent(event) { event.properties.seen = true }").await);
    assert!(is_dropped("async function processEvent() {}").await);
}

#[tokio::test]
async fn case_074_null_drops_the_event_and_ends_the_chain() {
    let world = World::builder()
        .app(AppSetup::new("function processEvent() { return null }").named("dropper", 1))
        .app(AppSetup::new("function processEvent(event) { console.log('later'); return event }").named("later", 2))
        .start()
        .await;
    assert_eq!(world.run().await, None);
    assert!(!world.logs.contains("later"), "{:?}", world.logs.lines());
    assert_eq!(Counts::get(&world.pipeline.counts.dropped), 1);
    assert_eq!(Counts::get(&world.pipeline.counts.failures), 0);
}

#[tokio::test]
async fn case_075_other_falsy_values_drop_the_event() {
    for value in ["false", "0", "''", "NaN", "-0", "0n"] {
        assert!(is_dropped(&format!("function processEvent() {{ return {value} }}")).await, "{value}");
    }
}

#[tokio::test]
async fn case_076_a_copy_with_another_person_is_accepted() {
    let world = World::with(
        "const processEvent = (event) => ({ ...event, distinct_id: 'other' }); exports.processEvent = processEvent",
    )
    .await;
    let mut expected = succeeded(json!({}));
    expected["distinct_id"] = json!("other");
    assert_eq!(world.run().await, Some(expected));
}

#[tokio::test]
async fn case_077_after_an_error_the_event_goes_on_and_names_the_app() {
    let world = World::with("function processEvent() {\n  throw new Error('boom')\n}").await;
    assert_eq!(world.run().await, Some(failed(json!({}))));
    let errors = world.logs.messages(LogLevel::Error);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].starts_with("processEvent failed: Error: boom\n"), "{errors:?}");
    assert!(errors[0].contains("index.js:2:"), "{errors:?}");
    assert_eq!(Counts::get(&world.pipeline.counts.failures), 1);
}

#[tokio::test]
async fn case_078_changes_before_an_error_are_kept() {
    for wait in ["", "await cache.incr('n');"] {
        let world = World::with(&format!(
            "async function processEvent(event, {{ cache }}) {{ event.properties.kept = 1; {wait} throw new Error('boom') }}"
        ))
        .await;
        assert_eq!(world.run().await, Some(failed(json!({"kept": 1}))), "{wait}");
    }
}

#[tokio::test]
async fn case_079_who_succeeds_is_listed() {
    let world = World::with("function processEvent(event) { return event }").await;
    assert_eq!(world.run().await, Some(succeeded(json!({}))));
}

#[tokio::test]
async fn case_080_who_only_looks_on_is_deferred() {
    let world = World::with("export function onEvent() {}").await;
    assert_eq!(world.run().await, Some(event(json!({"properties": {"$plugins_deferred": ["demo (39)"]}}))));
}

#[tokio::test]
async fn case_081_a_changed_team_is_put_back() {
    for change in ["event.team_id = 9", "delete event.team_id", "event = { ...event, team_id: '2' }"] {
        let source = format!("function processEvent(event) {{ event.properties.kept = 1; {change}; return event }}");
        let world = World::with(&source).await;
        assert_eq!(world.run().await, Some(failed(json!({"kept": 1}))), "{change}");
        assert_eq!(world.logs.messages(LogLevel::Error), ["Plugin tried to change event.team_id"], "{change}");
    }
}

#[tokio::test]
async fn case_082_apps_run_in_their_order_every_time() {
    let source = "function processEvent(event) { event.properties.order = [...(event.properties.order || []), ORDER]; return event }";
    let mut builder = World::builder();
    for (id, order) in [(1, 2), (2, 1), (3, 3)] {
        let app = AppSetup::new(&source.replace("ORDER", &order.to_string()));
        builder = builder.app(app.named(&format!("app{id}"), id).with(|app| app.order = order));
    }
    let world = builder.start().await;
    let expected = json!({"order": [1, 2, 3], "$plugins_succeeded": ["app2 (2)", "app1 (1)", "app3 (3)"]});
    for _ in 0..2 {
        assert_eq!(world.run().await.expect("not dropped")["properties"], expected);
    }
}

#[tokio::test]
async fn case_083_a_copy_carries_the_marks() {
    let copying = "function processEvent(event) { return { ...event, properties: { copied: true } } }";
    let world = World::builder()
        .app(AppSetup::new("function processEvent() { throw new Error('boom') }").named("first", 1))
        .app(AppSetup::new(copying).named("second", 2))
        .start()
        .await;
    let expected = json!({"copied": true, "$plugins_succeeded": ["second (2)"], "$plugins_failed": ["first (1)"]});
    assert_eq!(world.run().await.expect("not dropped")["properties"], expected);
}

#[tokio::test]
async fn case_084_a_client_cannot_keep_an_app_from_running() {
    let world = World::with("function processEvent(event) { event.properties.masked = true; return event }").await;
    let marks =
        json!({"$plugins_succeeded": ["demo (39)"], "$plugins_failed": ["demo (39)"], "$plugins_deferred": ["x (1)"]});
    let outcomes = world.feed(event(json!({"properties": marks})).to_string().as_bytes()).await;
    assert!(matches!(&outcomes[..], [Ok(EventOutcome::Sent(_))]), "{outcomes:?}");
    let properties = serde_json::to_value(&world.sink.events()[0]).expect("an event is JSON")["properties"].clone();
    assert_eq!(properties, json!({"masked": true, "$plugins_succeeded": ["demo (39)"]}));
}

#[tokio::test]
async fn case_085_retry_error_is_not_retried_here() {
    let world = World::with("function processEvent() { console.log('run'); throw new RetryError('later') }").await;
    assert_eq!(world.run().await, Some(failed(json!({}))));
    assert_eq!(world.logs.messages(LogLevel::Log), ["run"]);
    assert!(world.dead_letters().await.is_empty());
}

#[tokio::test]
async fn case_086_after_a_time_out_the_event_goes_on_as_before() {
    let world = World::with(
        "async function processEvent(event) {\n  event.properties.lost = 1\n  await new Promise(() => {})\n  return event\n}",
    )
    .await;
    let outcome = world.during(&[Duration::from_secs(30)], world.run()).await;
    assert_eq!(outcome, Some(failed(json!({}))));
    let errors = world.logs.messages(LogLevel::Error);
    let text = "processEvent failed: Script execution timed out after 30 seconds in processEvent (demo, index.js:3)";
    assert_eq!(errors, [text]);
}

#[tokio::test]
async fn case_087_a_batch_function_works_on_one_event() {
    for keyword in ["", "async "] {
        let source = format!(
            "export {keyword}function processEventBatch(batch) {{ for (const event of batch) event.properties.size = batch.length; return batch }}"
        );
        let world = World::with(&source).await;
        assert_eq!(world.run().await, Some(succeeded(json!({"size": 1}))), "{keyword}");
        let found = &world.first().capabilities().expect("the app loads").methods;
        assert_eq!(found.as_slice(), ["processEventBatch", "processEvent"], "{keyword}");
    }
}

#[tokio::test]
async fn case_088_process_event_beats_the_batch_function() {
    let world = World::with(
        "export function processEventBatch() { throw new Error('unused') }
         export function processEvent(event) { event.properties.one = 1; return event }",
    )
    .await;
    assert_eq!(world.run().await, Some(succeeded(json!({"one": 1}))));
}

#[tokio::test]
async fn case_089_an_empty_batch_drops_the_event() {
    assert!(is_dropped("function processEventBatch() { return [] }").await);
}

#[tokio::test]
async fn case_090_what_an_app_sets_wins_in_event_and_person() {
    let world = World::with(
        "export function processEvent(event) { event.$set = { ...event.$set, plan: 'app' }; event.properties.size = 'app'; return event }
         export function onEvent(event) { console.log(event.$set, event.properties.$set, event.properties.size) }",
    )
    .await;
    let sent = event(json!({"$set": {"plan": "client", "name": "n"}, "properties": {"size": "client"}}));
    world.feed(sent.to_string().as_bytes()).await;
    let event = serde_json::to_value(&world.sink.events()[0]).expect("an event is JSON");
    let person = json!({"plan": "app", "name": "n"});
    assert_eq!((&event["$set"], &event["properties"]["$set"]), (&person, &person));
    assert_eq!(event["properties"]["size"], "app");
    let shown = r#"{"plan":"app","name":"n"} {"plan":"app","name":"n"} app"#;
    assert_eq!(world.logs.messages(LogLevel::Log), [shown]);
}

#[tokio::test]
async fn case_091_a_deleted_property_is_gone() {
    let world = World::with(
        "export function processEvent(event) { delete event.properties.secret; return event }
         export function onEvent(event) { console.log('secret' in event.properties) }",
    )
    .await;
    let event = world.run_event(event(json!({"properties": {"secret": 1, "open": 2}}))).await.expect("not dropped");
    let marks = json!({"open": 2, "$plugins_succeeded": ["demo (39)"], "$plugins_deferred": ["demo (39)"]});
    assert_eq!(event["properties"], marks);
    assert_eq!(world.logs.messages(LogLevel::Log), ["false"]);
}

#[tokio::test]
async fn case_092_session_recordings_pass_by() {
    let world = World::with(
        "export function processEvent() { console.log('called'); return null }
         export function onEvent() { console.log('called') }",
    )
    .await;
    let recording = event(json!({"event": "$snapshot", "properties": {"$snapshot_data": {"chunk": "x"}}}));
    assert_eq!(world.run_event(recording.clone()).await, Some(recording.clone()));
    assert_eq!(serde_json::to_value(world.sink.events()).expect("events are JSON"), json!([recording]));
    assert!(world.logs.lines().is_empty(), "{:?}", world.logs.lines());
}

#[tokio::test]
async fn case_093_errors_of_forgotten_promises_belong_to_the_app() {
    let forgotten = [
        "Promise.reject(new Error('forgotten'))",
        "(async () => { throw new Error('forgotten') })()",
        "cache.incr('n').then(() => { throw new Error('forgotten') })",
    ];
    for promise in forgotten {
        let world =
            World::with(&format!("function processEvent(event, {{ cache }}) {{ {promise}; return event }}")).await;
        assert_eq!(world.run().await, Some(succeeded(json!({}))), "{promise}");
        let lines = world.logs.lines();
        assert_eq!(lines.len(), 1, "{promise}: {lines:?}");
        assert!(lines[0].message.starts_with("processEvent failed: Error: forgotten"), "{lines:?}");
        assert_eq!((lines[0].app.as_str(), lines[0].installation.0), ("demo", 39));
        assert_eq!(Counts::get(&world.pipeline.counts.failures), 1);
    }
}
