//! Messages of the queue that nothing can be done with, and continuations whose installation has changed: each has its end.

use runtime_core::decode::TeamDirectory;
use runtime_core::installation::DisabledPolicy;
use runtime_core::pipeline::record::{Record, RecordOutcome, RecordProcessor};
use runtime_core::pipeline::{PipelineProcessor, ResumeError, Resumed};
use runtime_core::ports::clock::{Clock, Timestamp};
use runtime_core::ports::dead_letters::{DeadLetterReason, DeadLetters, LetterFilter};
use runtime_core::ports::delayed_queue::{DelayedMessage, DueWork, Lane};
use runtime_core::telemetry::LogLevel;
use std::time::Duration;
use tests::{AppSetup, World};

/// What waits, whole.
async fn waiting(world: &World) -> Vec<DelayedMessage> {
    let queue = world.store.delayed_queue();
    let far = Timestamp(i64::MAX - 1);
    queue.take(far, world.now(), usize::MAX).await.expect("the store is in memory")
}

/// The body of the one message that an app with this source leaves waiting.
async fn left_waiting(source: &str) -> String {
    let world = World::with(source).await;
    world.run().await.expect("not dropped");
    let [message] = &waiting(&world).await[..] else { panic!("one message") };
    message.body.clone()
}

const LATER: &str = "export function onEvent() { throw new RetryError('later') }";

async fn go_on(world: &World, body: &str) -> Result<Resumed, ResumeError> {
    let message = world.message("m1", Lane::Continuations, body.to_owned());
    world.pipeline.run_delayed(&message).await
}

#[tokio::test]
async fn a_continuation_that_cannot_be_used_is_kept_whole() {
    let body = left_waiting(LATER).await;
    let bad = [
        body.replace("\"attempt\":2", "\"attempt\":0"),
        body.replace("on_event", "nowhere"),
        body.replace("\"installation\":39", "\"installation\":7"),
        format!("{}\"subject\":{{\"event\":5}}}}", body.split("\"subject\"").next().expect("there is a first part")),
        r#"{"kind":"continuation"}"#.into(),
    ];
    for body in bad {
        let world = World::with(LATER).await;
        let done = go_on(&world, &body).await.expect("it has ended");
        assert!(matches!(done, Resumed::Done), "{body}");
        let letters = world.dead_letters().await;
        let [letter] = &letters[..] else { panic!("one dead letter of {body}: {letters:?}") };
        assert_eq!((letter.reason, &letter.body[..]), (DeadLetterReason::BadContinuation, body.as_bytes()), "{body}");
        assert!(waiting(&world).await.is_empty());
    }
}

#[tokio::test]
async fn a_continuation_of_a_newer_release_is_left_alone() {
    let body = left_waiting(LATER).await.replace("\"v\":1", "\"v\":2");
    let world = World::with(LATER).await;
    let job = r#"{"v":2,"installation":39,"name":"work","payload":null,"hops":0}"#;
    for body in [&body, job] {
        let error = go_on(&world, body).await.expect_err("it must stay in the queue");
        assert!(matches!(&error, ResumeError::Newer(_)) && error.to_string().contains("format 2"), "{error}");
    }
    assert!(world.dead_letters().await.is_empty() && world.logs.lines().is_empty());
}

#[tokio::test]
async fn what_waits_for_a_disabled_installation_becomes_a_dead_letter() {
    let body = left_waiting(LATER).await;
    let disabled = "throw new Error('no load')";
    for policy in [DisabledPolicy::Pass, DisabledPolicy::DeadLetter] {
        let world = World::of(AppSetup::new(disabled).with(|app| app.on_disabled = policy)).await;
        go_on(&world, &body).await.expect("it has ended");
        let found = world.dead_letters().await;
        assert!(matches!(found.as_slice(), [letter] if letter.reason == DeadLetterReason::Disabled), "{found:?}");
        assert!(waiting(&world).await.is_empty());
    }
}

#[tokio::test]
async fn a_continuation_of_a_function_that_is_gone_ends() {
    let world = World::with("export function processEvent(event) { return event }").await;
    go_on(&world, &left_waiting(LATER).await).await.expect("it has ended");
    assert!(world.dead_letters().await.is_empty() && waiting(&world).await.is_empty());
}

#[tokio::test]
async fn what_a_newer_release_wrote_is_put_back_for_it() {
    let body = left_waiting(LATER).await.replace("\"v\":1", "\"v\":2");
    let World { pipeline, clock, store, .. } = World::with(LATER).await;
    let processor = PipelineProcessor::new(pipeline, TeamDirectory::default());
    let record = |lane| Record::new(lane, "m1", body.clone().into_bytes(), clock.now());
    assert_eq!(processor.process(record(Lane::Continuations)).await, RecordOutcome::Done);
    let (count, first) = store.delayed_queue().waiting().await.expect("the store is in memory");
    assert_eq!((count, first), (1, Some(clock.now().plus(Duration::from_secs(900)))));
    let put_back = store.delayed_queue().take(Timestamp(i64::MAX - 1), clock.now(), 9).await.expect("in memory");
    assert_eq!((put_back[0].lane, &put_back[0].body), (Lane::Continuations, &body), "as it was");
    assert_eq!(store.dead_letters().list(&LetterFilter::default(), 9).await.expect("in memory"), []);
}

#[tokio::test]
async fn an_empty_batch_ends_without_a_call() {
    let source = "export function exportEvents(events) { console.log('called', events.length) }";
    for batch_id in ["null", "\"b\""] {
        let world = World::with(source).await;
        let body = format!(
            "{{\"kind\":\"continuation\",\"v\":1,\"stage\":{{\"name\":\"export\",\"installation\":39,\"batch_id\":{batch_id}}},\
             \"progress\":{{\"attempt\":1,\"outages\":0,\"first_at\":null,\"hops\":0}},\"subject\":{{\"batch\":[]}}}}"
        );
        let message = world.message("m1", Lane::Exports, body);
        assert!(matches!(world.pipeline.run_delayed(&message).await, Ok(Resumed::Done)));
        assert!(world.logs.lines().is_empty(), "{:?}", world.logs.lines());
        assert_eq!(world.dead_letters().await, []);
    }
}

/// A clock that goes back, or that another machine has set ahead: late at worst, never early and never lost.
#[tokio::test]
async fn work_survives_a_clock_that_is_set_back_and_one_that_is_ahead() {
    let source = "export function runEveryMinute() { console.log('tick') }
        export const jobs = { work() { console.log('work') } }
        export async function processEvent(event, { jobs }) { await jobs.work().runIn(1, 'minute'); return event }";
    let world = World::with(source).await;
    world.run().await.expect("not dropped");
    let sent_at = world.now();
    world.clock.set_now(Timestamp(sent_at.0 - 3_600_000));
    world.run_due().await;
    assert_eq!(world.logs.messages(LogLevel::Log), [""; 0], "not before the time that was asked for");
    let ahead = Timestamp(world.now().0 + 60_000);
    world.pipeline.trigger("runEveryMinute", ahead).await.expect("the store is in memory");
    world.run_due().await;
    assert_eq!(world.logs.messages(LogLevel::Log), ["tick"], "a tick of a clock that is ahead is not stale");
    world.clock.set_now(sent_at.plus(Duration::from_secs(60)));
    world.run_due().await;
    assert_eq!(world.logs.messages(LogLevel::Log), ["tick", "work"]);
}
