//! `meta.global` beyond the life of an isolate: what is kept, what is not, and what several environments make of it.

mod environments;
mod plain;

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
