//! The numbered cases of behaviour.md, a file a section.

mod cache;
mod capture;
mod chain;
mod errors;
mod export_events;
mod exports;
mod imports;
mod jobs;
mod life_cycle;
mod loading;
mod meta;
mod on_event;
mod outside;
mod retries;
mod sandbox;
mod schedule;
mod set_up;
mod storage;

use serde_json::Value;
use tests::World;

/// A top-level `processEvent` that leaves its mark: `properties.by`.
fn marking(mark: &str) -> String {
    format!("function processEvent(event) {{ event.properties.by = '{mark}'; return event }}")
}

/// The properties of the base event after an app with this source.
async fn properties_after(source: &str) -> Value {
    World::with(source).await.run_properties().await
}

/// An app that puts what `body` returns, or the text of what it throws, into `properties.result`; `meta` names what `body` needs.
fn working(meta: &str, body: &str) -> String {
    format!(
        "async function work({meta}) {{ {body} }}
         export async function processEvent(event, meta) {{
             try {{ event.properties.result = await work(meta) }} catch (error) {{ event.properties.result = String(error) }}
             return event
         }}"
    )
}

/// What the app's work comes to for one more event.
async fn again(world: &World) -> Value {
    world.run().await.expect("not dropped")["properties"]["result"].clone()
}
