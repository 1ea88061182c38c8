//! What the limits of an isolate do to the calls in it: the guilty one, the innocent ones beside it, those that come later.

use runtime_core::telemetry::LogLevel;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tests::{AppSetup, MockReply, World, event, until};

const NO_ERRORS: [String; 0] = [];

fn named(name: &str) -> Value {
    event(json!({ "event": name }))
}

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// The properties of an event of that name when it has left the chain.
async fn properties_of(world: &World, name: &str) -> Value {
    world.run_event(named(name)).await.expect("not dropped")["properties"].take()
}

/// 0.1 s of CPU and 8 MB.
async fn small_world(source: &str) -> World {
    let app = AppSetup::new(source).with(|app| {
        app.limits.synchronous = Duration::from_millis(100);
        app.limits.memory_bytes = 8 << 20;
    });
    World::of(app).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_isolate_is_rebuilt_and_set_up_again() {
    let world = small_world(
        "let events = 0
        export async function setupPlugin({ storage }) { await storage.set('set-up', 1); console.log('set up') }
        function hoard() { const all = []; for (;;) all.push('x'.repeat(100000) + all.length) }
        export async function processEvent(event, { storage }) {
            events++
            if (event.event === 'loop') for (;;) { }
            if (event.event === 'hoard') hoard()
            if (event.event === 'hoard and catch') { try { hoard() } catch { } return event }
            event.properties.seen = [events, await storage.get('set-up')]
            return event
        }",
    )
    .await;
    let mut setups = 1;
    for (killer, reason) in [
        ("loop", "Script execution timed out after 0.1 seconds in processEvent (demo, index.js:6)"),
        ("hoard", "out of memory: the app used more than 8 MB in processEvent (demo, index.js:3)"),
        ("hoard and catch", "out of memory: the app used more than 8 MB in processEvent (demo, index.js"),
    ] {
        assert_eq!(properties_of(&world, "E").await["seen"], json!([1, 1]), "before {killer}");
        assert_eq!(properties_of(&world, "E").await["seen"], json!([2, 1]), "before {killer}");
        assert_eq!(world.logs.messages(LogLevel::Log).len(), setups, "before {killer}");
        assert_eq!(properties_of(&world, killer).await, json!({"$plugins_failed": ["demo (39)"]}));
        let error = world.errors().pop().expect("an error is logged");
        assert!(error.contains(reason), "{killer}: {error}");
        setups += 1;
    }
    assert_eq!(properties_of(&world, "E").await["seen"], json!([1, 1]));
    assert_eq!((world.logs.messages(LogLevel::Log).len(), world.errors().len()), (setups, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn innocent_calls_run_once_more_and_get_their_own_answers() {
    // setupPlugin makes a host call, so that the host calls of the second run are not numbered as those of the first would be.
    let world = small_world(
        "export async function setupPlugin({ cache }) { await cache.incr('setups') }
        export async function processEvent(event) {
            if (event.event === 'loop') for (;;) { }
            event.properties.reply = await (await fetch('https://example.com/' + event.event)).json()
            return event
        }",
    )
    .await;
    world.run_event(named("first")).await;
    // All answers of the first run come before all of the second.
    for (name, delay) in [("a", 3), ("b", 5), ("c", 7)] {
        world.http.answer_at(name, MockReply::json(&json!(format!("stale {name}"))).after(seconds(delay)));
    }
    let killing = async {
        for answer in [3, 5, 7] {
            world.is_awaited(seconds(answer)).await;
        }
        for (name, delay) in [("a", 11), ("b", 12), ("c", 13)] {
            world.http.answer_at(name, MockReply::json(&json!(name)).after(seconds(delay)));
        }
        let killed = properties_of(&world, "loop").await;
        assert_eq!(killed, json!({"$plugins_failed": ["demo (39)"]}));
        for answer in [11, 12, 13] {
            world.is_awaited(seconds(answer)).await;
        }
        world.clock.advance(seconds(7));
        for step in [4, 1, 1] {
            world.pass(seconds(step)).await;
        }
    };
    let calls = [properties_of(&world, "a"), properties_of(&world, "b"), properties_of(&world, "c")];
    let (results, ()) = futures_util::future::join(futures_util::future::join_all(calls), killing).await;
    for (result, name) in results.iter().zip(["a", "b", "c"]) {
        assert_eq!(*result, json!({"reply": name, "$plugins_succeeded": ["demo (39)"]}));
    }
    assert_eq!(world.errors().len(), 1, "only the loop failed: {:?}", world.errors());
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_first_calls_share_one_set_up() {
    let world = World::with(
        "export async function setupPlugin({ global }) {
            await fetch('https://example.com/setup')
            global.ready = true
        }
        export function processEvent(event, { global }) { event.properties.ready = global.ready; return event }",
    )
    .await;
    world.http.answer(MockReply::json(&json!({})).after(seconds(2)));
    let first = futures_util::future::join_all((0..5).map(|_| world.run_properties()));
    for properties in world.during(&[seconds(2)], first).await {
        assert_eq!(properties["ready"], json!(true));
    }
    assert_eq!(world.http.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_fills_its_memory_at_load_is_disabled() {
    let world = small_world(
        "const hoard = []
        for (let i = 0; i < 1e9; i++) hoard.push('x'.repeat(100000) + i)
        export function processEvent(event) { return null }",
    )
    .await;
    let error = world.first().load_error().expect("never loaded").to_string();
    assert!(
        error.starts_with("the app could not be loaded: out of memory: the app used more than 8 MB in "),
        "{error}"
    );
    for _ in 0..2 {
        assert_eq!(world.run().await, Some(event(json!({}))));
    }
    assert_eq!(world.errors(), [format!("{error}. Disabled the app!")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_recursion_and_deep_json_can_be_caught() {
    let world = World::with(
        "let events = 0
        function depth(n) { return n === 0 ? 0 : depth(n - 1) + 1 }
        const attempt = (work) => { try { return work() } catch (error) { return error.name } }
        export function processEvent(event) {
            event.properties.events = ++events
            event.properties.shallow = depth(100)
            event.properties.deep = attempt(() => depth(1e6))
            event.properties.parsed = attempt(() => JSON.parse('['.repeat(1e5) + ']'.repeat(1e5)).length)
            let nested = []
            for (let i = 0; i < 1e5; i++) nested = [nested]
            event.properties.written = attempt(() => JSON.stringify(nested).length)
            return event
        }",
    )
    .await;
    for events in 1..=2 {
        let properties = world.run_properties().await;
        assert_eq!(properties["events"], json!(events), "the same isolate");
        assert_eq!(properties["shallow"], json!(100));
        for attempt in ["deep", "parsed", "written"] {
            assert_eq!(properties[attempt], json!("RangeError"), "{attempt}");
        }
    }
    assert_eq!(world.errors(), NO_ERRORS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_world_that_ends_while_a_call_waits_ends_whole() {
    let world = World::with("export async function processEvent(event) { await fetch('https://example.com/') }").await;
    world.http.answer(MockReply::never());
    let logs = world.logs.clone();
    tokio::select! {
        _ = world.run() => panic!("there was no answer"),
        () = until("the request", || world.http.requests().len() == 1) => {}
    }
    drop(world);
    // The isolate's thread holds the log as long as it lives; it aborts the process if a value outlives the engine.
    until("the thread to end", || Arc::strong_count(&logs) == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn code_of_the_app_that_only_the_host_runs_is_limited_too() {
    // Reading an error, a result, or an event after an error runs getters and toJSON of the app.
    let world = small_world(
        "function endless() { for (;;) { } }
        export function processEvent(event) {
            if (event.event === 'result') return { ...event, toJSON: endless }
            if (event.event === 'thrown') throw Object.defineProperty(new Error('x'), 'message', { get: endless })
            if (event.event === 'thrown text') throw { toString: endless }
            if (event.event === 'detached') Promise.reject(Object.defineProperty(new Error('x'), 'stack', { get: endless }))
            if (event.event === 'argument') { event.toJSON = endless; throw new Error('with a changed event') }
            return event
        }",
    )
    .await;
    for (count, name) in ["result", "thrown", "thrown text", "detached"].into_iter().enumerate() {
        assert_eq!(properties_of(&world, name).await, json!({"$plugins_failed": ["demo (39)"]}), "{name}");
        let errors = world.errors();
        assert_eq!(errors.len(), count + 1, "{name}: {errors:?}");
        let expected =
            "processEvent failed: Script execution timed out after 0.1 seconds in processEvent (demo, index.js";
        assert!(errors[count].starts_with(expected), "{name}: {errors:?}");
        assert_eq!(properties_of(&world, "E").await, json!({"$plugins_succeeded": ["demo (39)"]}), "after {name}");
    }
    assert_eq!(properties_of(&world, "argument").await, json!({"$plugins_failed": ["demo (39)"]}));
    assert_eq!(world.errors().len(), 5, "{:?}", world.errors());
    assert!(world.errors()[4].contains("Error: with a changed event"), "{:?}", world.errors());
    assert_eq!(properties_of(&world, "E").await, json!({"$plugins_succeeded": ["demo (39)"]}));
}
