//! Cases 99-103 and 110-112: what is tried again, when, and how it ends.

use runtime_core::event::InstallationId;
use runtime_core::pipeline::Counts;
use runtime_core::ports::dead_letters::DeadLetterReason;
use runtime_core::ports::delayed_queue::DueWork;
use runtime_core::retry::{NoSuchAttempt, RetryPolicies, backoff};
use runtime_core::telemetry::LogLevel;
use serde_json::{Value, json};
use std::time::Duration;
use tests::{AppSetup, World, event};

/// An app whose `onEvent` prints `run` and throws a RetryError the first `failures` times.
fn failing_on_event(failures: u32) -> AppSetup {
    AppSetup::new(&format!(
        "let runs = 0
         export function onEvent(event) {{
             console.log('run', event.uuid)
             if (++runs <= {failures}) throw new RetryError('later')
         }}"
    ))
}

/// An app whose `exportEvents` prints the names of its events and throws a RetryError the first `failures` times.
fn failing_export(failures: u32) -> AppSetup {
    AppSetup::new(&format!(
        "let runs = 0
         export async function exportEvents(events) {{
             console.log(events.map((event) => event.event))
             if (++runs <= {failures}) throw new RetryError('later')
         }}"
    ))
}

fn runs(world: &World) -> usize {
    world.logs.messages(LogLevel::Log).len()
}

/// What waits in the queue, as JSON.
async fn waiting(world: &World) -> Vec<Value> {
    let queue = world.store.delayed_queue();
    let (_, next) = queue.waiting().await.expect("the store is in memory");
    let Some(next) = next else { return Vec::new() };
    // A lease that has ended already: the next take has the same messages.
    let due = queue.take(next, next, usize::MAX).await.expect("the store is in memory");
    due.iter().map(|message| serde_json::from_str(&message.body).expect("JSON")).collect()
}

/// Sends events of these names, then ends the invocation.
async fn export(world: &World, names: &[&str]) {
    for name in names {
        world.run_event(event(json!({"event": name, "uuid": name}))).await.expect("not dropped");
    }
    world.export().await;
}

#[tokio::test]
async fn case_099_on_event_succeeds_at_its_third_run() {
    let world = World::of(failing_on_event(2)).await;
    assert!(world.run().await.is_some(), "the event has left all the same");
    assert_eq!(world.run_waiting().await, [5, 10]);
    assert_eq!(runs(&world), 3);
    let counts = &world.pipeline.counts;
    assert_eq!((Counts::get(&counts.retries), Counts::get(&counts.successes_on_retry)), (2, 1));
    assert_eq!((Counts::get(&counts.failures), world.dead_letters().await.len()), (0, 0));
    assert_eq!(world.sink.events().len(), 1, "nothing but onEvent has run again");
}

#[tokio::test]
async fn case_100_on_event_is_given_up_after_six_runs() {
    let world = World::of(failing_on_event(99)).await;
    world.run().await.expect("not dropped");
    let counts = &world.pipeline.counts;
    assert_eq!(Counts::get(&counts.failures), 0, "it has not failed for good");
    assert_eq!(world.run_waiting().await, [5, 10, 20, 40, 80]);
    assert_eq!(runs(&world), 6);
    assert_eq!((Counts::get(&counts.failures), Counts::get(&counts.retries)), (1, 5));
    let warnings = world.logs.messages(LogLevel::Warn);
    assert_eq!(warnings.len(), 5, "{warnings:?}");
    assert!(
        warnings[0].contains("onEvent will be tried again in 5 s: RetryError (attempt 1/6): later"),
        "{warnings:?}"
    );
    assert!(world.errors()[0].starts_with("onEvent failed: RetryError (attempt 6/6): later"), "{:?}", world.errors());
    let letters = world.dead_letters().await;
    let [letter] = &letters[..] else { panic!("one dead letter: {letters:?}") };
    assert_eq!(
        (letter.reason, letter.message.as_str()),
        (DeadLetterReason::RetriesExhausted, "RetryError (attempt 6/6): later")
    );
    assert_eq!((letter.installation, letter.function.as_deref()), (Some(InstallationId(39)), Some("onEvent")));
    let kept: Value = serde_json::from_slice(&letter.body).expect("an event");
    assert_eq!(kept["uuid"], event(json!({}))["uuid"]);
}

#[tokio::test]
async fn case_101_the_rows_of_other_years_can_be_configured() {
    let app = failing_on_event(99);
    let world = World::builder().app(app).retries(RetryPolicies::OF_2023_06).start().await;
    world.run().await.expect("not dropped");
    assert_eq!((world.run_waiting().await, runs(&world)), (vec![3, 6], 3));

    let world = World::builder().app(failing_export(99)).retries(RetryPolicies::OF_2021).start().await;
    export(&world, &["a"]).await;
    let expected: Vec<i64> = (1..=15).map(|retry| 3 * (1 << retry)).collect();
    assert_eq!((world.run_waiting().await, runs(&world)), (expected, 16));
}

#[tokio::test]
async fn case_102_an_ordinary_error_is_one_run_and_one_failure() {
    let source = "export function onEvent() { console.log('run'); throw new TypeError('boom') }";
    let world = World::with(source).await;
    world.run().await.expect("not dropped");
    assert_eq!((world.run_waiting().await, runs(&world)), (vec![], 1));
    assert_eq!(Counts::get(&world.pipeline.counts.failures), 1);
    let letters = world.dead_letters().await;
    let [letter] = &letters[..] else { panic!("one dead letter: {letters:?}") };
    assert_eq!((letter.reason, letter.message.as_str()), (DeadLetterReason::AppFailed, "TypeError: boom"));
}

#[test]
fn case_103_back_off_grows_from_its_base_and_knows_no_attempt_zero() {
    let delays: Vec<u64> =
        (1..=6).map(|attempt| backoff(Duration::from_secs(1), 2, attempt).expect("from 1 on").as_secs()).collect();
    assert_eq!(delays, [1, 2, 4, 8, 16, 32]);
    assert_eq!(backoff(Duration::from_secs(3), 3, 3), Ok(Duration::from_secs(27)));
    assert_eq!(backoff(Duration::from_secs(1), 2, 0), Err(NoSuchAttempt(0)));
}

#[tokio::test]
async fn case_110_a_batch_is_tried_again_as_it_was() {
    let world = World::of(failing_export(3)).await;
    export(&world, &["a", "b"]).await;
    let mut steps = Vec::new();
    let mut batch_ids = Vec::new();
    loop {
        let work = waiting(&world).await;
        let [work] = &work[..] else { break };
        batch_ids.push(work["stage"]["batch_id"].clone());
        // What comes later is no part of the batch.
        world.run_event(event(json!({"event": "later"}))).await.expect("not dropped");
        let attempt = work["progress"]["attempt"].as_u64().expect("a number");
        steps.push((attempt, world.run_next().await.expect("something waits")));
    }
    assert_eq!(steps, [(2, 6), (3, 12), (4, 24)]);
    assert!(batch_ids[0].is_string() && batch_ids.iter().all(|id| *id == batch_ids[0]), "{batch_ids:?}");
    assert_eq!(world.logs.messages(LogLevel::Log), [r#"["a","b"]"#; 4]);
    let counts = &world.pipeline.counts;
    assert_eq!((Counts::get(&counts.exported), Counts::get(&counts.successes_on_retry)), (2, 1));
}

#[tokio::test]
async fn case_111_a_batch_is_given_up_after_three_retries() {
    let world = World::of(failing_export(99)).await;
    export(&world, &["a", "b"]).await;
    assert_eq!(world.run_waiting().await, [6, 12, 24]);
    assert_eq!(runs(&world), 4);
    assert!(
        world.errors()[0].starts_with("exportEvents failed: RetryError (attempt 4/4): later"),
        "{:?}",
        world.errors()
    );
    let letters = world.dead_letters().await;
    let [letter] = &letters[..] else { panic!("one dead letter: {letters:?}") };
    assert_eq!((letter.reason, letter.function.as_deref()), (DeadLetterReason::RetriesExhausted, Some("exportEvents")));
    let kept: Vec<Value> = serde_json::from_slice(&letter.body).expect("a batch");
    assert_eq!(kept.iter().map(|event| event["event"].clone()).collect::<Vec<_>>(), ["a", "b"]);
}

#[tokio::test]
async fn case_112_an_ordinary_error_of_an_export_fails_every_event_of_the_batch() {
    let world = World::with("export function exportEvents() { throw new Error('boom') }").await;
    export(&world, &["a", "b", "c"]).await;
    assert!(waiting(&world).await.is_empty(), "nothing is tried again");
    assert_eq!(Counts::get(&world.pipeline.counts.failures), 3);
    let letters = world.dead_letters().await;
    let [letter] = &letters[..] else { panic!("one dead letter: {letters:?}") };
    assert_eq!((letter.reason, letter.message.as_str()), (DeadLetterReason::AppFailed, "Error: boom"));
}
