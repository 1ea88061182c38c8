//! What a call leaves behind when it has returned, or when it was ended.

use serde_json::{Value, json};
use std::time::Duration;
use tests::{AppSetup, MockReply, World, event};

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// The properties of an event of that name when it has left the chain.
async fn properties_of(world: &World, name: &str) -> Value {
    world.run_event(event(json!({ "event": name }))).await.expect("not dropped")["properties"].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_call_leaves_behind_ends_before_its_event_is_done() {
    let world = World::with(
        "export function processEvent(event, { cache, storage }) {
            cache.set('one', 1)
                .then(() => storage.set('two', 2))
                .then(() => fetch('https://example.com/'))
                .then(() => cache.incr('three'))
                .then((three) => console.log('end', three))
            return event
        }",
    )
    .await;
    world.http.answer(MockReply::json(&json!({})).after(seconds(5)));
    let properties = world.during(&[seconds(5)], world.run_properties()).await;
    assert_eq!(properties, json!({"$plugins_succeeded": ["demo (39)"]}));
    assert!(world.logs.contains("end 1"));
    assert_eq!(world.errors(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_that_never_ends_is_cut() {
    let app = AppSetup::new(
        "export function processEvent(event) {
            if (event.event === 'tail') fetch('https://example.com/').then(() => console.log('never'))
            return event
        }",
    );
    let world = World::of(app.with(|app| app.limits.invocation = seconds(3))).await;
    world.http.answer(MockReply::never());
    let properties = world.during(&[seconds(3)], properties_of(&world, "tail")).await;
    assert_eq!(properties, json!({"$plugins_succeeded": ["demo (39)"]}));
    let expected = "processEvent failed: Script execution timed out after 3 seconds in processEvent (demo, index.js)";
    assert_eq!(world.errors(), [expected]);
    assert_eq!(properties_of(&world, "E").await, json!({"$plugins_succeeded": ["demo (39)"]}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detached_rejection_in_a_tail_is_the_apps_error() {
    let world = World::with(
        "export function processEvent(event, { cache }) {
            cache.set('k', 1).then(() => { throw new Error('too late') })
            return event
        }",
    )
    .await;
    assert_eq!(world.run_properties().await, json!({"$plugins_succeeded": ["demo (39)"]}));
    assert_eq!(world.errors().len(), 1);
    assert!(world.errors()[0].starts_with("processEvent failed: Error: too late\n"), "{:?}", world.errors());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_time_out_the_late_call_does_nothing_more_outside() {
    // The job keeps the isolate alive, so that the late call's code is there to go on when its answer comes.
    let app = AppSetup::new(
        "let events = 0
        export async function processEvent(event, { cache }) {
            event.properties.events = ++events
            if (event.event === 'quick') return event
            await fetch('https://example.com/late')
            console.log('late')
            posthog.capture('late')
            await cache.set('late', true)
        }
        export const jobs = {
            async wait() { await fetch('https://example.com/job'); console.log('job through') },
        }",
    );
    let world = World::of(app.with(|app| app.limits.call = seconds(1))).await;
    world.http.answer_at("late", MockReply::json(&json!({})).after(seconds(5)));
    world.http.answer_at("job", MockReply::json(&json!({})).after(seconds(7)));
    let passing = async {
        world.is_awaited(seconds(7)).await;
        let waiting = async {
            world.is_awaited(seconds(5)).await;
            world.pass(seconds(1)).await;
        };
        let (properties, ()) = futures_util::future::join(properties_of(&world, "slow"), waiting).await;
        assert_eq!(properties, json!({"$plugins_failed": ["demo (39)"]}));
        world.pass(seconds(4)).await;
        world.pass(seconds(2)).await;
    };
    futures_util::future::join(world.run_job("wait", None), passing).await;
    let logged: Vec<String> = world.logs.lines().into_iter().map(|line| line.message).collect();
    let expected = "processEvent failed: Script execution timed out after 1 second in processEvent (demo, index.js:5)";
    assert_eq!(logged, [expected, "job through"]);
    assert!(world.sink.take_captured().is_empty());
    assert_eq!(properties_of(&world, "quick").await["events"], json!(1), "the isolate was retired");
}
