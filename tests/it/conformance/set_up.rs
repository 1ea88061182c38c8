//! Cases 115-118 and 123: an app whose set-up fails, and what happens to its work meanwhile.

use futures_util::future::join_all;
use runtime_core::event::InstallationId;
use runtime_core::installation::{DisabledPolicy, Installation};
use runtime_core::pipeline::{Counts, EventOutcome, enable};
use runtime_core::ports::dead_letters::DeadLetterReason;
use runtime_core::ports::delayed_queue::DueWork;
use runtime_core::ports::documents::{Documents, NewDocument};
use runtime_core::setup::SetupState;
use runtime_core::telemetry::LogLevel;
use serde_json::json;
use std::time::Duration;
use tests::{AppSetup, World, event};

/// An app that throws this at its first `failures` set-ups, and counts in the cache, for what a process counts ends with it.
fn failing(failures: u32, error: &str) -> AppSetup {
    AppSetup::new(&format!(
        "export async function setupPlugin({{ cache }}) {{
             const run = await cache.incr('runs')
             console.log('setupPlugin', run)
             if (run <= {failures}) throw new {error}('not yet')
         }}
         export function processEvent(event) {{ console.log('processEvent'); event.properties.seen = true; return event }}
         export function onEvent() {{ console.log('onEvent') }}"
    ))
}

fn printed(world: &World) -> Vec<String> {
    world.logs.messages(LogLevel::Log)
}

async fn another(world: &World, app: AppSetup) -> World {
    World::builder().app(app).start_over(world.clock.clone(), world.store.clone()).await
}

#[tokio::test]
async fn case_115_an_ordinary_error_disables_at_once_and_tells_a_person_once() {
    let world = World::of(failing(9, "Error")).await;
    for _ in 0..3 {
        let passed = world.run().await.expect("the event passes as if the app were not there");
        assert_eq!(passed, event(json!({})));
    }
    assert_eq!(printed(&world), ["setupPlugin 1"], "never tried again");
    let notices = world.notices.all();
    let [notice] = &notices[..] else { panic!("one notice: {notices:?}") };
    assert_eq!(notice.subject, "hedgerow disabled demo (39) of team 2");
    assert!(notice.message.ends_with("\n\nsetupPlugin failed: Error: not yet"), "{}", notice.message);

    let elsewhere = another(&world, failing(9, "Error")).await;
    elsewhere.run().await.expect("passes");
    assert_eq!((printed(&elsewhere).len(), elsewhere.notices.all().len()), (0, 0), "it is disabled everywhere");
}

#[tokio::test]
async fn case_116_four_retry_errors_and_then_it_works() {
    let world = World::of(failing(4, "RetryError")).await;
    assert!(matches!(world.process(event(json!({}))).await, EventOutcome::Continued));
    assert_eq!(world.run_waiting().await, [5, 10, 20, 40]);
    assert_eq!(
        printed(&world),
        [
            "setupPlugin 1",
            "setupPlugin 2",
            "setupPlugin 3",
            "setupPlugin 4",
            "setupPlugin 5",
            "processEvent",
            "onEvent"
        ]
    );
    let expected = [(1, 5), (2, 10), (3, 20), (4, 40)].map(|(attempt, seconds)| {
        format!("setupPlugin failed with RetryError (attempt {attempt}/6): not yet. Retrying in {seconds} s...")
    });
    assert_eq!(world.logs.messages(LogLevel::Warn), expected);
    assert_eq!((world.sink.events().len(), world.notices.all().len()), (1, 0));
}

#[tokio::test]
async fn case_117_six_retry_errors_disable() {
    let world = World::of(failing(6, "RetryError").with(|app| app.on_disabled = DisabledPolicy::DeadLetter)).await;
    world.process(event(json!({}))).await;
    assert_eq!(world.run_waiting().await, [5, 10, 20, 40, 80]);
    assert_eq!(printed(&world).len(), 6);
    let notices = world.notices.all();
    let [notice] = &notices[..] else { panic!("one notice: {notices:?}") };
    assert!(notice.message.ends_with("(attempt 6/6)"), "{}", notice.message);
    let letters = world.dead_letters().await;
    assert_eq!(letters.iter().map(|letter| letter.reason).collect::<Vec<_>>(), [DeadLetterReason::Disabled]);
}

#[tokio::test]
async fn case_118_an_app_that_does_not_load_is_disabled_as_a_system_error() {
    let world = World::with("throw new Error('no load')").await;
    world.run().await.expect("passes");
    let installation = world.first().installation();
    let state = state_of(&world, installation).await.disabled.expect("it is disabled");
    assert!(state.is_load_error && state.was_notified, "{state:?}");
    assert_eq!(world.notices.all().len(), 1);
}

#[tokio::test]
async fn case_123_events_of_an_app_whose_set_up_is_pending_wait() {
    let world = World::of(failing(1, "RetryError")).await;
    let outcomes = join_all((0..5).map(|number| world.process(event(json!({"event": number.to_string()}))))).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, EventOutcome::Continued)), "{outcomes:?}");
    assert_eq!(
        (printed(&world).len(), world.sink.events().len()),
        (1, 0),
        "none runs un-set-up, and one attempt is counted"
    );
    assert_eq!(Counts::get(&world.pipeline.counts.parked), 5);
    let (_, first) = world.store.delayed_queue().waiting().await.expect("the store is in memory");
    let wait = first.expect("five wait").0 - world.now().0;
    assert!((5000..6000).contains(&wait), "not before the set-up may be tried, and spread over a second: {wait} ms");
    world.run_waiting().await;
    assert_eq!((world.sink.events().len(), printed(&world).len()), (5, 2 + 5 + 5));
}

/// Any number of cold starts that fail in the same window count as one attempt.
#[tokio::test]
async fn environments_count_an_attempt_together() {
    let world = World::of(failing(9, "RetryError")).await;
    let others = [another(&world, failing(9, "RetryError")).await, another(&world, failing(9, "RetryError")).await];
    let events = || event(json!({}));
    join_all([&world, &others[0], &others[1]].map(|world| world.process(events()))).await;
    assert_eq!(state_of(&world, world.first().installation()).await.failures, 1);
}

#[tokio::test]
async fn after_a_success_any_error_counts_as_one_that_asks_for_another_attempt() {
    let world = World::of(failing(0, "Error")).await;
    world.run().await.expect("not dropped");
    // A second environment of the same version, in which the set-up fails.
    let version = world.first().installation().version();
    let source =
        "export async function setupPlugin({ cache }) { if (await cache.incr('runs') === 2) throw new Error('flaky') }
        export function onEvent() { console.log('onEvent') }";
    let flaky = another(&world, AppSetup::new(source)).await;
    let key = SetupState::key(InstallationId(39), &flaky.first().installation().version());
    assert_ne!(version, flaky.first().installation().version(), "other code is another version");
    let worked = NewDocument { json: json!({"has_succeeded": true}).to_string(), ends_at: None };
    assert!(flaky.store.documents().put(&key, worked, None).await.expect("the store is in memory"));
    flaky.run_event(event(json!({}))).await.expect("not dropped");
    assert_eq!(flaky.run_waiting().await, [5]);
    assert_eq!(printed(&flaky), ["onEvent"]);
    assert_eq!(flaky.notices.all().len(), 0);
}

/// The row "setupPlugin": a new version or config starts anew, and so does enabling.
#[tokio::test]
async fn a_new_config_is_a_new_version_and_enabling_starts_the_count_again() {
    let world = World::of(failing(2, "Error")).await;
    world.run().await.expect("passes");
    let same = another(&world, failing(2, "Error")).await;
    same.run().await.expect("passes");
    assert_eq!(printed(&same), [""; 0], "unchanged: still disabled");

    let changed = another(&world, failing(2, "Error").with(|app| app.config = json!({"changed": true}))).await;
    changed.run().await.expect("passes");
    assert_eq!(printed(&changed), ["setupPlugin 2"], "another config is tried");

    assert!(enable(&*world.store.documents(), world.first().installation()).await.expect("the store is in memory"));
    assert!(!enable(&*world.store.documents(), world.first().installation()).await.expect("the store is in memory"));
    world.run().await.expect("passes");
    assert_eq!(printed(&world).len(), 1, "believed to be disabled for half a minute still");
    world.clock.advance(Duration::from_secs(30));
    assert_eq!(world.run().await.expect("not dropped")["properties"]["seen"], true);
    assert_eq!(printed(&world)[1..], ["setupPlugin 3", "processEvent", "onEvent"]);
}

#[tokio::test]
async fn events_wait_in_front_of_a_disabled_app_that_parks() {
    let world = World::of(failing(1, "Error").with(|app| app.on_disabled = DisabledPolicy::Park)).await;
    assert!(matches!(world.process(event(json!({}))).await, EventOutcome::Continued));
    assert_eq!(world.run_next().await, Some(900));
    assert_eq!(world.sink.events().len(), 0, "still disabled");
    enable(&*world.store.documents(), world.first().installation()).await.expect("the store is in memory");
    assert_eq!(world.run_next().await, Some(900));
    assert_eq!(printed(&world), ["setupPlugin 1", "setupPlugin 2", "processEvent", "onEvent"]);

    let given_up = World::of(failing(9, "Error").with(|app| app.on_disabled = DisabledPolicy::Park)).await;
    given_up.process(event(json!({}))).await;
    assert_eq!(given_up.run_waiting().await.iter().sum::<i64>() / 86_400, 10);
    assert_eq!(given_up.dead_letters().await[0].reason, DeadLetterReason::Disabled);
}

#[tokio::test]
async fn jobs_and_tasks_of_an_app_whose_set_up_is_pending_wait_too() {
    let source = "export async function setupPlugin({ cache }) { if (await cache.incr('runs') === 1) throw new RetryError('not yet') }
        export const jobs = { work(payload) { console.log('work', payload.a) } }
        export function runEveryMinute() { console.log('runEveryMinute') }";
    let world = World::with(source).await;
    world.run_job("work", Some(json!({"a": 1}))).await;
    world.run_task("runEveryMinute").await;
    assert_eq!(printed(&world), [""; 0]);
    assert_eq!(world.run_waiting().await.iter().sum::<i64>(), 5);
    let mut ran = printed(&world);
    ran.sort_unstable();
    assert_eq!(ran, ["runEveryMinute", "work 1"]);
    assert_eq!(world.dead_letters().await, []);
}

async fn state_of(world: &World, installation: &Installation) -> SetupState {
    let key = SetupState::key(installation.id, &installation.version());
    let document = world.store.documents().get(&key).await.expect("the store is in memory").expect("there is a state");
    serde_json::from_str(&document.json).expect("it is a state")
}
