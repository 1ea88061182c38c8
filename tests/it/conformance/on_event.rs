//! Cases 94-98: `onEvent`.

use runtime_core::telemetry::LogLevel;
use serde_json::{Value, json};
use tests::{AppSetup, World, event};

/// Prints the whole event.
const PRINTER: &str = "export function onEvent(event) { console.log(event) }";

/// What the printer printed.
fn shown(world: &World) -> Value {
    let messages = world.logs.messages(LogLevel::Log);
    assert_eq!(messages.len(), 1, "{messages:?}");
    serde_json::from_str(&messages[0]).expect("an object is printed as JSON")
}

#[tokio::test]
async fn case_094_sees_what_the_chain_made_of_the_event() {
    let changing = "function processEvent(event) { event.event = 'F'; event.properties.added = 1; return event }";
    let world = World::builder()
        .app(AppSetup::new(PRINTER).named("printer", 1))
        .app(AppSetup::new(changing).named("changer", 2))
        .start()
        .await;
    assert!(world.run().await.is_some());
    let event = shown(&world);
    assert_eq!((&event["event"], &event["properties"]["added"]), (&json!("F"), &json!(1)));
}

#[tokio::test]
async fn case_095_its_return_value_is_ignored() {
    for value in ["null", "({ ...event, event: 'other' })", "Promise.resolve(false)", "0n"] {
        let world =
            World::with(&format!("export function onEvent(event) {{ event.event = 'other'; return {value} }}")).await;
        let sent = world.run().await.expect("not dropped");
        assert_eq!(sent["event"], "E", "{value}");
        assert_eq!(sent["properties"], json!({"$plugins_deferred": ["demo (39)"]}), "{value}");
        assert!(world.logs.lines().is_empty(), "{value}: {:?}", world.logs.lines());
    }
}

#[tokio::test]
async fn case_096_the_error_of_one_app_touches_no_other() {
    let failing = "export async function onEvent() { throw new Error('boom') }";
    let world = World::builder()
        .app(AppSetup::new(failing).named("first", 1))
        .app(AppSetup::new(PRINTER).named("second", 2))
        .app(AppSetup::new("export function onEvent() { throw 'text' }").named("third", 3))
        .start()
        .await;
    let marks = json!({"$plugins_deferred": ["first (1)", "second (2)", "third (3)"]});
    assert_eq!(world.run().await, Some(event(json!({"properties": marks}))));
    assert_eq!(shown(&world)["uuid"], event(json!({}))["uuid"]);
    let mut errors = world.logs.messages(LogLevel::Error);
    errors.sort();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[0].starts_with("onEvent failed: Error: boom"), "{errors:?}");
    assert_eq!(errors[1], "onEvent failed: text");
}

#[tokio::test]
async fn case_097_autocapture_has_elements() {
    let world = World::with(PRINTER).await;
    let elements = json!([
        {"tag_name": "button", "$el_text": "Buy", "nth_child": 2, "nth_of_type": 1, "attr__class": "big red"},
        {"tag_name": "div", "nth_child": 1, "nth_of_type": 1, "attr__id": "shop"},
    ]);
    let clicked = event(json!({"event": "$autocapture", "properties": {"$elements": elements}}));
    world.run_event(clicked).await.expect("not dropped");
    let shown = shown(&world);
    let [button, div] = shown["elements"].as_array().map(Vec::as_slice).expect("a list") else {
        panic!("two elements: {}", shown["elements"])
    };
    assert_eq!((&button["tag_name"], &button["nth_child"]), (&json!("button"), &json!(2)));
    assert_eq!((&button["text"], &button["$el_text"]), (&json!("Buy"), &json!("Buy")));
    assert_eq!(button["attr_class"], "big red");
    assert_eq!((&div["tag_name"], &div["attr_id"]), (&json!("div"), &json!("shop")));
}

#[tokio::test]
async fn case_098_the_event_has_exactly_these_keys() {
    let world = World::with(PRINTER).await;
    let sent =
        event(json!({"ip": "192.0.2.1", "sent_at": "2023-01-01T00:00:01.000Z", "$set": {"plan": "free"}, "offset": 0}));
    // The client's clock is a second ahead: it sent the event a second after the server got it.
    world.feed(sent.to_string().as_bytes()).await;
    let expected = json!({
        "distinct_id": sent["distinct_id"],
        "ip": null,
        "team_id": 2,
        "event": "E",
        "properties": {"$set": {"plan": "free"}, "$ip": "192.0.2.1", "$sent_at": "2023-01-01T00:00:01.000Z", "$plugins_deferred": ["demo (39)"]},
        "timestamp": "2022-12-31T23:59:59.000Z",
        "$set": {"plan": "free"},
        "$set_once": null,
        "uuid": sent["uuid"],
        "elements": [],
    });
    assert_eq!(shown(&world), expected);
    let keys: Vec<String> = shown(&world).as_object().expect("an object").keys().cloned().collect();
    assert_eq!(keys, expected.as_object().expect("an object").keys().cloned().collect::<Vec<_>>());
}
