//! Cases 120-122, 124, 125, 127 and 128: when an app is set up and torn down.

use futures_util::future::join_all;
use runtime_core::pipeline::EventOutcome;
use runtime_core::telemetry::LogLevel;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tests::{AppSetup, MockReply, World, event};

/// Does this in `setupPlugin`; the other functions print their names.
fn app(set_up: &str, others: &str) -> String {
    format!(
        "export async function setupPlugin(meta) {{ console.log('setupPlugin'); {set_up} }}
         export function processEvent(event) {{ console.log('processEvent'); return event }}
         export function onEvent() {{ console.log('onEvent') }}
         {others}"
    )
}

const TASK: &str = "export function runEveryMinute() { console.log('runEveryMinute') }";
const JOB: &str = "export const jobs = { work() { console.log('work') } }";
const TEARDOWN: &str = "export async function teardownPlugin(meta) { console.log('teardownPlugin', 'cache' in meta) }";

fn printed(world: &World) -> Vec<String> {
    world.logs.messages(LogLevel::Log)
}

#[tokio::test]
async fn case_119_an_app_that_failed_at_its_start_has_no_methods_and_no_tasks() {
    let both = format!("{TASK}\n{JOB}");
    for (set_up, others, runs_at_first) in [
        ("", format!("{both}\nthrow new Error('no load')"), &[][..]),
        ("throw new Error('no set-up')", both, &["setupPlugin"][..]),
    ] {
        let world = World::with(&app(set_up, &others)).await;
        assert!(world.first().disabled().is_some(), "{others}");
        assert_eq!(world.run().await, Some(event(json!({}))), "as if the app were not there");
        world.run_task("runEveryMinute").await;
        world.run_job("work", None).await;
        world.pipeline.tear_down().await;
        assert_eq!(printed(&world), runs_at_first, "{others}");
    }
}

#[tokio::test]
async fn case_120_an_app_without_tasks_is_set_up_by_its_first_event() {
    let world = World::with(&app("", "")).await;
    assert_eq!(printed(&world), [""; 0]);
    world.run().await.expect("not dropped");
    assert_eq!(printed(&world), ["setupPlugin", "processEvent", "onEvent"]);
    world.run().await.expect("not dropped");
    assert_eq!(printed(&world)[3..], ["processEvent", "onEvent"]);
}

#[tokio::test]
async fn case_121_an_app_with_a_job_or_a_schedule_is_set_up_at_once() {
    for others in [TASK, JOB] {
        let world = World::with(&app("", others)).await;
        assert_eq!(printed(&world), ["setupPlugin"], "{others}");
        world.run().await.expect("not dropped");
        assert_eq!(printed(&world), ["setupPlugin", "processEvent", "onEvent"], "{others}");
    }
}

#[tokio::test]
async fn case_122_events_that_come_together_share_one_set_up() {
    let slow = "await fetch('https://slow.example.com/'); meta.global.is_ready = true";
    let source = format!(
        "export async function setupPlugin(meta) {{ console.log('setupPlugin'); {slow} }}
         export function processEvent(event, {{ global }}) {{ event.properties.ready = global.is_ready === true; return event }}"
    );
    let world = World::with(&source).await;
    let second = Duration::from_secs(1);
    world.http.answer(MockReply::json(&json!({})).after(second));
    let events = join_all((0..8).map(|_| world.process(event(json!({})))));
    let outcomes = world.during(&[second], events).await;
    for outcome in outcomes {
        let EventOutcome::Sent(event) = outcome else { panic!("{outcome:?}") };
        let properties = event.properties().expect("an event has them");
        assert_eq!(properties["ready"], true, "no event runs before the set-up has ended");
    }
    assert_eq!(printed(&world), ["setupPlugin"]);
    assert!(world.errors().is_empty(), "{:?}", world.errors());
}

#[tokio::test]
async fn case_124_stopping_calls_teardown_and_saves_its_error() {
    let world = World::with(&app("", TEARDOWN)).await;
    world.run().await.expect("not dropped");
    world.pipeline.tear_down().await;
    assert_eq!(printed(&world)[3..], ["teardownPlugin true"]);
    assert!(world.errors().is_empty(), "{:?}", world.errors());

    let failing = "export async function teardownPlugin() { throw new Error('boom') }";
    let world = World::builder()
        .app(AppSetup::new(&app("", failing)).named("failing", 1))
        .app(AppSetup::new(&app("", TEARDOWN)).named("other", 2))
        .start()
        .await;
    world.run().await.expect("not dropped");
    world.pipeline.tear_down().await;
    let errors: Vec<_> = world.logs.lines().into_iter().filter(|line| line.level == LogLevel::Error).collect();
    let [error] = &errors[..] else { panic!("one error: {errors:?}") };
    assert!(error.message.starts_with("teardownPlugin failed: Error: boom"), "{error:?}");
    assert_eq!(error.app, "failing");
    assert!(printed(&world).contains(&"teardownPlugin true".to_owned()), "one app's error touches no other");
}

#[tokio::test]
async fn case_125_an_app_that_was_not_set_up_is_not_torn_down() {
    let never_used = World::with(&app("", TEARDOWN)).await;
    never_used.pipeline.tear_down().await;
    assert_eq!(printed(&never_used), [""; 0]);

    let failed = World::with(&app("throw new Error('no set-up')", TEARDOWN)).await;
    failed.run().await.expect("not dropped");
    failed.pipeline.tear_down().await;
    assert_eq!(printed(&failed), ["setupPlugin"]);
}

#[tokio::test]
async fn case_127_what_teardown_stores_the_next_isolate_reads() {
    let source = "
        export async function processEvent(event, { storage }) {
            event.properties.before = await storage.get('last', 'nothing')
            return event
        }
        export async function teardownPlugin({ storage }) { await storage.set('last', { words: ['bye'] }) }";
    let first = World::with(source).await;
    assert_eq!(first.run_properties().await["before"], "nothing");
    first.pipeline.tear_down().await;
    assert!(first.errors().is_empty(), "{:?}", first.errors());

    let (clock, store) = (first.clock.clone(), first.store.clone());
    drop(first);
    let second = World::builder().app(AppSetup::new(source)).start_over(clock, store).await;
    assert_eq!(second.run_properties().await["before"], json!({"words": ["bye"]}));
}

#[tokio::test]
async fn case_128_a_stateless_app_has_an_isolate_for_each_installation() {
    let source = "
        let events = 0
        export function setupPlugin(meta) { console.log('setupPlugin'); meta.global.mine = 0 }
        export function processEvent(event, { global }) {
            event.properties.counts = [...(event.properties.counts ?? []), ++events, ++global.mine]
            return event
        }";
    let installed =
        |id: i64| AppSetup::new(source).with(|app| app.id = id).manifest(json!({"name": "demo", "stateless": true}));
    let world = World::builder().app(installed(1)).app(installed(2)).start().await;
    assert!(world.pipeline.members().iter().all(|member| member.installation().app.manifest.stateless));
    assert_eq!(world.run_properties().await["counts"], json!([1, 1, 1, 1]));
    assert_eq!(world.run_properties().await["counts"], json!([2, 2, 2, 2]));
    assert_eq!(printed(&world), ["setupPlugin", "setupPlugin"]);
}

#[tokio::test]
async fn case_126_a_changed_config_is_torn_down_and_started_anew_and_others_go_on() {
    let source = format!(
        "let events = 0\n{}",
        app("", TEARDOWN).replace("console.log('processEvent')", "console.log('event', ++events)")
    );
    let installed = |greeting: &str| AppSetup::new(&source).with(|app| app.config = json!({ "greeting": greeting }));
    let other = || AppSetup::new(&source).named("other", 7);
    let mut world = World::builder().app(installed("hi")).app(other()).start().await;
    world.run().await.expect("not dropped");
    let before = printed(&world).len();
    let now = |setups: Vec<AppSetup>| setups.into_iter().map(|app| Arc::new(app.install().expect("loads"))).collect();

    world.pipeline.reload(now(vec![installed("hi"), other()])).await.expect("threads can be started");
    assert_eq!(printed(&world).len(), before, "nothing has changed, so nothing happens");
    world.run().await.expect("not dropped");
    assert_eq!(
        world.logs.lines().iter().filter(|line| line.message == "event 2").count(),
        2,
        "in the isolates that were there"
    );

    world.pipeline.reload(now(vec![installed("hello"), other()])).await.expect("threads can be started");
    assert_eq!(printed(&world).last().map(String::as_str), Some("teardownPlugin true"));
    world.run().await.expect("not dropped");
    let counts: Vec<String> = printed(&world).into_iter().filter(|line| line.starts_with("event")).skip(4).collect();
    assert_eq!(counts, ["event 3", "event 1"], "the other goes on, the changed one begins anew");

    world.pipeline.reload(now(vec![other()])).await.expect("threads can be started");
    world.run().await.expect("not dropped");
    assert_eq!(world.pipeline.members().len(), 1);
}
