//! Cases 104-109 and 114: `exportEvents`. What is tried again is in `retries`, how a limit is read (case 113) beside its code.

use runtime_core::pipeline::Counts;
use runtime_core::telemetry::LogLevel;
use serde_json::{Value, json};
use tests::{AppSetup, World, event};

/// Prints the names of each batch.
const EXPORTER: &str =
    "export function exportEvents(events, meta) { console.log(events.map((event) => event.event), 'cache' in meta) }";

/// An exporter with this config.
fn exporter(config: Value) -> AppSetup {
    AppSetup::new(EXPORTER).with(|app| app.config = config)
}

/// Sends events of these names.
async fn send(world: &World, names: &[&str]) {
    for name in names {
        world.run_event(event(json!({"event": name, "uuid": name}))).await.expect("not dropped");
    }
}

fn printed(world: &World) -> Vec<String> {
    assert!(world.errors().is_empty(), "{:?}", world.errors());
    world.logs.messages(LogLevel::Log)
}

fn exported(world: &World) -> u64 {
    Counts::get(&world.pipeline.counts.exported)
}

#[tokio::test]
async fn case_104_two_events_are_one_batch() {
    let world = World::of(exporter(json!({"exportEventsBufferSeconds": "1"}))).await;
    send(&world, &["a", "b"]).await;
    assert!(printed(&world).is_empty(), "nothing is exported before the end");
    world.export().await;
    assert_eq!(printed(&world), [r#"["a","b"] true"#]);
    assert_eq!(exported(&world), 2);
}

#[tokio::test]
async fn case_105_ignored_names_are_not_exported() {
    let world = World::of(exporter(json!({"exportEventsToIgnore": "b, c"}))).await;
    send(&world, &["a", "b", "B", "c", "d"]).await;
    world.export().await;
    assert_eq!(printed(&world), [r#"["a","B","d"] true"#]);
    assert_eq!((exported(&world), world.sink.events().len()), (3, 5));
}

#[tokio::test]
async fn case_106_the_app_s_own_on_event_gets_every_event() {
    let source = format!("{EXPORTER}\nexport function onEvent(event) {{ console.log('seen', event.event) }}");
    let app = AppSetup::new(&source).with(|app| app.config = json!({"exportEventsToIgnore": "b"}));
    let world = World::of(app).await;
    send(&world, &["a", "b", "c"]).await;
    assert_eq!(printed(&world), ["seen a", "seen b", "seen c"]);
    world.export().await;
    assert_eq!(printed(&world)[3..], [r#"["a","c"] true"#]);
}

/// The case's events have 134 units, which is less than the shortest event of ours: the limit stays in proportion.
#[tokio::test]
async fn case_107_equal_events_are_cut_into_batches_of_seven() {
    let measuring = "export function exportEvents([event]) { console.log(JSON.stringify(event).length) }";
    let world = World::with(measuring).await;
    send(&world, &["a"]).await;
    world.export().await;
    let size: usize = printed(&world)[0].parse().expect("a number");

    let counting = "export function exportEvents(events) { console.log(events.length) }";
    let limit = (size * 1000 / 134).to_string();
    let world =
        World::of(AppSetup::new(counting).with(|app| app.config = json!({"exportEventsBufferBytes": limit}))).await;
    send(&world, &["a"; 100]).await;
    world.export().await;
    let mut expected = vec!["7"; 14];
    expected.push("2");
    assert_eq!(printed(&world), expected);
    assert_eq!(exported(&world), 100);
}

#[tokio::test]
async fn case_108_with_a_limit_of_one_byte_every_event_goes_alone() {
    let world = World::of(exporter(json!({"exportEventsBufferBytes": "1"}))).await;
    send(&world, &["a", "b", "c"]).await;
    world.export().await;
    assert_eq!(printed(&world), [r#"["a"] true"#, r#"["b"] true"#, r#"["c"] true"#]);
}

#[tokio::test]
async fn case_109_teardown_hands_over_what_waits() {
    let source = format!("{EXPORTER}\nexport function teardownPlugin() {{ console.log('torn down') }}");
    for (source, teardown) in [(EXPORTER, None), (source.as_str(), Some("torn down"))] {
        let world = World::with(source).await;
        send(&world, &["a", "b"]).await;
        world.pipeline.tear_down().await;
        let expected: Vec<&str> = [r#"["a","b"] true"#].into_iter().chain(teardown).collect();
        assert_eq!(printed(&world), expected);
        assert_eq!(exported(&world), 2);
    }
}

#[tokio::test]
async fn case_114_teardown_with_nothing_waiting_exports_nothing() {
    let world = World::of(exporter(json!({"exportEventsToIgnore": "ignored"}))).await;
    world.pipeline.tear_down().await;
    send(&world, &["ignored"]).await;
    world.pipeline.tear_down().await;
    assert_eq!(printed(&world), [""; 0]);

    send(&world, &["a"]).await;
    world.pipeline.tear_down().await;
    world.pipeline.tear_down().await;
    assert_eq!(printed(&world), [r#"["a"] true"#], "what was exported does not wait any more");
}

#[tokio::test]
async fn an_app_that_does_not_handle_large_batches_gets_small_ones() {
    for (settings, sizes) in [("false", "500 1"), ("true", "501"), ("undefined", "501")] {
        let world = World::with(&format!(
            "export function exportEvents(events) {{ console.log(events.length) }}
             export function getSettings() {{ return {{ handlesLargeBatches: {settings} }} }}"
        ))
        .await;
        for number in 0..501 {
            world.run_event(event(json!({"event": number.to_string()}))).await.expect("not dropped");
        }
        world.export().await;
        assert_eq!(world.logs.messages(LogLevel::Log).join(" "), sizes, "{settings}");
    }
}

#[tokio::test]
async fn settings_that_are_no_numbers_are_told() {
    let app = AppSetup::new("export function exportEvents() {}")
        .with(|app| app.config = json!({"exportEventsBufferSeconds": "601", "exportEventsBufferBytes": "1000"}));
    let world = World::of(app).await;
    let expected = "exportEventsBufferSeconds is \"601\": set a whole number from 1 to 600, or leave it out";
    assert_eq!(world.logs.messages(LogLevel::Warn), [expected]);
}

/// Through the queue: events of several messages in one batch, in order; a message whose events were put into two batches is done
/// when both are.
#[tokio::test]
async fn messages_are_put_together_and_cut_by_bytes() {
    let source = "export async function exportEvents(events) {
            console.log(events.map((event) => event.event).join(' '))
            if (events.some((event) => event.event === '3')) throw new RetryError('later')
        }";
    let world =
        World::of(AppSetup::new(source).with(|app| app.config = json!({"exportEventsBufferBytes": "700"}))).await;
    for number in 1..=4 {
        world.run_event(event(json!({"event": number.to_string()}))).await.expect("not dropped");
        if number % 2 == 0 {
            world.pipeline.send_exports().await.expect("the store is in memory");
        }
    }
    world.run_due().await;
    let first = world.logs.messages(LogLevel::Log);
    assert_eq!(first.join(" "), "1 2 3 4", "in the order of arrival");
    assert!(first.len() > 1, "in several batches: {first:?}");
    assert_eq!(world.run_waiting().await, [6, 12, 24], "the batch that failed stays as it is");
    let letters = world.dead_letters().await;
    assert_eq!(letters.len(), 1);
    assert_eq!(world.logs.messages(LogLevel::Log).len(), first.len() + 3);
}
