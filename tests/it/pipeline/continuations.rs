//! Unfinished work goes on from its stage: what was done before is not done again, and nothing is lost on the way.

use async_trait::async_trait;
use runtime_core::decode::TeamDirectory;
use runtime_core::event::TeamId;
use runtime_core::installation::ErrorPolicy;
use runtime_core::pipeline::record::{Record, RecordOutcome, RecordProcessor};
use runtime_core::pipeline::{Counts, EventOutcome, PipelineProcessor};
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::Clock;
use runtime_core::ports::dead_letters::{DeadLetterReason, Redrive};
use runtime_core::ports::delayed_queue::{DelayedMessage, DelayedQueue, DueWork, Lane};
use runtime_core::telemetry::LogLevel;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tests::{AppSetup, World, deliver_due, event};

/// Prints its name whenever a function of it runs.
fn telling(name: &str) -> String {
    format!(
        "export function processEvent(event) {{ console.log('{name} processEvent'); return event }}
         export function onEvent() {{ console.log('{name} onEvent') }}"
    )
}

/// Fails the first time that `function` runs, and prints that it ran.
fn failing_once(function: &str, error: &str) -> String {
    format!(
        "let runs = 0
         export function {function}(event) {{
             console.log('failing {function}', ++runs)
             event.properties.half = runs
             if (runs === 1) throw new {error}('later')
             return event
         }}"
    )
}

/// What was printed since it was asked last, in any order.
fn printed(world: &World, seen: &mut usize) -> Vec<String> {
    let mut lines = world.logs.messages(LogLevel::Log).split_off(*seen);
    *seen += lines.len();
    lines.sort();
    lines
}

#[tokio::test]
async fn a_retry_of_one_app_touches_neither_chain_nor_sink_nor_another_app() {
    let world = World::builder()
        .app(AppSetup::new(&telling("first")).named("first", 1))
        .app(AppSetup::new(&failing_once("onEvent", "RetryError")).named("failing", 2))
        .app(AppSetup::new(&telling("last")).named("last", 3))
        .start()
        .await;
    let mut seen = 0;
    world.run().await.expect("not dropped");
    let all = ["failing onEvent 1", "first onEvent", "first processEvent", "last onEvent", "last processEvent"];
    assert_eq!(printed(&world, &mut seen), all);
    assert_eq!(world.run_waiting().await, [5]);
    assert_eq!(printed(&world, &mut seen), ["failing onEvent 2"]);
    assert_eq!((world.sink.events().len(), Counts::get(&world.pipeline.counts.events)), (1, 1));
}

#[tokio::test]
async fn on_error_retry_goes_on_at_the_app_with_the_event_as_it_got_it() {
    let world = World::builder()
        .app(
            AppSetup::new("function processEvent(event) { console.log('first'); event.$set.a = 2; return event }")
                .named("first", 1),
        )
        .app(
            AppSetup::new(&failing_once("processEvent", "TypeError"))
                .named("failing", 2)
                .with(|app| app.on_error = ErrorPolicy::Retry),
        )
        .app(AppSetup::new(&telling("last")).named("last", 3))
        .start()
        .await;
    let sent = event(json!({"$set": {"a": 1}, "properties": {"$set": {"a": 1}}}));
    let outcome = world.process(sent).await;
    assert!(matches!(outcome, EventOutcome::Continued), "{outcome:?}");
    assert!(world.sink.events().is_empty());
    assert_eq!(world.run_waiting().await, [5]);
    let printed = world.logs.messages(LogLevel::Log);
    assert_eq!(
        printed,
        ["first", "failing processEvent 1", "failing processEvent 2", "last processEvent", "last onEvent"]
    );
    let events = world.sink.events();
    let properties = json!({
        "$set": {"a": 2},
        "half": 2,
        "$plugins_succeeded": ["first (1)", "failing (2)", "last (3)"],
        "$plugins_deferred": ["last (3)"],
    });
    assert_eq!(serde_json::to_value(&events[0]).expect("JSON")["properties"], properties);
    assert_eq!(Counts::get(&world.pipeline.counts.failures), 0);
}

#[tokio::test]
async fn on_error_retry_ends_with_a_dead_letter() {
    let source = "function processEvent(event) { event.properties.half = 1; throw new Error('boom') }";
    let world = World::of(AppSetup::new(source).with(|app| app.on_error = ErrorPolicy::Retry)).await;
    let sent = event(json!({}));
    world.process(sent.clone()).await;
    assert_eq!(world.run_waiting().await, [5, 10, 20, 40, 80]);
    let letters = world.dead_letters().await;
    let [letter] = &letters[..] else { panic!("one dead letter: {letters:?}") };
    assert_eq!(
        (letter.reason, letter.message.as_str()),
        (DeadLetterReason::RetriesExhausted, "Error (attempt 6/6): boom")
    );
    assert_eq!(serde_json::from_slice::<Value>(&letter.body).expect("an event"), sent);
    assert!(world.sink.events().is_empty());
}

#[tokio::test]
async fn compose_webhook_is_tried_again_by_itself() {
    let source = "let runs = 0
        export function onEvent() { console.log('onEvent') }
        export function composeWebhook(event) {
            if (++runs === 1) throw new RetryError('later')
            return { url: 'https://hooks.example.com/', body: event.event }
        }";
    let world = World::with(source).await;
    world.run().await.expect("not dropped");
    assert!(world.http.requests().is_empty());
    assert_eq!(world.run_waiting().await, [5]);
    assert_eq!((world.http.requests().len(), world.logs.messages(LogLevel::Log).len()), (1, 1));
}

#[tokio::test]
async fn an_outage_uses_up_no_attempt_and_ends_after_ten_days() {
    let world = World::with("export async function onEvent() { await posthog.capture('more') }").await;
    world.sink.go_down();
    let outcome = world.process(event(json!({}))).await;
    assert!(matches!(outcome, EventOutcome::Continued), "{outcome:?}");
    let waits = world.run_waiting().await;
    assert_eq!(waits[..10], [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
    let waited: i64 = waits.iter().sum();
    assert!((864_000..864_900).contains(&waited), "{waited} s are not ten days");
    let letters = world.dead_letters().await;
    let [letter] = &letters[..] else { panic!("one dead letter: {letters:?}") };
    assert_eq!((letter.reason, letter.function.as_deref()), (DeadLetterReason::Unavailable, None));
    assert!(letter.message.starts_with("given up after 10 days: event sink is unavailable"), "{}", letter.message);
    assert_eq!(Counts::get(&world.pipeline.counts.failures), 0);
}

#[tokio::test]
async fn what_on_event_left_behind_and_could_not_end_brings_that_call_back() {
    let source = "export function processEvent(event) { console.log('chain'); return event }
        export function onEvent() { console.log('onEvent'); posthog.capture('not awaited') }";
    let world = World::with(source).await;
    world.sink.refuse_captures();
    assert!(world.run().await.is_some());
    world.sink.come_back();
    assert_eq!(world.run_waiting().await, [5]);
    assert_eq!((world.sink.events().len(), world.sink.take_captured().len()), (1, 1));
    assert_eq!(world.logs.messages(LogLevel::Log), ["chain", "onEvent", "onEvent"]);
    assert_eq!(Counts::get(&world.pipeline.counts.failures), 0);
}

#[tokio::test]
async fn what_the_chain_left_behind_and_could_not_end_brings_the_whole_chain_back() {
    let source = "export function processEvent(event) { posthog.capture('not awaited'); return event }";
    let world = World::with(source).await;
    world.sink.go_down();
    let outcome = world.process(event(json!({}))).await;
    assert!(matches!(outcome, EventOutcome::Continued), "{outcome:?}");
    let (count, _) = world.store.delayed_queue().waiting().await.expect("the store is in memory");
    assert_eq!(count, 1, "the chain waits, and not the sink as well");
    world.sink.come_back();
    assert_eq!(world.run_waiting().await, [5]);
    assert_eq!((world.sink.events().len(), world.sink.take_captured().len()), (1, 1));
}

#[tokio::test]
async fn a_duplicate_is_put_off_once_and_another_event_of_the_same_uuid_as_well() {
    let world = World::with("export function onEvent() { throw new RetryError('later') }").await;
    for name in ["a", "a", "b"] {
        world.run_event(event(json!({"event": name}))).await.expect("not dropped");
    }
    let (count, _) = world.store.delayed_queue().waiting().await.expect("the store is in memory");
    assert_eq!(count, 2);
    world.run_waiting().await;
    assert_eq!(world.dead_letters().await.len(), 2);
}

/// A queue that takes nothing.
struct BrokenQueue;

fn broken() -> Unavailable {
    Unavailable { port: "delayed queue", message: "switched off by the test".into(), source: None }
}

#[async_trait]
impl DelayedQueue for BrokenQueue {
    async fn send(&self, _message: DelayedMessage) -> Result<(), Unavailable> {
        Err(broken())
    }
}

#[tokio::test]
async fn without_the_queue_the_record_comes_again() {
    let source = "export function onEvent() { throw new RetryError('later') }
        export function exportEvents() { throw new RetryError('later') }";
    let world = World::builder().app(AppSetup::new(source)).queue(Arc::new(BrokenQueue)).start().await;
    let outcome = world.process(event(json!({}))).await;
    assert!(matches!(&outcome, EventOutcome::PutOff(error) if error.port == "delayed queue"), "{outcome:?}");
    for _ in 0..2 {
        let error = world.pipeline.send_exports().await.expect_err("the batch is still there");
        assert_eq!(error.port, "delayed queue");
    }
}

#[tokio::test]
async fn a_chain_goes_on_behind_an_app_that_is_gone() {
    let failing = AppSetup::new("function processEvent() { throw new Error('boom') }")
        .named("failing", 2)
        .with(|app| app.on_error = ErrorPolicy::Retry);
    let first = || AppSetup::new(&telling("first")).named("first", 1);
    let last = || AppSetup::new(&telling("last")).named("last", 3);
    let before = World::builder().app(first()).app(failing).app(last()).start().await;
    before.process(event(json!({}))).await;
    let after = World::builder().app(first()).app(last()).start_over(before.clock.clone(), before.store.clone()).await;
    assert_eq!(after.run_waiting().await, [5]);
    assert_eq!(after.logs.messages(LogLevel::Log)[0], "last processEvent");
    let events = after.sink.events();
    let properties = events[0].properties().expect("there are some");
    assert_eq!(properties["$plugins_succeeded"], json!(["first (1)", "last (3)"]));
}

#[tokio::test]
async fn an_invocation_runs_what_is_due_and_leaves_the_rest() {
    let source = "let runs = 0
        export const jobs = { work: () => console.log('job') }
        export async function processEvent(event, { jobs }) { await jobs.work().runNow(); return event }
        export function onEvent() { console.log('onEvent'); if (++runs === 1) throw new RetryError('later') }";
    let World { pipeline, clock, store, logs, .. } = World::with(source).await;
    let teams = TeamDirectory { tokens: HashMap::new(), only_team: Some(TeamId(2)) };
    let processor = PipelineProcessor::new(pipeline, teams);
    let record = Record::new(Lane::Events, "m1", event(json!({})).to_string().into_bytes(), clock.now());
    assert_eq!(processor.process(record).await, RecordOutcome::Done);
    assert_eq!(processor.flush().await, RecordOutcome::Done);
    for (seconds, printed, left) in [(0, "job", 1), (4, "", 1), (1, "onEvent", 0)] {
        clock.advance(Duration::from_secs(seconds));
        let before = logs.messages(LogLevel::Log).len();
        deliver_due(&processor, &store, clock.now()).await;
        assert_eq!(logs.messages(LogLevel::Log).split_off(before).join(" "), printed);
        assert_eq!(store.delayed_queue().waiting().await.expect("the store is in memory").0, left);
    }
}

#[tokio::test]
async fn a_batch_goes_on_after_the_process_has_ended() {
    let source = "export function exportEvents(events) { if (events.length) throw new RetryError('later') }";
    let before = World::with(source).await;
    before.run().await.expect("not dropped");
    before.export().await;
    let source = "export function exportEvents(events) { console.log(events.length) }";
    let app = AppSetup::new(source);
    let after = World::builder().app(app).start_over(before.clock.clone(), before.store.clone()).await;
    assert_eq!((after.run_waiting().await, after.logs.messages(LogLevel::Log)), (vec![6], vec!["1".to_owned()]));
}

#[tokio::test]
async fn an_event_that_the_sink_will_never_take_is_a_dead_letter_and_holds_up_no_other() {
    let world = World::with("export function onEvent() { console.log('onEvent') }").await;
    world.sink.refuse("huge");
    let events = ["a", "huge", "b"].map(|name| world.process(event(json!({ "event": name }))));
    let outcomes = futures_util::future::join_all(events).await;
    assert!(matches!(&outcomes[1], EventOutcome::DeadLettered), "{outcomes:?}");
    let letters = world.dead_letters().await;
    let [letter] = &letters[..] else { panic!("one dead letter: {letters:?}") };
    assert_eq!(
        (letter.reason, &letter.redrive),
        (DeadLetterReason::Refused, &Redrive::Stage(r#"{"name":"sink"}"#.into()))
    );
    assert_eq!((world.sink.events().len(), world.logs.messages(LogLevel::Log).len()), (2, 2));
}
