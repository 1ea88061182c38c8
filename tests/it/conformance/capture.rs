//! Cases 161-162: `posthog.capture`.

use runtime_core::ports::captures::CapturedEvent;
use serde_json::{Value, json};
use tests::World;

fn only(world: &World) -> (Value, u32) {
    let mut captured = world.sink.take_captured();
    assert_eq!(captured.len(), 1, "{captured:?}");
    let CapturedEvent { event, hops } = captured.remove(0);
    (serde_json::to_value(event).expect("an event is JSON"), hops)
}

#[tokio::test]
async fn case_161_capture_in_a_scheduled_task() {
    let world = World::with(
        "export async function runEveryMinute() {
             const result = await posthog.capture('my-new-event', { random: 'properties', uuid: 'mine' })
             console.log(result === undefined)
         }",
    )
    .await;
    world.run_task("runEveryMinute").await;
    let (event, hops) = only(&world);
    assert!(world.logs.contains("true"), "{:?}", world.logs.lines());
    let now = "2023-01-01T00:00:00.000Z";
    let mut properties = event["properties"].clone();
    let version = properties["$lib_version"].take();
    assert!(version.as_str().is_some_and(|version| version.contains('.')), "{version}");
    properties.as_object_mut().expect("an object").remove("$lib_version");
    let expected = json!({"$lib": "posthog-plugin-server", "$sent_at": now, "distinct_id": "demo", "random": "properties", "uuid": "mine"});
    assert_eq!(properties, expected);
    assert_eq!((&event["event"], &event["distinct_id"]), (&json!("my-new-event"), &json!("demo")));
    assert_eq!((&event["team_id"], &event["site_url"]), (&json!(2), &json!("")));
    assert_eq!([&event["now"], &event["sent_at"], &event["timestamp"]], [now, now, now]);
    assert_ne!(event["uuid"], "mine");
    assert_eq!(hops, 1);
}

#[tokio::test]
async fn case_162_timestamp_and_person_are_lifted_out() {
    let world = World::with(
        "export async function processEvent(event) {
             await posthog.capture('new', { timestamp: '2020-02-02T02:02:02.000Z', distinct_id: 'somebody', a: 1 })
             return event
         }",
    )
    .await;
    world.run().await.expect("not dropped");
    let (event, _) = only(&world);
    assert_eq!((&event["distinct_id"], &event["timestamp"]), (&json!("somebody"), &json!("2020-02-02T02:02:02.000Z")));
    assert_eq!((&event["properties"]["distinct_id"], &event["properties"]["a"]), (&json!("somebody"), &json!(1)));
    assert_eq!(event["properties"].get("timestamp"), None);
}
