//! What an app can import, a file a module (behaviour.md a.3).

pub mod bundle;
pub(crate) mod crypto;
pub(crate) mod zlib;

use rquickjs::{Ctx, Exception, Function, Object, Result, Value};

/// The names an app can import that are part of the core.
const BUILT_IN: &[&str] =
    &["@posthog/plugin-contrib", "@posthog/plugin-scaffold", "crypto", "node-fetch", "stream", "url", "zlib"];

/// The names an app can import that are npm packages of the imports bundle.
const BUNDLED: &[&str] = &[
    "@google-cloud/bigquery",
    "@google-cloud/pubsub",
    "@google-cloud/storage",
    "aws-sdk",
    "faker",
    "generic-pool",
    "jsonwebtoken",
    "pg",
    "snowflake-sdk",
];

/// Whether `name` is an npm package: an app that imports it needs the imports bundle.
pub fn needs_bundle(name: &str) -> bool {
    name == "stream" || BUNDLED.contains(&name)
}

/// The names an app can import in this version.
pub fn names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().chain(BUNDLED).copied()
}

/// The host's object for an importable name, the same at every call in one context.
pub fn module<'js>(ctx: &Ctx<'js>, name: &str) -> Result<Value<'js>> {
    if BUILT_IN.contains(&name) {
        return crate::node::load(ctx, &format!("imports/{name}"));
    }
    if BUNDLED.contains(&name) {
        let require: Function<'js> = crate::node::load(ctx, "node/units")?.get()?;
        return require.call((name,));
    }
    Err(Exception::throw_message(ctx, &format!("there is no importable module named {name}")))
}

/// A `fetch` over another function of the host than the app's own `fetch` has: the same surface, for `posthog.api`. The shapes
/// that `send` takes and gives are in `imports/node_fetch.js`.
pub fn fetch_over<'js>(ctx: &Ctx<'js>, send: Function<'js>) -> Result<Function<'js>> {
    let source: Object<'js> = crate::node::load(ctx, "imports/node_fetch")?.get()?;
    source.get::<_, Function<'js>>("fetchOver")?.call((send,))
}

#[cfg(test)]
mod tests;
