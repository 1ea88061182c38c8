//! Calls in an isolate: those that wait for their start, and those that have started.

use super::call::{CallReport, CallRequest, TailReport};
use super::engine::Engine;
use super::error::{CallError, Thrown};
use super::turns::CallId;
use rquickjs::{Ctx, Persistent, Promise, Value};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

pub(super) enum Reply {
    Call(oneshot::Sender<CallReport>),
    SetUp,
}

/// A call that has not started, or whose isolate was lost under it.
pub(super) struct Waiting {
    pub(super) request: Arc<CallRequest>,
    pub(super) reply: Reply,
    pub(super) losses: u8,
}

/// A call that has started.
pub(super) struct Active {
    pub(super) id: CallId,
    pub(super) waiting: Option<Waiting>,
    pub(super) name: String,
    pub(super) context_request: Arc<CallRequest>,
    pub(super) promise: Option<Persistent<Promise<'static>>>,
    pub(super) argument: Option<Persistent<Value<'static>>>,
    pub(super) started: Duration,
    pub(super) cpu: Duration,
    pub(super) limit: Duration,
    pub(super) deadline: Duration,
    pub(super) detached_errors: Vec<Thrown>,
    pub(super) tail: Option<oneshot::Sender<TailReport>>,
    pub(super) tail_errors: Vec<CallError>,
}

/// What the first stretch of a call leaves to be waited for.
pub(super) struct Begun {
    pub(super) promise: Persistent<Promise<'static>>,
    pub(super) argument: Option<Persistent<Value<'static>>>,
}

/// Calls the function; `None` if the app does not have it. A result that is no promise becomes a settled one.
pub(super) fn begin(ctx: &Ctx<'_>, engine: &Engine, request: &CallRequest) -> rquickjs::Result<Option<Begun>> {
    let (Some(exports), Some(meta), Some(installed)) = (&engine.exports, &engine.meta, &engine.installed) else {
        return Ok(None);
    };
    let Some(function) = exports.function(ctx, &request.function)? else { return Ok(None) };
    let meta = meta.clone().restore(ctx)?;
    let mut saved = None;
    let argument = match &request.argument {
        None => None,
        Some(json) => {
            let value = ctx.json_parse(json.as_bytes())?;
            let value = installed.revive(ctx, &request.function, value)?;
            saved = Some(Persistent::save(ctx, value.clone()));
            Some(value)
        }
    };
    let promise = installed.start_call(ctx, &function, argument, meta)?;
    Ok(Some(Begun { promise: Persistent::save(ctx, promise), argument: saved }))
}

/// Reports a call that never started.
pub(super) fn fail(waiting: Waiting, error: CallError) {
    if let Reply::Call(reply) = waiting.reply {
        // Nobody waits any more: nothing to tell.
        let _ = reply.send(CallReport::failed(error));
    }
}
