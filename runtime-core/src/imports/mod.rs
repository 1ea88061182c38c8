//! What an app can import, a file a module (behaviour.md a.3).

pub(crate) mod crypto;
pub(crate) mod zlib;

use rquickjs::{Ctx, Exception, Function, Object, Result, Value};

/// The names an app can import in this version.
pub const NAMES: &[&str] =
    &["@posthog/plugin-contrib", "@posthog/plugin-scaffold", "crypto", "jsonwebtoken", "node-fetch", "url", "zlib"];

/// The host's object for an importable name, the same at every call in one context.
pub fn module<'js>(ctx: &Ctx<'js>, name: &str) -> Result<Value<'js>> {
    if !NAMES.contains(&name) {
        return Err(Exception::throw_message(ctx, &format!("there is no importable module named {name}")));
    }
    crate::node::load(ctx, &format!("imports/{name}"))
}

/// A `fetch` over another function of the host than the app's own `fetch` has: the same surface, for `posthog.api`. The shapes
/// that `send` takes and gives are in `imports/node_fetch.js`.
pub fn fetch_over<'js>(ctx: &Ctx<'js>, send: Function<'js>) -> Result<Function<'js>> {
    let source: Object<'js> = crate::node::load(ctx, "imports/node_fetch")?.get()?;
    source.get::<_, Function<'js>>("fetchOver")?.call((send,))
}

#[cfg(test)]
mod tests;
