//! `fetch`, between the JavaScript surface (`imports/node_fetch.js`) and `host/fetch`.

use crate::host::Host;
use crate::isolate::turns::Turns;
use rquickjs::{Ctx, Exception, Function, Object, Value};
use std::rc::Rc;
use std::sync::Arc;

/// The host's part of `fetch`.
pub(super) fn function<'js>(ctx: &Ctx<'js>, host: &Arc<Host>, turns: &Rc<Turns>) -> rquickjs::Result<Function<'js>> {
    let (_host, _turns) = (host.clone(), turns.clone());
    Function::new(ctx.clone(), move |ctx: Ctx<'js>, _request: Object<'js>| -> rquickjs::Result<Value<'js>> {
        Err(Exception::throw_message(&ctx, "fetch is not wired"))
    })
}

/// What `posthog.api` sends its requests with.
pub(super) fn posthog_surface<'js>(ctx: &Ctx<'js>) -> rquickjs::Result<Object<'js>> {
    Object::new(ctx.clone())
}
