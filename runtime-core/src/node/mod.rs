//! What apps get of Node.js: the globals `Buffer`, `URL` and `Intl`, and under them the sources and
//! natives that the importable modules of [`crate::imports`] share.
//!
//! Everything is JavaScript beside Rust natives, and everything but a small install script is evaluated at its first use, so
//! that an isolate that never touches `Buffer` pays for no `Buffer`. A source is one function expression that gets what it
//! needs as arguments (`registry`); no internal name is left where an app could reach it, and no name that an app declares
//! at its top level (`const URL = …`) can change what our sources see.

mod buffer;
mod buffer_find;
mod bytes;
mod compiled;
mod intl;
mod registry;
mod sources;
mod units;
mod url;

pub(crate) use bytes::{array_buffer, view};
pub(crate) use compiled::{Script, compile, evaluate};
pub use registry::{HostFunction, NodeHost};
pub(crate) use registry::{Thrown, coded_error, entropy, load, native, throw_coded, throw_with, with_entropy};

use rquickjs::{Ctx, Function, Object, Result};

/// Defines the globals `Buffer`, `URL`, `fetch`, `RetryError` and `Intl` (behaviour.md a.2).
///
/// They are configurable, writable and not enumerable, so that an app may declare or assign any of these names itself. Call it
/// once per context, before any code of an app; a runtime holds one installed context.
pub fn install(ctx: &Ctx<'_>, host: NodeHost) -> Result<()> {
    registry::create(ctx, host)?;
    load(ctx, "node/globals")?;
    install_intl_guard(ctx)
}

/// Where the engine lacks `Intl`, puts ours there and under the methods that depend on it; what ours does not have throws an
/// error that says so: never a silently wrong answer. Nothing of it is evaluated before it is used. Part of [`install`].
pub fn install_intl_guard(ctx: &Ctx<'_>) -> Result<()> {
    load(ctx, "node/intl_guard")?;
    Ok(())
}

/// The class `RetryError`, whatever an app has made of the global of that name; for `instanceof` (case 42).
pub fn retry_error<'js>(ctx: &Ctx<'js>) -> Result<Function<'js>> {
    let scaffold: Object<'js> = load(ctx, "imports/@posthog/plugin-scaffold")?.get()?;
    scaffold.get("RetryError")
}

/// Gives the modules a function of the host: what `fetch` and `createBuffer` call. The last one set wins.
pub fn set_host_function<'js>(ctx: &Ctx<'js>, which: HostFunction, function: Function<'js>) -> Result<()> {
    registry::set_host_function(ctx, which, function)
}

/// A `Buffer` with a copy of `bytes`, whatever an app has made of the global of that name; for attachments (case 67).
pub fn buffer<'js>(ctx: &Ctx<'js>, bytes: &[u8]) -> Result<Object<'js>> {
    let source: Object<'js> = load(ctx, "node/buffer")?.get()?;
    let from: Function<'js> = source.get("from")?;
    from.call((array_buffer(ctx, bytes)?,))
}

/// The names of the units of the imports bundle that the context has evaluated.
pub fn loaded_units(ctx: &Ctx<'_>) -> Result<Vec<String>> {
    let require: Object<'_> = load(ctx, "node/units")?.get()?;
    require.get::<_, Function<'_>>("loaded")?.call(())
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
