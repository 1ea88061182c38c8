//! Work that is not about an event: jobs, scheduled tasks, teardown.

use runtime_core::pipeline::Counts;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::dead_letters::DeadLetterReason;
use runtime_core::ports::delayed_queue::{DelayedMessage, DueWork, Lane};
use runtime_core::telemetry::LogLevel;
use serde_json::json;
use std::time::Duration;
use tests::{AppSetup, World, event};

/// An app that enqueues what `call` says and prints what its job is called with.
fn enqueuing(call: &str) -> AppSetup {
    AppSetup::new(&enqueuing_source(call))
}

fn enqueuing_source(call: &str) -> String {
    format!(
        "export const jobs = {{
             async work(payload, meta) {{ console.log(payload === arguments[0] && meta ? payload : 'meta alone', arguments.length) }},
             fail() {{ throw new RetryError('boom') }},
         }}
         export async function processEvent(event, {{ jobs }}) {{ await {call}; return event }}"
    )
}

/// What is due by now, taken off the queue.
async fn take_due(world: &World) -> Vec<DelayedMessage> {
    let queue = world.store.delayed_queue();
    let due = queue.take(world.now(), Timestamp(i64::MAX), usize::MAX).await.expect("the store is in memory");
    for message in &due {
        queue.finish(&message.id).await.expect("the store is in memory");
    }
    due
}

/// Runs what `call` enqueues; what the job printed.
async fn printed(call: &str) -> Vec<String> {
    let world = World::of(enqueuing(call)).await;
    world.run().await.expect("not dropped");
    assert!(world.logs.lines().is_empty(), "{call}: {:?}", world.logs.lines());
    for job in take_due(&world).await {
        world.pipeline.run_job(&job).await.expect("the ports are there");
    }
    world.logs.messages(LogLevel::Log)
}

#[tokio::test]
async fn a_job_gets_its_payload() {
    assert_eq!(
        printed("jobs.work({ a: [1], when: new Date(0), f() {} }).runNow()").await,
        [r#"{"a":[1],"when":"1970-01-01T00:00:00.000Z"} 2"#]
    );
    assert_eq!(printed("jobs.work('text').runNow()").await, ["text 2"]);
}

#[tokio::test]
async fn a_job_with_a_falsy_payload_gets_meta_alone() {
    for payload in ["", "null", "0", "''", "false"] {
        assert_eq!(printed(&format!("jobs.work({payload}).runNow()")).await, ["meta alone 1"], "{payload}");
    }
}

#[tokio::test]
async fn a_job_waits_for_its_time() {
    let world = World::of(enqueuing("jobs.work('later').runIn(2, 'minutes')")).await;
    world.run().await.expect("not dropped");
    world.clock.advance(Duration::from_millis(119_999));
    assert!(take_due(&world).await.is_empty());
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(take_due(&world).await.len(), 1);
}

#[tokio::test]
async fn the_same_event_again_enqueues_the_same_job() {
    let world = World::of(enqueuing("jobs.work('once').runNow()")).await;
    world.run().await.expect("not dropped");
    world.run().await.expect("not dropped");
    assert_eq!(world.store.delayed_queue().waiting().await.expect("the store is in memory").0, 1);
}

#[tokio::test]
async fn an_unknown_job_becomes_a_dead_letter() {
    let world = World::of(enqueuing("jobs.other({ a: 1 }).runNow()")).await;
    world.run().await.expect("not dropped");
    let job = take_due(&world).await.remove(0);
    world.pipeline.run_job(&job).await.expect("the ports are there");
    let text = "Task \"other\" not found for plugin \"demo\" with config id 39";
    assert_eq!(world.errors(), [text]);
    let letter = world.dead_letters().await.remove(0);
    assert_eq!((letter.message.as_str(), letter.body), (text, job.body.into_bytes()));
    assert_eq!(Counts::get(&world.pipeline.counts.jobs), 0);
}

const HISTORICAL_EXPORT: &str = "Export historical events";

#[tokio::test]
async fn historical_events_are_not_available_and_their_job_is_no_dead_letter() {
    let call = format!("jobs['{HISTORICAL_EXPORT}']({{ dateFrom: null }}).runNow()");
    let exporting = format!("{}\nexport async function exportEvents() {{}}", enqueuing_source(&call));
    let world = World::of(AppSetup::new(&exporting)).await;
    world.run().await.expect("not dropped");
    let job = take_due(&world).await.remove(0);
    world.pipeline.run_job(&job).await.expect("the ports are there");
    let warnings = world.logs.messages(LogLevel::Warn);
    assert!(
        matches!(&warnings[..], [text] if text.contains("historical events are not available here")),
        "{warnings:?}"
    );
    assert_eq!((world.errors().len(), world.dead_letters().await.len()), (0, 0));
}

#[tokio::test]
async fn an_app_that_exports_nothing_has_no_job_of_historical_events() {
    let world = World::of(enqueuing(&format!("jobs['{HISTORICAL_EXPORT}']({{}}).runNow()"))).await;
    world.run().await.expect("not dropped");
    let job = take_due(&world).await.remove(0);
    world.pipeline.run_job(&job).await.expect("the ports are there");
    assert_eq!(world.dead_letters().await.len(), 1);
}

#[tokio::test]
async fn an_app_runs_its_own_job_of_historical_events() {
    let source = format!(
        "export const jobs = {{ '{HISTORICAL_EXPORT}': () => {{ console.log('its own') }} }}
         export async function exportEvents() {{}}
         export async function processEvent(event, {{ jobs }}) {{ await jobs['{HISTORICAL_EXPORT}']().runNow(); return event }}"
    );
    let world = World::of(AppSetup::new(&source)).await;
    world.run().await.expect("not dropped");
    let jobs = take_due(&world).await;
    let job = jobs.iter().find(|message| message.lane == Lane::Jobs).expect("a job waits");
    world.pipeline.run_job(job).await.expect("the ports are there");
    assert_eq!(world.logs.messages(LogLevel::Log), ["its own"]);
}

#[tokio::test]
async fn a_job_that_throws_is_a_dead_letter_and_not_run_again() {
    let world = World::of(enqueuing("jobs.fail({ a: 1 }).runNow()")).await;
    world.run().await.expect("not dropped");
    let job = take_due(&world).await.remove(0);
    world.pipeline.run_job(&job).await.expect("the failure of an app is final");
    assert!(world.errors()[0].starts_with("jobs.fail failed: "), "{:?}", world.errors());
    let letter = world.dead_letters().await.remove(0);
    assert_eq!((letter.reason, letter.body), (DeadLetterReason::AppFailed, job.body.into_bytes()));
    assert_eq!(world.store.delayed_queue().waiting().await.expect("the store is in memory").0, 0);
}

#[tokio::test]
async fn a_job_that_cannot_be_read_or_belongs_to_nobody_is_a_dead_letter() {
    let world = World::of(enqueuing("0")).await;
    let bodies = ["", "{", r#"{"v":1}"#, r#"{"v":1,"installation":7,"name":"work","payload":null,"hops":0}"#];
    for (index, body) in bodies.into_iter().enumerate() {
        let job = world.message(&format!("job{index}"), Lane::Jobs, body.into());
        world.pipeline.run_job(&job).await.expect("the ports are there");
        let letter = world.dead_letters().await.pop().expect("a letter");
        assert_eq!((letter.reason, letter.body.as_slice()), (DeadLetterReason::BadJob, body.as_bytes()), "{body}");
    }
    assert_eq!(world.dead_letters().await.pop().expect("a letter").message, "there is no installation 7");
}

#[tokio::test]
async fn a_scheduled_task_gets_meta_alone_and_its_failure_is_told() {
    let world = World::with(
        "export function runEveryMinute(meta) { console.log(arguments.length, 'cache' in meta) }
         export async function runEveryHour() { throw new Error('boom') }",
    )
    .await;
    world.run_task("runEveryMinute").await;
    world.run_task("runEveryHour").await;
    assert_eq!(world.logs.messages(LogLevel::Log), ["1 true"]);
    assert!(world.errors()[0].starts_with("runEveryHour failed: Error: boom"), "{:?}", world.errors());
    assert_eq!(Counts::get(&world.pipeline.counts.tasks), 2);
}

#[tokio::test]
async fn teardown_follows_a_set_up_that_succeeded_and_no_other() {
    let source = |set_up: &str| {
        format!(
            "export function setupPlugin() {{ {set_up} }}
             export function processEvent(event) {{ return event }}
             export function teardownPlugin(meta) {{ console.log('torn down', 'cache' in meta) }}"
        )
    };
    let never_used = World::with(&source("")).await;
    never_used.pipeline.tear_down().await;
    assert!(never_used.logs.lines().is_empty(), "{:?}", never_used.logs.lines());

    let failed = World::with(&source("throw new Error('no set-up')")).await;
    failed.run().await.expect("not dropped");
    failed.pipeline.tear_down().await;
    assert_eq!(failed.logs.messages(LogLevel::Log), [""; 0]);

    let used = World::with(&source("")).await;
    used.run().await.expect("not dropped");
    used.pipeline.tear_down().await;
    assert_eq!(used.logs.messages(LogLevel::Log), ["torn down true"]);
}

#[tokio::test]
async fn a_teardown_that_fails_is_told() {
    let world = World::with(
        "export function processEvent(event) { return event }
         export async function teardownPlugin() { throw new Error('boom') }",
    )
    .await;
    world.run_event(event(json!({}))).await.expect("not dropped");
    world.pipeline.tear_down().await;
    assert!(world.errors()[0].starts_with("teardownPlugin failed: Error: boom"), "{:?}", world.errors());
}
