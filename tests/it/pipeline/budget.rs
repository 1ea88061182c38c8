//! Too little time left: nothing is started that could not be finished, and nothing of it is lost.

use runtime_core::pipeline::{Counts, EventOutcome};
use runtime_core::ports::clock::Clock;
use runtime_core::ports::delayed_queue::DueWork;
use runtime_core::telemetry::LogLevel;
use serde_json::json;
use std::time::Duration;
use tests::{AppSetup, MockReply, World, event};

fn printing(name: &str) -> String {
    format!(
        "export async function processEvent(event) {{
             console.log('{name}')
             if (event.event === 'slow') await fetch('https://slow.example.com/')
             return event
         }}
         export function onEvent() {{ console.log('{name} onEvent') }}"
    )
}

async fn world() -> World {
    World::builder()
        .app(AppSetup::new(&printing("first")).named("first", 1))
        .app(AppSetup::new(&printing("second")).named("second", 2))
        .start()
        .await
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[tokio::test]
async fn a_call_is_started_with_its_limit_and_ten_seconds_left_and_not_with_less() {
    for (left, starts) in [(40_000, true), (39_999, false)] {
        let world = world().await;
        world.pipeline.begin(world.clock.elapsed() + Duration::from_millis(left));
        let outcome = world.process(event(json!({}))).await;
        assert_eq!(matches!(outcome, EventOutcome::Sent(_)), starts, "{outcome:?}");
        assert_eq!(world.logs.messages(LogLevel::Log).len(), if starts { 4 } else { 0 });
        assert_eq!(Counts::get(&world.pipeline.counts.handed_on), u64::from(!starts));
    }
}

#[tokio::test]
async fn the_rest_of_a_chain_goes_on_in_the_next_invocation() {
    let world = world().await;
    world.http.answer(MockReply::json(&json!({})).after(seconds(29)));
    world.pipeline.begin(world.clock.elapsed() + seconds(60));
    let slow = event(json!({"event": "slow"}));
    let outcome = world.during(&[seconds(29)], world.process(slow)).await;
    assert!(matches!(outcome, EventOutcome::Continued), "{outcome:?}");
    assert_eq!(world.logs.messages(LogLevel::Log), ["first"]);
    world.pipeline.begin(world.clock.elapsed() + seconds(120));
    world.during(&[seconds(29)], world.run_waiting()).await;
    assert_eq!(world.logs.messages(LogLevel::Log)[..2], ["first", "second"], "what was done is not done again");
    assert_eq!(world.sink.events().len(), 1);
}

#[tokio::test]
async fn one_event_has_ninety_seconds_of_an_invocation() {
    let app = |id: i64| AppSetup::new(&printing(&id.to_string())).named(&format!("app{id}"), id);
    let world = World::builder().app(app(1)).app(app(2)).app(app(3)).start().await;
    world.http.answer(MockReply::json(&json!({})).after(seconds(26)));
    world.pipeline.begin(world.clock.elapsed() + seconds(800));
    let slow = event(json!({"event": "slow"}));
    let outcome = world.during(&[seconds(26), seconds(26)], world.process(slow)).await;
    assert!(matches!(outcome, EventOutcome::Continued), "{outcome:?}");
    assert_eq!(world.logs.messages(LogLevel::Log), ["1", "2"], "38 of its 90 seconds are left");
    let (count, _) = world.store.delayed_queue().waiting().await.expect("the store is in memory");
    assert_eq!(count, 1);
}

#[tokio::test]
async fn a_job_may_take_what_is_left_of_its_invocation() {
    let source = "export const jobs = { async work() { console.log('work'); for (;;) await fetch('https://slow.example.com/') } }";
    let world = World::with(source).await;
    world.http.answer(MockReply::json(&json!({})).after(seconds(7)));
    world.pipeline.begin(world.clock.elapsed() + seconds(45));
    world.during(&[seconds(7), seconds(7), seconds(7), seconds(7), seconds(7)], world.run_job("work", None)).await;
    let letters = world.dead_letters().await;
    assert!(letters[0].message.contains("timed out after 35 seconds in jobs.work"), "{letters:?}");

    world.pipeline.begin(world.clock.elapsed() + seconds(39));
    world.run_job("work", None).await;
    assert_eq!((world.logs.messages(LogLevel::Log).len(), Counts::get(&world.pipeline.counts.handed_on)), (1, 1));
}
