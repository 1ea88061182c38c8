//! What the JavaScript of ours shares within one context: the captured built-ins, the sources evaluated so far, the functions
//! of the host.

use crate::imports::bundle::ImportsBundle;
use crate::node::compiled::evaluate;
use crate::node::sources::{self, Source};
use crate::ports::entropy::Entropy;
use rquickjs::function::{Constructor, IntoJsFunc};
use rquickjs::{Ctx, Error, Exception, Function, JsLifetime, Object, Result, Value, qjs};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ptr::NonNull;
use std::sync::Arc;

/// What the outside gives to the Node modules of one context.
#[derive(Clone)]
pub struct NodeHost {
    /// Where `randomBytes`, `randomUUID` and `randomInt` draw from.
    pub entropy: Arc<dyn Entropy>,
    /// Where npm packages come from; `None` where there is no bundle, which an app sees that imports one of them.
    pub imports: Option<Arc<ImportsBundle>>,
}

/// A function that the host gives with [`crate::node::set_host_function`], as JavaScript calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HostFunction {
    /// `(request) -> Promise<head>`; the shapes are in `imports/node_fetch.js`. Unset: `fetch` rejects.
    Fetch,
    /// `(callback, milliseconds) -> id`, any value; pending callbacks are fired by the host when the call ends (behaviour.md,
    /// "unawaited work"). Unset: `createBuffer` flushes by size and by hand only.
    SetTimer,
    /// `(id) -> undefined`.
    ClearTimer,
}

impl HostFunction {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "fetch" => Some(Self::Fetch),
            "setTimer" => Some(Self::SetTimer),
            "clearTimer" => Some(Self::ClearTimer),
            _ => None,
        }
    }
}

/// Lives in the runtime's user data, which is dropped before the runtime: the values in it do not outlive it, and no cycle
/// through Rust can form that the collector does not see, since nothing here is held by a JavaScript object.
struct Registry<'js> {
    context: NonNull<qjs::JSContext>,
    host: NodeHost,
    builtins: Object<'js>,
    loaded: RefCell<HashMap<&'static str, Value<'js>>>,
    host_functions: RefCell<HashMap<HostFunction, Function<'js>>>,
}

// SAFETY: the only lifetime in the type is the engine's, and `Changed` replaces every occurrence of it.
unsafe impl<'js> JsLifetime<'js> for Registry<'js> {
    type Changed<'to> = Registry<'to>;
}

/// Creates the registry of a context, capturing the built-ins while no code of an app has run.
pub(super) fn create(ctx: &Ctx<'_>, host: NodeHost) -> Result<()> {
    let builtins = evaluate(ctx, "node/builtins", include_str!("builtins.js"))?.get()?;
    let registry = Registry {
        context: ctx.as_raw(),
        host,
        builtins,
        loaded: RefCell::default(),
        host_functions: RefCell::default(),
    };
    ctx.store_userdata(registry).map_err(|_| {
        Exception::throw_message(ctx, "the Node modules cannot be installed while one of them is running")
    })?;
    Ok(())
}

/// The value that the source `name` evaluates to, the same at every call in one context.
pub(crate) fn load<'js>(ctx: &Ctx<'js>, name: &str) -> Result<Value<'js>> {
    let source = sources::find(name)
        .ok_or_else(|| Exception::throw_message(ctx, &format!("there is no source named {name}")))?;
    if let Some(value) = with(ctx, |registry| registry.loaded.borrow().get(source.name).cloned())? {
        return Ok(value);
    }
    let value = instantiate(ctx, source)?;
    with(ctx, |registry| registry.loaded.borrow_mut().insert(source.name, value.clone()))?;
    Ok(value)
}

/// Makes a native for a source; see [`Source::natives`].
pub(crate) fn native<'js, P, F: IntoJsFunc<'js, P> + 'js>(object: &Object<'js>, name: &str, function: F) -> Result<()> {
    object.set(name, Function::new(object.ctx().clone(), function)?.with_name(name)?)
}

/// Runs `action` with the context's source of random bytes.
pub(crate) fn with_entropy<R>(ctx: &Ctx<'_>, action: impl FnOnce(&dyn Entropy) -> R) -> Result<R> {
    Ok(action(entropy(ctx)?.as_ref()))
}

/// The bundle of the context, if it has one.
pub(super) fn imports(ctx: &Ctx<'_>) -> Result<Option<Arc<ImportsBundle>>> {
    with(ctx, |registry| registry.host.imports.clone())
}

/// Throws an `Error` with Node's `code`, and `errno` where Node has one.
pub(crate) fn throw_coded(ctx: &Ctx<'_>, message: &str, code: &str, errno: Option<i32>) -> Error {
    match coded_error(ctx, message, code, errno) {
        Ok(error) => ctx.throw(error.into_value()),
        Err(error) => error,
    }
}

/// The same without throwing it. Through the constructor, as the engine's own way from Rust leaves an enumerable `message`.
pub(crate) fn coded_error<'js>(ctx: &Ctx<'js>, message: &str, code: &str, errno: Option<i32>) -> Result<Object<'js>> {
    let builtins = with(ctx, |registry| registry.builtins.clone())?;
    let constructor: Constructor<'js> = builtins.get("Error")?;
    let error: Object<'js> = constructor.construct((message,))?;
    if let Some(errno) = errno {
        error.set("errno", errno)?;
    }
    error.set("code", code)?;
    Ok(error)
}

/// An error to throw: one of the built-in classes, its message, and its own properties in order.
pub(crate) struct Thrown<'text> {
    pub(crate) class: &'text str,
    pub(crate) message: &'text str,
    pub(crate) properties: &'text [(&'text str, &'text str)],
}

/// Throws what `thrown` says.
pub(crate) fn throw_with(ctx: &Ctx<'_>, thrown: &Thrown<'_>) -> Error {
    let make = || {
        let builtins = with(ctx, |registry| registry.builtins.clone())?;
        let constructor: Constructor<'_> = builtins.get(thrown.class)?;
        let error: Object<'_> = constructor.construct((thrown.message,))?;
        for (name, value) in thrown.properties {
            error.set(*name, *value)?;
        }
        Ok(error.into_value())
    };
    match make() {
        Ok(error) => ctx.throw(error),
        Err(error) => error,
    }
}

/// The context's source of random bytes.
pub(crate) fn entropy(ctx: &Ctx<'_>) -> Result<Arc<dyn Entropy>> {
    with(ctx, |registry| registry.host.entropy.clone())
}

pub(super) fn set_host_function<'js>(ctx: &Ctx<'js>, which: HostFunction, function: Function<'js>) -> Result<()> {
    with(ctx, |registry| registry.host_functions.borrow_mut().insert(which, function))?;
    Ok(())
}

fn with<'js, R>(ctx: &Ctx<'js>, action: impl FnOnce(&Registry<'js>) -> R) -> Result<R> {
    match ctx.userdata::<Registry<'js>>() {
        Some(registry) if registry.context == ctx.as_raw() => Ok(action(&registry)),
        _ => Err(Exception::throw_message(ctx, "node::install has not been called for this context")),
    }
}

fn instantiate<'js>(ctx: &Ctx<'js>, source: &Source) -> Result<Value<'js>> {
    let factory: Function<'js> = evaluate(ctx, source.name, source.text)?
        .into_function()
        .ok_or_else(|| Exception::throw_message(ctx, "a source of ours is not a function"))?;
    // Without a prototype, so that a setter that an app puts on Object.prototype is not handed a native.
    let natives = Object::new_proto(ctx.clone(), None)?;
    (source.natives)(&natives)?;
    native(&natives, "hostFunction", host_function)?;
    let load_source = Function::new(ctx.clone(), |ctx: Ctx<'js>, name: String| load(&ctx, &name))?;
    let builtins = with(ctx, |registry| registry.builtins.clone())?;
    factory.call((builtins, natives, load_source))
}

#[expect(clippy::needless_pass_by_value, reason = "a native takes its arguments as the engine converts them, by value")]
fn host_function<'js>(ctx: Ctx<'js>, name: String) -> Result<Option<Function<'js>>> {
    let which = HostFunction::from_name(&name)
        .ok_or_else(|| Exception::throw_message(&ctx, &format!("the host has no function named {name}")))?;
    with(&ctx, |registry| registry.host_functions.borrow().get(&which).cloned())
}
