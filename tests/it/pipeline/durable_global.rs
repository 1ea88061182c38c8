//! `meta.global` beyond the life of an isolate: what is kept, what is not, and what several environments make of it.

use crate::pipeline::documents::Switchable;
use runtime_core::decode::TeamDirectory;
use runtime_core::event::TeamId;
use runtime_core::installation::DurableGlobal;
use runtime_core::pipeline::PipelineProcessor;
use runtime_core::pipeline::record::{Record, RecordOutcome, RecordProcessor};
use runtime_core::ports::clock::Clock;
use runtime_core::ports::delayed_queue::Lane;
use runtime_core::ports::documents::{Documents, NewDocument};
use runtime_core::telemetry::LogLevel;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tests::{AppSetup, World, event};

/// Runs the JavaScript text that an event brings, as an app would have it in its source, and returns `global` as an app sees it.
const RUNNER: &str = "
    const AsyncFunction = (async () => {}).constructor
    export async function processEvent(event, meta) {
        const { run, isQuiet } = event.properties
        if (run) await new AsyncFunction('global', 'meta', run)(meta.global, meta)
        if (!isQuiet) event.properties.global = Object.entries(meta.global)
        return event
    }
";

/// An app that keeps `global` because it is told to: what its events bring is in no text.
fn runner(set_up: &str) -> AppSetup {
    let source = format!("{RUNNER} export function setupPlugin({{ global }}) {{ {set_up} }}");
    AppSetup::new(&source).with(|app| app.durable_global = DurableGlobal::On)
}

/// What `global` holds after this was run.
async fn run(world: &World, script: &str) -> Value {
    let mut event = world.run_event(event(json!({"properties": {"run": script}}))).await.expect("not dropped");
    assert!(world.errors().is_empty(), "{script}: {:?}", world.errors());
    event["properties"]["global"].take()
}

/// Runs this as one invocation whose `global` afterwards is nothing that an event could bring out.
async fn invoke_quietly(world: &World, script: &str) {
    let event = event(json!({"properties": {"run": script, "isQuiet": true}}));
    world.run_event(event).await.expect("not dropped");
    assert!(world.errors().is_empty(), "{script}: {:?}", world.errors());
    world.pipeline.save_globals().await;
}

/// Runs this as one invocation, to its end.
async fn invoke(world: &World, script: &str) -> Value {
    let global = run(world, script).await;
    world.pipeline.save_globals().await;
    global
}

/// Another environment of the same stack.
async fn beside(world: &World, app: AppSetup) -> World {
    World::builder().app(app).start_over(world.clock.clone(), world.store.clone()).await
}

/// What a new environment begins with.
async fn next(world: &World, app: AppSetup) -> Value {
    let next = beside(world, app).await;
    run(&next, "").await
}

fn warnings(world: &World) -> Vec<String> {
    world.logs.messages(LogLevel::Warn)
}

#[tokio::test]
async fn plain_data_comes_back_in_its_order() {
    let world = World::of(runner("")).await;
    let script = r"global.z = { deep: [1, -2.5, 'text \u00e9\ud83d\ude00', true, null, { '': {} }] }; global.a = 1e21; global['2'] = '\ud800'";
    let kept = invoke(&world, script).await;
    assert_eq!(next(&world, runner("")).await, kept);
    assert_eq!(kept.as_array().map(Vec::len), Some(3));
    assert_eq!(warnings(&world), [""; 0]);
}

#[tokio::test]
async fn unasked_it_is_kept_for_an_app_without_state_of_its_own() {
    let app = |top: &str| {
        AppSetup::new(&format!(
            "{top}
             export function processEvent(event, {{ global }}) {{
                 global.count = (global.count || 0) + 1
                 event.properties.count = global.count
                 return event
             }}"
        ))
    };
    for (top, durable_global, second) in [
        ("", DurableGlobal::Auto, 2),
        ("const pattern = /x/i, name = 'x'; class Client {} function help() {}", DurableGlobal::Auto, 2),
        ("let client; function connect() { client = client || {} }", DurableGlobal::Auto, 1),
        ("const clients = new Map()", DurableGlobal::Auto, 1),
        ("let client; function connect() { client = client || {} }", DurableGlobal::On, 2),
        ("", DurableGlobal::Off, 1),
    ] {
        let app = || app(top).with(|app| app.durable_global = durable_global);
        let first = World::of(app()).await;
        assert_eq!(first.run_properties().await["count"], 1);
        first.pipeline.save_globals().await;
        let again = beside(&first, app()).await;
        assert_eq!(again.run_properties().await["count"], second, "{top} {durable_global:?}");
    }
}

#[tokio::test]
async fn a_ready_flag_does_not_come_back_without_its_client() {
    let source = "let client
        export async function processEvent(event, { global }) {
            if (!global.ready) { client = { send: () => 'sent' }; global.ready = true }
            event.properties.result = client.send()
            return event
        }";
    let first = World::with(source).await;
    assert_eq!(first.run_properties().await["result"], "sent");
    first.pipeline.save_globals().await;
    assert_eq!(beside(&first, AppSetup::new(source)).await.run_properties().await["result"], "sent");
}

#[tokio::test]
async fn what_set_up_makes_wins_and_is_not_stored() {
    let set_up = "global.host = 'from set-up'; global.unset = undefined; delete global.unset";
    let world = World::of(runner(set_up)).await;
    invoke(&world, "").await;
    assert_eq!(stored(&world).await, None, "there was nothing to store");
    let kept = invoke(&world, "global.host = 'changed'; global.unset = 1; global.more = 2").await;
    assert_eq!(kept, json!([["host", "changed"], ["unset", 1], ["more", 2]]));
    assert_eq!(next(&world, runner(set_up)).await, json!([["host", "from set-up"], ["unset", 1], ["more", 2]]));
}

#[tokio::test]
async fn one_value_that_is_not_plain_keeps_all_from_being_stored() {
    for value in [
        "new Date(0)",
        "new Map()",
        "new Set()",
        "/x/",
        "() => 1",
        "undefined",
        "NaN",
        "-1 / 0",
        "1n",
        "Symbol('x')",
        "new (class Client {})()",
        "Object.create(null)",
        "Object.create({ inherited: 1 })",
        "Object.freeze({ a: 1 })",
        "{ get a() { throw new Error('ran') } }",
        "{ toJSON() { return 1 } }",
        "{ [Symbol('x')]: 1 }",
        "Object.defineProperty({}, 'hidden', { value: 1 })",
        "[1, , 2]",
        "Object.assign([1], { extra: 1 })",
        "new Array(3)",
        "new (class extends Array {})()",
        "new Proxy({}, { ownKeys() { throw new Error('ran') }, getPrototypeOf() { throw new Error('ran') } })",
        "new Proxy([], { get() { throw new Error('ran') } })",
        "meta.config",
        "Buffer.from('x')",
        "new Error('x')",
        "Promise.resolve(1)",
        "(() => { const cycle = {}; cycle.self = cycle; return cycle })()",
        "(() => { const shared = {}; return [shared, shared] })()",
        "global",
        "new String('x')",
    ] {
        let world = World::of(runner("")).await;
        invoke(&world, "global.older = 1").await;
        invoke_quietly(&world, &format!("global.older = 2; global.nested = {{ list: [{value}] }}")).await;
        assert_eq!(next(&world, runner("")).await, json!([["older", 1]]), "{value}");
        assert_eq!(warnings(&world), ["global is not kept while anything in it is more than plain JSON"], "{value}");
        invoke(&world, "delete global.nested").await;
        assert_eq!(next(&world, runner("")).await, json!([["older", 2]]), "plain again after {value}");
    }
}

#[tokio::test]
async fn a_global_that_is_not_usual_itself_is_not_stored() {
    for script in [
        "Object.freeze(global)",
        "Object.preventExtensions(global)",
        "Object.setPrototypeOf(global, { inherited: 1 })",
        "global.__proto__ = { inherited: 1 }",
        "Object.defineProperty(global, 'x', { get() { throw new Error('ran') } })",
        "Object.defineProperty(global, 'x', { value: 1 })",
        "global[Symbol('x')] = 1",
        "global['\\ud800'] = 1",
        "meta.global = new Proxy(global, { ownKeys: () => ['a'], getOwnPropertyDescriptor: () => ({ value: 1, configurable: true, enumerable: true }) })",
        "Object.defineProperty(meta, 'global', { get: () => ({ made: 'up' }) })",
        "Object.prototype.toJSON = function () { return this }",
    ] {
        let world = World::of(runner("")).await;
        invoke(&world, "global.older = 1").await;
        invoke_quietly(&world, &format!("global.older = 2; {script}")).await;
        assert_eq!(next(&world, runner("")).await, json!([["older", 1]]), "{script}");
    }
}

#[tokio::test]
async fn a_global_that_set_up_closed_stays_closed() {
    for close in ["Object.freeze(global)", "Object.preventExtensions(global)", "Object.seal(global)"] {
        let closed = World::of(runner(&format!("global.own = 1; {close}"))).await;
        let kept = NewDocument { json: r#"{"v":1,"keys":[["kept",1]]}"#.to_owned(), ends_at: None };
        assert!(closed.store.documents().put(&snapshot_key(&closed), kept, None).await.expect("in memory"));
        assert_eq!(run(&closed, "").await, json!([["own", 1]]), "{close}");
        closed.pipeline.save_globals().await;
        assert_eq!(stored(&closed).await.as_deref(), Some(r#"{"v":1,"keys":[["kept",1]]}"#), "{close}");
    }
}

#[tokio::test]
async fn a_global_in_the_place_of_the_first_is_the_one_that_counts() {
    let world = World::of(runner("")).await;
    invoke(&world, "global.old = 1; global.both = 1").await;
    invoke(&world, "meta.global = { both: 2, fresh: 3 }").await;
    assert_eq!(next(&world, runner("")).await, json!([["both", 2], ["fresh", 3]]));
    // Restored into what set-up put there.
    let replacing = "arguments[0].global = { own: 1 }";
    let replaced = World::of(runner(replacing)).await;
    invoke(&replaced, "meta.global.kept = 2").await;
    assert_eq!(next(&replaced, runner(replacing)).await, json!([["own", 1], ["kept", 2]]));
    invoke(&replaced, "meta.global = null; meta.global = 5; meta.global = { a: 1 }").await;
    assert_eq!(next(&replaced, runner(replacing)).await, json!([["own", 1], ["a", 1]]));
}

#[tokio::test]
async fn names_that_mean_something_to_objects_are_keys_like_others() {
    let world = World::of(runner("")).await;
    let script = "const own = (object, key, value) => Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
        own(global, '__proto__', { polluted: 1 }); global.constructor = 'c'; global.toString = 's'; own(global.nested = {}, '__proto__', [1])
        global.hasOwnProperty = 0; global.toJSON = 'no function'";
    let kept = invoke(&world, script).await;
    assert_eq!(kept[0], json!(["__proto__", {"polluted": 1}]));
    let again = beside(&world, runner("")).await;
    assert_eq!(run(&again, "").await, kept);
    let seen = run(
        &again,
        "if ({}.polluted || global.polluted || Object.getPrototypeOf(global) !== Object.prototype) global.broken = 1",
    )
    .await;
    assert_eq!(seen, kept);
}

#[tokio::test]
async fn what_the_app_does_to_the_language_changes_nothing() {
    let world = World::of(runner("")).await;
    let script = "global.kept = [{ a: 1 }]
        JSON.stringify = JSON.parse = Reflect.ownKeys = Object.keys = () => { throw new Error('ran') }
        Set.prototype.has = Set.prototype.add = Array.prototype.push = Function.prototype.call = () => { throw new Error('ran') }
        Array.prototype[Symbol.iterator] = function* () {}";
    invoke_quietly(&world, script).await;
    assert_eq!(next(&world, runner("")).await, json!([["kept", [{"a": 1}]]]));
}

#[tokio::test]
async fn a_deleted_key_is_gone() {
    let world = World::of(runner("")).await;
    invoke(&world, "global.a = 1; global.b = 2").await;
    let second = beside(&world, runner("")).await;
    invoke(&second, "delete global.a").await;
    assert_eq!(next(&world, runner("")).await, json!([["b", 2]]));
}

#[tokio::test]
async fn environments_meet_only_in_the_same_key() {
    let one = World::of(runner("")).await;
    invoke(&one, "global.common = 0; global.untouched = 0").await;
    let other = beside(&one, runner("")).await;
    invoke(&other, "global.other = 1; global.common = 1").await;
    invoke(&one, "global.one = 1").await;
    assert_eq!(
        next(&one, runner("")).await,
        json!([["common", 1], ["untouched", 0], ["other", 1], ["one", 1]]),
        "what the first one still remembers of a key that it did not change is not written over the other's"
    );
    invoke(&one, "global.common = 2").await;
    invoke(&other, "").await;
    assert_eq!(next(&one, runner("")).await[0], json!(["common", 2]), "the last writer wins");
}

#[tokio::test]
async fn another_version_or_config_begins_empty() {
    let world = World::of(runner("")).await;
    invoke(&world, "global.a = 1").await;
    assert_eq!(next(&world, runner("")).await, json!([["a", 1]]));
    assert_eq!(next(&world, runner("").file("notes.txt", "another version")).await, json!([]));
    assert_eq!(next(&world, runner("").with(|app| app.config = json!({"key": "value"}))).await, json!([]));
    assert_eq!(next(&world, runner("").named("demo", 40)).await, json!([]), "nor does another installation see it");
}

#[tokio::test]
async fn an_isolate_that_was_rebuilt_has_the_last_snapshot() {
    let world = World::of(runner("").impatient()).await;
    invoke(&world, "global.kept = 1").await;
    run(&world, "global.kept = 2; global.unsaved = 1").await;
    world.process(event(json!({"properties": {"run": "for (;;) {}"}}))).await;
    assert!(world.errors()[0].contains("timed out"), "{:?}", world.errors());
    let properties = world.run_properties().await;
    assert_eq!(properties["global"], json!([["kept", 1]]));
}

#[tokio::test]
async fn what_is_too_large_is_not_stored_and_told_once() {
    let world = World::of(runner("")).await;
    invoke(&world, "global.small = 1").await;
    for script in [
        "global.large = 'x'.repeat(400_000)",
        "global.large = Array.from({ length: 200_000 }, () => 1)",
        "global.large = '\\u0001'.repeat(290_000)",
    ] {
        run(&world, script).await;
        world.pipeline.save_globals().await;
    }
    assert_eq!(warnings(&world), ["global has more than 300000 bytes of JSON: it is not kept"]);
    assert_eq!(next(&world, runner("")).await, json!([["small", 1]]));
    run(&world, "global.large = 'x'.repeat(290_000)").await;
    world.pipeline.save_globals().await;
    assert_eq!(next(&world, runner("")).await.as_array().map(Vec::len), Some(2), "just not too large");
}

#[tokio::test]
async fn documents_that_are_out_of_reach_cost_a_warning() {
    let inner = World::of(runner("")).await;
    invoke(&inner, "global.kept = 1").await;
    let documents = Arc::new(Switchable::new(inner.store.documents()));
    let builder = World::builder().app(runner("")).documents(documents.clone());
    let world = builder.start_over(inner.clock.clone(), inner.store.clone()).await;
    documents.switch_off_snapshots();
    assert_eq!(invoke(&world, "global.late = 1").await, json!([["late", 1]]));
    let told = warnings(&world);
    assert!(told[0].starts_with("global begins without what was kept: "), "{told:?}");
    assert!(told[1].starts_with("global could not be kept: ") && told.len() == 2, "{told:?}");
    documents.switch_on();
    world.pipeline.save_globals().await;
    assert_eq!(
        next(&inner, runner("")).await,
        json!([["kept", 1], ["late", 1]]),
        "what could not be stored is stored later"
    );
}

#[tokio::test]
async fn an_invocation_that_is_almost_over_leaves_it_to_the_next() {
    let world = World::of(runner("")).await;
    run(&world, "global.late = 1").await;
    for (seconds, kept) in [(9, false), (30, true)] {
        world.pipeline.begin(world.clock.elapsed() + Duration::from_secs(seconds));
        world.pipeline.save_globals().await;
        assert_eq!(stored(&world).await.is_some(), kept, "{seconds} s");
    }
}

#[tokio::test]
async fn an_invocation_keeps_it_at_its_end() {
    let app = || AppSetup::new("export function onEvent(event, { global }) { global.seen = event.event }");
    let World { pipeline, clock, store, .. } = World::of(app()).await;
    let teams = TeamDirectory { tokens: HashMap::new(), only_team: Some(TeamId(2)) };
    let processor = PipelineProcessor::new(pipeline, teams);
    let record = Record::new(Lane::Events, "m1", event(json!({})).to_string().into_bytes(), clock.now());
    assert_eq!(processor.process(record).await, RecordOutcome::Done);
    assert_eq!(processor.flush().await, RecordOutcome::Done);
    let next = World::builder().app(app()).start_over(clock, store).await;
    assert_eq!(stored(&next).await.as_deref(), Some(r#"{"v":1,"keys":[["seen","E"]]}"#));
}

#[tokio::test]
async fn an_app_that_has_no_use_for_it_never_asks_the_store() {
    let documents = Arc::new(Switchable::new(World::builder().start().await.store.documents()));
    documents.switch_off_snapshots();
    for (source, durable_global) in [
        ("export function processEvent(event) { return event }", DurableGlobal::Auto),
        (
            "let n = 0; export function processEvent(event, { global }) { global.n = n++; return event }",
            DurableGlobal::Auto,
        ),
        ("export function processEvent(event, { global }) { global.n = 1; return event }", DurableGlobal::Off),
    ] {
        let app = AppSetup::new(source).with(|app| app.durable_global = durable_global);
        let world = World::builder().app(app).documents(documents.clone()).start().await;
        world.run().await.expect("not dropped");
        world.pipeline.save_globals().await;
        assert_eq!(warnings(&world), [""; 0], "{source}");
    }
}

#[tokio::test]
async fn the_end_of_an_environment_keeps_what_is_there_before_teardown() {
    let app = || {
        AppSetup::new(&format!("{RUNNER} export function teardownPlugin({{ global }}) {{ global.connected = false }}"))
            .with(|app| app.durable_global = DurableGlobal::On)
    };
    let world = World::of(app()).await;
    run(&world, "global.connected = true").await;
    world.pipeline.tear_down().await;
    assert_eq!(next(&world, app()).await, json!([["connected", true]]));
}

/// Where the snapshot of the world's app is kept.
fn snapshot_key(world: &World) -> String {
    let installation = world.first().installation();
    format!("global/{}/{}", installation.id, installation.version())
}

/// The snapshot as it is stored.
async fn stored(world: &World) -> Option<String> {
    let document = world.store.documents().get(&snapshot_key(world)).await.expect("in memory");
    document.map(|document| document.json)
}
