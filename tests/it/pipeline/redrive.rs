//! Dead letters run again: only what failed, once, and recognisably the same when a redriver crashes.

mod racing;

use runtime_core::decode::TeamDirectory;
use runtime_core::event::TeamId;
use runtime_core::pipeline::PipelineProcessor;
use runtime_core::pipeline::record::{Record, RecordOutcome, RecordProcessor};
use runtime_core::ports::clock::Clock;
use runtime_core::ports::dead_letters::{DeadLetter, DeadLetterReason, DeadLetters, LetterFilter, LetterStates};
use runtime_core::ports::delayed_queue::{DueWork, Lane};
use runtime_core::redrive::{RedriveError, RedrivePorts, Redriven, matching_letters, redrive, redrive_all};
use runtime_core::telemetry::LogLevel;
use serde_json::json;
use std::collections::HashMap;
use std::time::Duration;
use tests::{AppSetup, World, deliver_due, event};

/// Prints what runs. What `property` of the event, or the payload, names fails until the app is installed in a repaired version.
fn app(is_repaired: bool) -> String {
    format!(
        "const fail = (error) => {{ if (!{is_repaired}) throw error }}
         export function processEvent(event) {{ console.log('processEvent'); return event }}
         export function onEvent() {{ console.log('onEvent'); fail(new RetryError('onEvent')) }}
         export function exportEvents(events) {{ console.log('exportEvents', events.length); fail(new RetryError('exportEvents')) }}
         export const jobs = {{ work(payload) {{ console.log('job', payload); fail(new Error('job')) }} }}"
    )
}

const LOOKING_ON: &str = "export function processEvent(event) { console.log('other processEvent'); return event }
    export function onEvent() { console.log('other onEvent') }";

async fn world_of(source: &str) -> World {
    World::builder()
        .app(AppSetup::new(source).named("failing", 1))
        .app(AppSetup::new(LOOKING_ON).named("other", 2))
        .start()
        .await
}

/// The same store in a later process, where the app has been repaired.
async fn repaired(before: &World) -> World {
    World::builder()
        .app(AppSetup::new(&app(true)).named("failing", 1))
        .app(AppSetup::new(LOOKING_ON).named("other", 2))
        .start_over(before.clock.clone(), before.store.clone())
        .await
}

fn ports(world: &World) -> RedrivePorts {
    RedrivePorts {
        dead_letters: world.store.dead_letters(),
        queue: world.store.delayed_queue(),
        clock: world.clock.clone(),
    }
}

async fn only_letter(world: &World) -> DeadLetter {
    let mut letters = world.dead_letters().await;
    assert_eq!(letters.len(), 1, "{letters:?}");
    letters.remove(0)
}

/// Redrives the only letter that waits, and runs what that leads to.
async fn redrive_only(world: &World) -> (DeadLetter, Redriven) {
    let letter = only_letter(world).await;
    let redriven = redrive(&ports(world), &letter.id).await.expect("it waits");
    world.run_due().await;
    (letter, redriven)
}

#[tokio::test]
async fn an_exhausted_on_event_runs_alone() {
    let before = world_of(&app(false)).await;
    before.run().await.expect("not dropped");
    before.run_waiting().await;
    let world = repaired(&before).await;
    let (letter, redriven) = redrive_only(&world).await;
    assert_eq!((letter.reason, redriven.lane), (DeadLetterReason::RetriesExhausted, Lane::Continuations));
    assert_eq!(redriven.team, Some(TeamId(2)));
    assert_eq!(world.logs.messages(LogLevel::Log), ["onEvent"], "no chain, no other app");
    assert!(world.sink.events().is_empty(), "the event is in the sink since its first life");
    assert!(world.dead_letters().await.is_empty());
    assert_eq!(world.run_waiting().await, [] as [i64; 0]);
}

#[tokio::test]
async fn a_first_attempt_has_all_its_retries() {
    let world = world_of(&app(false)).await;
    world.run().await.expect("not dropped");
    assert_eq!(world.run_waiting().await, [5, 10, 20, 40, 80]);
    let (first, redriven) = redrive_only(&world).await;
    assert_eq!(world.run_waiting().await, [5, 10, 20, 40, 80]);
    let again = only_letter(&world).await;
    assert_eq!(again.id, first.id, "the same work has one letter");
    assert!(again.created_at > first.created_at);
    let next = redrive(&ports(&world), &again.id).await.expect("it failed again");
    assert_ne!(next.message_id, redriven.message_id, "another failure is another message");
}

#[tokio::test]
async fn a_job_runs_again_with_its_payload() {
    let before = world_of(&app(false)).await;
    let job = r#"{"v":1,"installation":1,"name":"work","payload":{"a":1},"hops":0}"#;
    before.pipeline.run_job(&before.message("job-1", Lane::Jobs, job.into())).await.expect("every port is there");
    let world = repaired(&before).await;
    let (letter, redriven) = redrive_only(&world).await;
    assert_eq!((letter.reason, redriven.lane), (DeadLetterReason::AppFailed, Lane::Jobs));
    assert_eq!(world.logs.messages(LogLevel::Log), [r#"job {"a":1}"#]);
}

#[tokio::test]
async fn a_batch_is_exported_again_under_its_id() {
    let before = world_of(&app(false)).await;
    before.run().await.expect("not dropped");
    before.export().await;
    before.run_waiting().await;
    let filter = LetterFilter { function: Some("exportEvents".into()), ..LetterFilter::default() };
    let world = repaired(&before).await;
    let letters = world.store.dead_letters().list(&filter, 9).await.expect("the store is in memory");
    let [letter] = &letters[..] else { panic!("one batch: {letters:?}") };
    let summary = redrive_all(&ports(&world), &filter, usize::MAX).await.expect("the store is in memory");
    let lanes: Vec<Lane> = summary.redriven.iter().map(|redriven| redriven.lane).collect();
    assert_eq!((lanes, summary.failed.len()), (vec![Lane::Exports], 0));
    let queue = world.store.delayed_queue();
    let due = queue.take(world.now(), world.now(), 9).await.expect("the store is in memory");
    let sent: serde_json::Value = serde_json::from_str(&due[0].body).expect("JSON");
    let batch_id = sent["stage"]["batch_id"].as_str().expect("the batch stays as it is");
    assert!(letter.id.contains(batch_id), "{batch_id} is that of {}", letter.id);
    world.run_due().await;
    assert_eq!(world.logs.messages(LogLevel::Log), ["exportEvents 1"]);
}

#[tokio::test]
async fn an_event_that_waited_for_the_sink_goes_on_there() {
    let world = world_of("export function processEvent(event) { console.log('processEvent'); return event }").await;
    world.sink.go_down();
    world.process(event(json!({}))).await;
    world.run_waiting().await;
    world.sink.come_back();
    let printed = world.logs.messages(LogLevel::Log).len();
    let (letter, redriven) = redrive_only(&world).await;
    assert_eq!((letter.reason, redriven.lane), (DeadLetterReason::Unavailable, Lane::Continuations));
    assert_eq!(world.sink.events().len(), 1);
    assert_eq!(world.logs.messages(LogLevel::Log)[printed..], ["other onEvent"], "no chain");
}

#[tokio::test]
async fn a_record_goes_through_the_whole_pipeline() {
    let World { pipeline, clock, store, logs, sink, .. } = world_of(&app(true)).await;
    let nobody = TeamDirectory { tokens: HashMap::new(), only_team: None };
    let refusing = PipelineProcessor::new(pipeline, nobody);
    let body = br#"{"event": "E", "distinct_id": "d", "token": "phc_new"}"#;
    let record = Record::new(Lane::Events, "m1", body.to_vec(), clock.now());
    assert_eq!(refusing.process(record).await, RecordOutcome::Done);
    assert!(logs.lines().is_empty() && sink.events().is_empty());

    let World { pipeline, logs, sink, .. } = World::builder()
        .app(AppSetup::new(&app(true)).named("failing", 1))
        .start_over(clock.clone(), store.clone())
        .await;
    let teams = TeamDirectory { tokens: HashMap::from([("phc_new".to_owned(), TeamId(2))]), only_team: None };
    let processor = PipelineProcessor::new(pipeline, teams);
    let letters = store.dead_letters().list(&LetterFilter::default(), 9).await.expect("the store is in memory");
    assert_eq!(letters[0].reason, DeadLetterReason::UnknownTeam);
    clock.advance(Duration::from_secs(60));
    let ports = RedrivePorts { dead_letters: store.dead_letters(), queue: store.delayed_queue(), clock: clock.clone() };
    let redriven = redrive(&ports, &letters[0].id).await.expect("it waits");
    assert_eq!(redriven.lane, Lane::Events);
    for _the_record_then_its_export in 0..2 {
        deliver_due(&processor, &store, clock.now()).await;
    }
    assert_eq!(logs.messages(LogLevel::Log), ["processEvent", "onEvent", "exportEvents 1"]);
    let events = sink.events();
    let timestamp = events[0].members["timestamp"].as_str().expect("a time");
    assert_eq!(timestamp, "2023-01-01T00:00:00.000Z", "that at which it came in first");
    assert_eq!(store.delayed_queue().waiting().await.expect("the store is in memory").0, 0);
}

#[tokio::test]
async fn a_record_that_still_cannot_be_read_is_a_letter_again() {
    let World { pipeline, clock, store, .. } = world_of(&app(true)).await;
    let teams = TeamDirectory { tokens: HashMap::new(), only_team: Some(TeamId(2)) };
    let processor = PipelineProcessor::new(pipeline, teams);
    processor.process(Record::new(Lane::Events, "m1", b"{".to_vec(), clock.now())).await;
    let ports = RedrivePorts { dead_letters: store.dead_letters(), queue: store.delayed_queue(), clock: clock.clone() };
    for round in 1..=2 {
        clock.advance(Duration::from_secs(1));
        let summary = redrive_all(&ports, &LetterFilter::default(), usize::MAX).await.expect("the store is in memory");
        assert_eq!(summary.redriven.len(), 1, "round {round}");
        deliver_due(&processor, &store, clock.now()).await;
        let waiting = store.dead_letters().list(&LetterFilter::default(), 9).await.expect("the store is in memory");
        let [letter] = &waiting[..] else { panic!("one letter waits: {waiting:?}") };
        assert_eq!((letter.reason, letter.body.as_slice()), (DeadLetterReason::Undecodable, &b"{"[..]));
    }
}

#[tokio::test]
async fn a_letter_that_cannot_be_sent_stays_and_stops_no_other() {
    let world = world_of(&app(true)).await;
    let store = world.store.dead_letters();
    let letter = |id: &str, body: &[u8]| DeadLetter {
        id: id.to_owned(),
        reason: DeadLetterReason::Undecodable,
        message: "not read".to_owned(),
        body: body.to_vec(),
        installation: None,
        function: None,
        team: None,
        created_at: world.now(),
        redrive: runtime_core::ports::dead_letters::Redrive::Record,
        redriven_at: None,
    };
    for (id, body) in [("a", &b"\xff"[..]), ("b", b"{}")] {
        store.put(letter(id, body)).await.expect("the store is in memory");
    }
    let summary = redrive_all(&ports(&world), &LetterFilter::default(), 9).await.expect("the store is in memory");
    assert_eq!(summary.redriven.len(), 1);
    let [failure] = &summary.failed[..] else { panic!("one failed: {summary:?}") };
    assert!(failure.id == "a" && failure.error.to_string().contains("no UTF-8 text"), "{failure:?}");
    // No claim keeps anybody from it.
    assert!(matches!(redrive(&ports(&world), "a").await, Err(RedriveError::Unsendable { .. })));
    assert_eq!(only_letter(&world).await, letter("a", b"\xff"));
}

#[tokio::test]
async fn all_matching_letters_are_found_however_many_share_a_time() {
    let world = world_of(&app(true)).await;
    let store = world.store.dead_letters();
    let job = world.message("job", Lane::Jobs, "{".into());
    for index in 0..250 {
        let message =
            runtime_core::ports::delayed_queue::DelayedMessage { id: format!("job-{index:03}"), ..job.clone() };
        world.pipeline.run_job(&message).await.expect("every port is there");
    }
    world.clock.advance(Duration::from_millis(1));
    world.pipeline.run_job(&job).await.expect("every port is there");
    let of = async |limit| {
        let matching = matching_letters(store.as_ref(), &LetterFilter::default(), limit).await;
        matching.expect("the store is in memory").into_iter().map(|letter| letter.id).collect::<Vec<_>>()
    };
    let ids = of(usize::MAX).await;
    assert_eq!((ids.len(), ids[0].as_str(), ids[250].as_str()), (251, "job-000", "job"));
    assert_eq!(of(120).await, ids[..120]);
    let none = LetterFilter { reason: Some(DeadLetterReason::Crashed), ..LetterFilter::default() };
    assert_eq!(matching_letters(store.as_ref(), &none, 9).await.expect("the store is in memory"), []);
    let summary = redrive_all(&ports(&world), &LetterFilter::default(), 120).await.expect("the store is in memory");
    assert_eq!(summary.redriven.len(), 120);
    let all = LetterFilter { states: LetterStates::All, ..LetterFilter::default() };
    let summary = redrive_all(&ports(&world), &all, usize::MAX).await.expect("the store is in memory");
    assert_eq!((summary.redriven.len(), summary.elsewhere.len()), (131, 0), "only those that wait");
}
