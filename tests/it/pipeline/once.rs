//! The idempotency option: what a duplicate does, and that nothing stays in progress for ever.

use runtime_core::decode::TeamDirectory;
use runtime_core::event::TeamId;
use runtime_core::pipeline::record::{Record, RecordOutcome, RecordProcessor};
use runtime_core::pipeline::{Idempotency, PipelineProcessor};
use runtime_core::ports::clock::{Clock, Timestamp};
use runtime_core::ports::delayed_queue::Lane;
use runtime_core::telemetry::LogLevel;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tests::{AppSetup, LogBook, MemorySink, MockReply, World, event};

const APP: &str = "export function processEvent(event) { console.log('processEvent'); return event }
    export async function onEvent(event) {
        console.log('onEvent')
        if (event.properties.slow) await fetch('https://slow.example.com/')
        if (event.properties.retry) throw new RetryError('later')
    }";

/// An environment: a processor of records, and what it does.
struct Environment {
    processor: PipelineProcessor,
    logs: Arc<LogBook>,
    sink: Arc<MemorySink>,
}

async fn world(idempotency: Idempotency) -> World {
    World::builder().app(AppSetup::new(APP)).idempotency(idempotency).start().await
}

fn environment(world: World) -> Environment {
    let teams = TeamDirectory { tokens: HashMap::new(), only_team: Some(TeamId(2)) };
    Environment { processor: PipelineProcessor::new(world.pipeline, teams), logs: world.logs, sink: world.sink }
}

impl Environment {
    async fn process(&self, message: &str, properties: serde_json::Value) -> RecordOutcome {
        let body = event(json!({ "properties": properties })).to_string().into_bytes();
        self.processor.process(Record::new(Lane::Events, message, body, Timestamp(1_672_531_200_000))).await
    }

    fn runs(&self) -> usize {
        self.logs.messages(LogLevel::Log).len()
    }
}

#[tokio::test]
async fn a_duplicate_runs_no_app_again_with_the_option_and_does_without() {
    for (idempotency, runs) in [(Idempotency::ON, 2), (Idempotency::Off, 6)] {
        let world = world(idempotency).await;
        let (clock, store) = (world.clock.clone(), world.store.clone());
        let first = environment(world);
        assert_eq!(first.process("m1", json!({})).await, RecordOutcome::Done);
        assert_eq!(first.process("m1", json!({})).await, RecordOutcome::Done, "the same message again");
        assert_eq!(first.processor.flush().await, RecordOutcome::Done);
        let other = World::builder().app(AppSetup::new(APP)).idempotency(idempotency).start_over(clock, store).await;
        let other = environment(other);
        assert_eq!(other.process("m2", json!({})).await, RecordOutcome::Done, "a copy of it, elsewhere");
        assert_eq!(first.runs() + other.runs(), runs, "{idempotency:?}");
        assert_eq!(first.sink.events().len() + other.sink.events().len(), runs / 2);
    }
}

#[tokio::test]
async fn another_event_of_the_same_uuid_is_no_duplicate() {
    let environment = environment(world(Idempotency::ON).await);
    environment.process("m1", json!({"a": 1})).await;
    environment.process("m2", json!({"a": 2})).await;
    assert_eq!(environment.sink.events().len(), 2);
}

#[tokio::test]
async fn work_under_way_elsewhere_comes_again_and_a_crash_keeps_nothing_in_progress() {
    let world = world(Idempotency::ON).await;
    let (clock, store) = (world.clock.clone(), world.store.clone());
    world.http.answer(MockReply::never());
    let crashing = environment(world);
    // The invocation has no time left at all: what it takes must still end.
    crashing.processor.begin(clock.elapsed() + Duration::from_secs(60)).await.expect("nothing is watched");
    let other = World::builder().app(AppSetup::new(APP)).idempotency(Idempotency::ON);
    let other = environment(other.start_over(clock.clone(), store).await);
    {
        let mut run = std::pin::pin!(crashing.process("m1", json!({"slow": true})));
        let begun = tests::until("onEvent", || crashing.runs() == 2);
        futures_util::future::select(&mut run, std::pin::pin!(begun)).await;
        let again = other.process("m1", json!({"slow": true})).await;
        assert!(matches!(again, RecordOutcome::Redeliver { .. }), "{again:?}");
        // The environment is killed here.
    }
    clock.advance(Duration::from_secs(59));
    assert!(matches!(other.process("m1", json!({"slow": true})).await, RecordOutcome::Redeliver { .. }));
    clock.advance(Duration::from_secs(1));
    assert_eq!(other.process("m1", json!({"slow": true})).await, RecordOutcome::Done);
    assert_eq!(other.runs(), 2, "done after the time at which the invocation must have ended");
}

#[tokio::test]
async fn without_any_time_left_work_is_handed_on_and_not_stuck() {
    let world = world(Idempotency::ON).await;
    let (clock, store) = (world.clock.clone(), world.store.clone());
    let hurried = environment(world);
    hurried.processor.begin(clock.elapsed()).await.expect("nothing is watched");
    assert_eq!(hurried.process("m1", json!({})).await, RecordOutcome::Done);
    assert_eq!((hurried.runs(), hurried.sink.events().len()), (0, 0));
    let other = World::builder().app(AppSetup::new(APP)).idempotency(Idempotency::ON).start_over(clock, store).await;
    other.run_waiting().await;
    assert_eq!(other.sink.events().len(), 1, "it went on elsewhere, once");
}

#[tokio::test]
async fn a_retry_is_work_of_its_own() {
    let world = world(Idempotency::ON).await;
    world.run_event(event(json!({"properties": {"retry": true}}))).await.expect("not dropped");
    assert_eq!(world.run_waiting().await, [5, 10, 20, 40, 80]);
    assert_eq!(world.logs.messages(LogLevel::Log).len(), 1 + 6);
}

/// What the work left in memory is part of it: a crash before that is stored must not leave the work marked as finished.
#[tokio::test]
async fn a_crash_before_the_end_of_an_invocation_loses_no_export() {
    let app = || AppSetup::new("export function exportEvents(events) { console.log('exported', events.length) }");
    let world = World::builder().app(app()).idempotency(Idempotency::ON).start().await;
    let (clock, store) = (world.clock.clone(), world.store.clone());
    let crashing = environment(world);
    crashing.processor.begin(clock.elapsed() + Duration::from_secs(60)).await.expect("nothing is watched");
    assert_eq!(crashing.process("m1", json!({})).await, RecordOutcome::Done);
    // The environment is killed before it has flushed; the message comes again when its visibility time has ended.
    drop(crashing);
    clock.advance(Duration::from_secs(720));
    let other = World::builder().app(app()).idempotency(Idempotency::ON).start_over(clock, store).await;
    let logs = other.logs.clone();
    let teams = TeamDirectory { tokens: HashMap::new(), only_team: Some(TeamId(2)) };
    let store = other.store.clone();
    let other =
        Environment { processor: PipelineProcessor::new(other.pipeline, teams), logs: other.logs, sink: other.sink };
    assert_eq!(other.process("m1", json!({})).await, RecordOutcome::Done);
    assert_eq!(other.processor.flush().await, RecordOutcome::Done);
    tests::deliver_due(&other.processor, &store, Timestamp(1_672_531_200_000 + 720_000)).await;
    assert_eq!(logs.messages(LogLevel::Log), ["exported 1"]);
}
