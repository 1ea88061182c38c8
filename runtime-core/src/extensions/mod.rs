//! What an app can touch: `meta` and the globals, a JavaScript file each, over a few natives of the host.
//!
//! The JavaScript files are factories that get the natives as arguments, so no internal name is left where an app could reach it.
//! What has to go outside goes through [`crate::host::door`].

mod console;
mod discover;
mod fetch;
pub mod geoip;
mod global;
pub mod jobs;
mod natives;
pub(crate) mod sockets;
mod timers;

use crate::host::ports::Reality;
use crate::host::{CallContext, Host};
use crate::isolate::Function as AppFunction;
use crate::isolate::turns::{CallId, Turns, TurnsOfContext};
use crate::node::{self, HostFunction, NodeHost};
pub(crate) use global::{Fault, GlobalAccess, Reading};
use rquickjs::function::Args;
use rquickjs::object::Property;
use rquickjs::{Constructor, Ctx, Exception, Function, Object, Persistent, Promise, Value};
use sockets::Sockets;
use std::rc::Rc;
use std::sync::Arc;
use timers::Timers;

/// The globals that the reference withholds and the engine would give (behaviour.md a.2, case 45).
const WITHHELD: [&str; 10] = [
    "atob",
    "btoa",
    "navigator",
    "performance",
    "print",
    "queueMicrotask",
    "structuredClone",
    "TextDecoder",
    "TextEncoder",
    "URLSearchParams",
];

/// What installing leaves for the isolate to use.
#[derive(Clone)]
pub(crate) struct Installed {
    discover: Persistent<Function<'static>>,
    is_retry: Persistent<Function<'static>>,
    resolve: Persistent<Function<'static>>,
    reject: Persistent<Function<'static>>,
    date: Persistent<Constructor<'static>>,
    timers: Rc<Timers>,
    sockets: Rc<Sockets>,
    global: Option<GlobalAccess>,
}

/// Defines the globals of an app in a fresh context.
pub(crate) fn install(ctx: &Ctx<'_>, host: &Arc<Host>, turns: &Rc<Turns>) -> rquickjs::Result<Installed> {
    let globals = ctx.globals();
    for name in WITHHELD {
        globals.remove(name)?;
    }
    node::install(ctx, NodeHost { entropy: host.ports.entropy.clone(), imports: host.ports.imports.clone() })?;
    let timers = Timers::install(ctx, turns)?;
    node::set_host_function(ctx, HostFunction::Fetch, fetch::app_function(ctx, host, turns)?)?;
    ctx.store_userdata(TurnsOfContext(turns.clone()))
        .map_err(|_| Exception::throw_message(ctx, "the turns of the context are in use"))?;
    let sockets = Sockets::install(ctx, host, turns)?;
    #[cfg(test)]
    sockets::tests::give_to_app(ctx)?;
    if host.reality == Reality::Simulated {
        simulate(ctx, host)?;
    }
    let module = Object::new(ctx.clone())?;
    module.set("exports", Object::new(ctx.clone())?)?;
    define(&globals, "module", module.clone())?;
    let exports = Object::new(ctx.clone())?;
    define(&globals, "exports", exports.clone())?;
    define(&globals, "global", globals.clone())?;
    let natives = natives::natives(ctx, host, turns)?;
    define(&globals, "console", evaluate(ctx, "extensions/console", console::SOURCE, &natives)?)?;
    natives.set("fetch", fetch::posthog_function(ctx, host, turns)?)?;
    define(&globals, "posthog", evaluate(ctx, "extensions/posthog", include_str!("posthog.js"), &natives)?)?;
    install_internals(ctx, exports)?;

    natives.set("module", module)?;
    let discover: Function = typed(evaluate(ctx, "extensions/discover", discover::SOURCE, &natives)?)?;
    let is_retry: Function =
        ctx.eval::<Function, _>("(kind) => (error) => error instanceof kind")?.call((node::retry_error(ctx)?,))?;
    let global = host.installation.keeps_global().then(|| GlobalAccess::install(ctx, &natives)).transpose()?;
    // Bound now, as the app may put something else in their place.
    let promises: Object =
        ctx.eval("({ resolve: Promise.resolve.bind(Promise), reject: Promise.reject.bind(Promise) })")?;
    Ok(Installed {
        discover: Persistent::save(ctx, discover),
        is_retry: Persistent::save(ctx, is_retry),
        resolve: Persistent::save(ctx, promises.get::<_, Function>("resolve")?),
        reject: Persistent::save(ctx, promises.get::<_, Function>("reject")?),
        date: Persistent::save(ctx, globals.get::<_, Constructor>("Date")?),
        timers,
        sockets,
        global,
    })
}

/// Builds `meta` for an app whose `metrics` export is known (behaviour.md a.6, case 64).
pub(crate) fn build_meta<'js>(
    ctx: &Ctx<'js>,
    host: &Arc<Host>,
    turns: &Rc<Turns>,
    metrics: Option<Persistent<Value<'static>>>,
) -> rquickjs::Result<Object<'js>> {
    let natives = natives::natives(ctx, host, turns)?;
    let declared = metrics.map(|metrics| metrics.restore(ctx)).transpose()?;
    natives.set("declared", declared)?;
    let parts = Object::new(ctx.clone())?;
    parts.set("cache", evaluate(ctx, "extensions/cache", include_str!("cache.js"), &natives)?)?;
    let stored: Object = typed(evaluate(ctx, "extensions/storage", include_str!("storage.js"), &natives)?)?;
    parts.set("storage", stored.get::<_, Value>("storage")?)?;
    parts.set("cursor", stored.get::<_, Value>("cursor")?)?;
    parts.set("jobs", evaluate(ctx, "extensions/jobs", jobs::SOURCE, &natives)?)?;
    parts.set("metrics", evaluate(ctx, "extensions/metrics", include_str!("metrics.js"), &natives)?)?;
    parts.set("geoip", evaluate(ctx, "extensions/geoip", include_str!("geoip.js"), &natives)?)?;
    let config = serde_json::to_string(&host.installation.config).expect("a map of JSON values has a JSON form");
    parts.set("config", ctx.json_parse(config)?)?;
    parts.set("attachments", natives::attachments(ctx, &host.installation)?)?;
    typed(evaluate(ctx, "extensions/meta", include_str!("meta.js"), &parts)?)
}

impl Installed {
    /// The function that finds an app's exports.
    pub(crate) fn discover<'js>(&self, ctx: &Ctx<'js>) -> rquickjs::Result<Function<'js>> {
        self.discover.clone().restore(ctx)
    }

    /// Whether a thrown value is an instance of RetryError or of a class that extends it (case 42).
    pub(crate) fn is_retry_error<'js>(&self, ctx: &Ctx<'js>, value: &Value<'js>) -> bool {
        let checked = self.is_retry.clone().restore(ctx).and_then(|check| check.call::<_, bool>((value.clone(),)));
        checked.unwrap_or_else(|_| {
            ctx.catch();
            false
        })
    }

    /// Calls an app's function without a receiver. Whatever it returns or throws becomes a promise; only an interrupt is an error.
    pub(crate) fn start_call<'js>(
        &self,
        ctx: &Ctx<'js>,
        function: &Function<'js>,
        argument: Option<Value<'js>>,
        meta: Object<'js>,
    ) -> rquickjs::Result<Promise<'js>> {
        let mut args = Args::new(ctx.clone(), 2);
        if let Some(argument) = argument {
            args.push_arg(argument)?;
        }
        args.push_arg(meta)?;
        match function.call_arg::<Value>(args) {
            Ok(value) => self.resolve.clone().restore(ctx)?.call((value,)),
            Err(rquickjs::Error::Exception) => {
                let thrown = ctx.catch();
                if thrown.as_object().is_some_and(is_stop) {
                    return Err(ctx.throw(thrown));
                }
                self.reject.clone().restore(ctx)?.call((thrown,))
            }
            Err(error) => Err(error),
        }
    }

    /// Gives an argument what JSON cannot: the `timestamp` of composeWebhook's event is a Date (behaviour.md c.7).
    pub(crate) fn revive<'js>(
        &self,
        ctx: &Ctx<'js>,
        function: &AppFunction,
        value: Value<'js>,
    ) -> rquickjs::Result<Value<'js>> {
        if *function == AppFunction::ComposeWebhook
            && let Some(event) = value.as_object()
            && let Some(timestamp) = event.get::<_, Option<String>>("timestamp").ok().flatten()
        {
            let date: Value = self.date.clone().restore(ctx)?.construct((timestamp,))?;
            event.set("timestamp", date)?;
        }
        Ok(value)
    }

    /// The way into `meta.global`, where that is kept.
    pub(crate) fn global(&self) -> Option<&GlobalAccess> {
        self.global.as_ref()
    }

    /// The connections of packages.
    pub(crate) fn sockets(&self) -> &Sockets {
        &self.sockets
    }

    /// Whether the call has set timers that have not fired.
    pub(crate) fn has_timers(&self, call: CallId) -> bool {
        self.timers.any(call)
    }

    /// Fires the call's timers at once (behaviour.md, table row "unawaited work").
    pub(crate) fn fire_timers(&self, ctx: &Ctx<'_>, call: CallId) -> rquickjs::Result<()> {
        for callback in self.timers.take(call) {
            if let Err(rquickjs::Error::Exception) = callback.restore(ctx)?.call::<_, Value>(()) {
                let thrown = ctx.catch();
                // Nobody waits for a timer: its error is an unhandled one of the app.
                let _: Value = self.reject.clone().restore(ctx)?.call((thrown,))?;
            }
        }
        Ok(())
    }

    /// Lets go of the app's values that timers hold.
    pub(crate) fn clear(&self) {
        self.timers.clear();
    }
}

/// Whether the engine itself stopped the app: then there is no result to hand on, whatever an app could make of it.
fn is_stop(error: &Object<'_>) -> bool {
    let text = |member: &str| error.get::<_, String>(member).unwrap_or_default();
    error.is_error()
        && text("name") == "InternalError"
        && matches!(text("message").as_str(), "interrupted" | "out of memory")
}

/// What the transform's output calls: `__hedgerow.module(name)` and `__hedgerow.exports`.
fn install_internals<'js>(ctx: &Ctx<'js>, exports: Object<'js>) -> rquickjs::Result<()> {
    let module = Function::new(ctx.clone(), |ctx: Ctx<'js>, name: String| crate::imports::module(&ctx, &name))?;
    let make: Function = ctx.eval("(module, exports) => Object.freeze({ module: (name) => module(name), exports })")?;
    let internals: Object = make.call((module, exports))?;
    ctx.globals().prop("__hedgerow", Property::from(internals))
}

/// `Date` and `Math.random` over the ports (case-files.md, `now` and `seed`).
fn simulate(ctx: &Ctx<'_>, host: &Arc<Host>) -> rquickjs::Result<()> {
    let parts = Object::new(ctx.clone())?;
    let clock = host.ports.clock.clone();
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^53")]
    parts.set("now", Function::new(ctx.clone(), move || clock.now().0 as f64)?)?;
    let entropy = host.ports.entropy.clone();
    parts.set(
        "random",
        Function::new(ctx.clone(), move || {
            let mut bytes = [0_u8; 4];
            entropy.fill(&mut bytes);
            f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
        })?,
    )?;
    evaluate(ctx, "extensions/simulate", include_str!("simulate.js"), &parts)?;
    Ok(())
}

/// A configurable, writable global that `Object.keys(globalThis)` does not show, so that an app may declare the name itself.
fn define<'js>(globals: &Object<'js>, name: &str, value: impl rquickjs::IntoJs<'js>) -> rquickjs::Result<()> {
    let value = value.into_js(globals.ctx())?;
    globals.prop(name, Property::from(value).configurable().writable())
}

/// Calls a factory with its natives.
fn evaluate<'js>(
    ctx: &Ctx<'js>,
    name: &'static str,
    source: &'static str,
    natives: &Object<'js>,
) -> rquickjs::Result<Value<'js>> {
    let factory: Function = typed(node::evaluate(ctx, name, source)?)?;
    factory.call((natives.clone(),))
}

fn typed<'js, T: rquickjs::FromJs<'js>>(value: Value<'js>) -> rquickjs::Result<T> {
    let ctx = value.ctx().clone();
    T::from_js(&ctx, value)
}

/// The context of the current call, or the error that a call gets which was ended meanwhile.
pub(crate) fn current_context(ctx: &Ctx<'_>, turns: &Turns) -> rquickjs::Result<Arc<CallContext>> {
    turns.current_context().ok_or_else(|| {
        Exception::throw_message(ctx, "this cannot be used while the app loads, nor after the call has ended")
    })
}
