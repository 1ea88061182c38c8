//! What becomes of an event: the policies of installations, teams, a sink that is down, captures that lead to captures.

use runtime_core::event::InstallationId;
use runtime_core::installation::{DisabledPolicy, ErrorPolicy};
use runtime_core::pipeline::{Counts, EventOutcome};
use runtime_core::ports::dead_letters::DeadLetterReason;
use runtime_core::telemetry::LogLevel;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;
use tests::{AppSetup, World, event};

/// Adds itself to `properties.by`.
fn marking(name: &str) -> String {
    format!(
        "export function processEvent(event) {{ event.properties.by = [...(event.properties.by || []), '{name}']; return event }}"
    )
}

/// An app that changes the event and then fails, with this policy, before one that would see the event.
async fn failing_world(policy: ErrorPolicy) -> World {
    let failing = "function processEvent(event) { event.properties.half = 1; throw new Error('boom') }";
    World::builder()
        .app(AppSetup::new(failing).named("failing", 1).with(|app| app.on_error = policy))
        .app(AppSetup::new(&marking("later")).named("later", 2))
        .start()
        .await
}

#[tokio::test]
async fn on_error_drop_drops_the_event() {
    let world = failing_world(ErrorPolicy::Drop).await;
    let outcome = world.process(event(json!({}))).await;
    assert!(matches!(outcome, EventOutcome::Dropped { by: InstallationId(1) }), "{outcome:?}");
    assert!(world.sink.events().is_empty() && world.dead_letters().await.is_empty());
    assert_eq!(world.errors().len(), 1);
}

#[tokio::test]
async fn on_error_dead_letter_keeps_the_event_as_the_app_got_it() {
    let world = failing_world(ErrorPolicy::DeadLetter).await;
    let sent = event(json!({"properties": {"a": [1, {"b": "é"}]}}));
    let outcome = world.process(sent.clone()).await;
    assert!(matches!(outcome, EventOutcome::DeadLettered), "{outcome:?}");
    let letters = world.dead_letters().await;
    let [letter] = &letters[..] else { panic!("one dead letter: {letters:?}") };
    assert_eq!(serde_json::from_slice::<Value>(&letter.body).expect("an event"), sent);
    assert_eq!((letter.reason, letter.message.as_str()), (DeadLetterReason::AppFailed, "Error: boom"));
    assert_eq!((letter.installation, letter.function.as_deref()), (Some(InstallationId(1)), Some("processEvent")));
    assert_eq!(letter.created_at, world.now());
    assert!(world.sink.events().is_empty());
    world.process(sent).await;
    assert_eq!(world.dead_letters().await.len(), 1, "the same failure again is the same letter");
}

/// An app whose set-up fails, with this policy, before one that works.
async fn disabled_world(policy: DisabledPolicy) -> World {
    let disabled = format!("export function setupPlugin() {{ throw new Error('no set-up') }}\n{}", marking("disabled"));
    World::builder()
        .app(AppSetup::new(&disabled).named("disabled", 1).with(|app| app.on_disabled = policy))
        .app(AppSetup::new(&marking("later")).named("later", 2))
        .start()
        .await
}

#[tokio::test]
async fn on_disabled_pass_leaves_the_app_out() {
    let world = disabled_world(DisabledPolicy::Pass).await;
    for _ in 0..2 {
        assert_eq!(world.run_properties().await, json!({"by": ["later"], "$plugins_succeeded": ["later (2)"]}));
    }
    assert!(world.logs.contains("setupPlugin failed: Error: no set-up"), "{:?}", world.logs.lines());
}

#[tokio::test]
async fn on_disabled_dead_letter_keeps_the_event() {
    let world = disabled_world(DisabledPolicy::DeadLetter).await;
    let sent = event(json!({"properties": {"a": 1}}));
    let outcome = world.process(sent.clone()).await;
    assert!(matches!(outcome, EventOutcome::DeadLettered), "{outcome:?}");
    let letters = world.dead_letters().await;
    let [letter] = &letters[..] else { panic!("one dead letter: {letters:?}") };
    assert_eq!((letter.reason, letter.installation), (DeadLetterReason::Disabled, Some(InstallationId(1))));
    assert_eq!(letter.message, "setupPlugin failed: Error: no set-up");
    assert_eq!(serde_json::from_slice::<Value>(&letter.body).expect("an event"), sent);
}

#[tokio::test]
async fn an_event_meets_the_apps_of_its_team_alone() {
    let source = |name: &str| format!("{}\nexport function onEvent(event) {{ console.log('{name}') }}", marking(name));
    let app = |name: &str, id: i64, team: i64| AppSetup::new(&source(name)).named(name, id).with(|app| app.team = team);
    let world = World::builder().app(app("two", 1, 2)).app(app("three", 2, 3)).app(app("both", 3, 2)).start().await;
    for (team, apps) in [(2, vec!["two", "both"]), (3, vec!["three"]), (4, vec![])] {
        let shown_before = world.logs.messages(LogLevel::Log).len();
        let event = world.run_event(event(json!({"team_id": team}))).await.expect("not dropped");
        let by: Vec<String> = serde_json::from_value(event["properties"]["by"].clone()).unwrap_or_default();
        assert_eq!(by, apps, "team {team}");
        let mut shown = world.logs.messages(LogLevel::Log).split_off(shown_before);
        shown.sort_by(|one, other| other.cmp(one));
        assert_eq!(shown, apps, "team {team}");
    }
}

#[tokio::test]
async fn a_sink_that_is_down_puts_the_event_off() {
    let world = World::with("export function onEvent() { console.log('seen') }").await;
    world.sink.go_down();
    let outcome = world.process(event(json!({}))).await;
    assert!(matches!(&outcome, EventOutcome::Continued), "{outcome:?}");
    assert_eq!(world.run_next().await, Some(5));
    assert_eq!(world.run_next().await, Some(10), "it is down still");
    assert_eq!(Counts::get(&world.pipeline.counts.sent), 0);
    assert!(world.logs.lines().is_empty(), "nothing looks on at an event that did not leave");
    world.sink.come_back();
    assert_eq!(world.run_waiting().await, [20]);
    assert_eq!((world.sink.events().len(), world.logs.messages(LogLevel::Log)), (1, vec!["seen".to_owned()]));
}

#[tokio::test]
async fn a_capture_that_cannot_be_sent_puts_the_event_off() {
    let world = World::with(
        "export async function processEvent(event) {
             try { await posthog.capture('more') } catch (error) { console.log('told the app') }
             return event
         }",
    )
    .await;
    world.sink.go_down();
    let outcome = world.process(event(json!({}))).await;
    assert!(matches!(&outcome, EventOutcome::Continued), "{outcome:?}");
    assert!(world.logs.messages(LogLevel::Log).is_empty(), "the app does not hear of it: {:?}", world.logs.lines());
    assert!(world.logs.contains("chain:39 is put off for 5 s: event sink is unavailable"), "{:?}", world.logs.lines());
    world.sink.come_back();
    assert_eq!(world.run_waiting().await, [5]);
    assert_eq!((world.sink.events().len(), world.sink.take_captured().len()), (1, 1));
    assert_eq!(Counts::get(&world.pipeline.counts.failures), 0);
}

#[tokio::test]
async fn captures_of_captures_end_after_three() {
    let world = World::with(
        "export async function processEvent(event) { await posthog.capture('again', { after: event.uuid }); return event }",
    )
    .await;
    assert!(world.run().await.is_some());
    let mut hops = Vec::new();
    let mut uuids = Vec::new();
    loop {
        let mut captured = world.sink.take_captured();
        let Some(next) = captured.pop() else { break };
        assert!(captured.is_empty(), "one capture an event");
        hops.push(next.hops);
        uuids.push(next.event.uuid().to_owned());
        let outcome = world.pipeline.process(next).await;
        assert!(matches!(outcome, EventOutcome::Sent(_)), "{outcome:?}");
    }
    assert_eq!(hops, [1, 2, 3]);
    assert_eq!(uuids.iter().collect::<HashSet<_>>().len(), 3, "each is an event of its own");
    assert_eq!(world.sink.events().len(), 4);
    let letters = world.dead_letters().await;
    let [letter] = &letters[..] else { panic!("one dead letter: {letters:?}") };
    assert_eq!((letter.reason, letter.installation), (DeadLetterReason::CaptureLoop, Some(InstallationId(39))));
    let kept: Value = serde_json::from_slice(&letter.body).expect("an event");
    assert_eq!((&kept["event"], &kept["properties"]["after"]), (&json!("again"), &json!(uuids[2])));
}

#[tokio::test]
async fn captures_beyond_the_rate_of_a_minute_are_dead_letters() {
    let source = "export async function runEveryMinute() { for (let i = 0; i < 5; i++) await posthog.capture('made') }";
    let world = World::of(AppSetup::new(source).with(|app| app.limits.captures_per_minute = 3)).await;
    world.run_task("runEveryMinute").await;
    assert_eq!((world.sink.take_captured().len(), world.dead_letters().await.len()), (3, 2));
    let letter = world.dead_letters().await.remove(0);
    assert_eq!(letter.reason, DeadLetterReason::CaptureLoop);
    assert!(letter.message.starts_with("captured beyond 3 events in a minute"), "{}", letter.message);
    world.clock.advance(Duration::from_secs(60));
    world.run_task("runEveryMinute").await;
    assert_eq!(world.sink.take_captured().len(), 3);
}
