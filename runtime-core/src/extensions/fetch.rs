//! `fetch`, between the JavaScript surface (`imports/node_fetch.js`) and `host/fetch`.

use super::{current_context, natives};
use crate::host::Host;
use crate::host::egress::EgressRules;
use crate::host::fetch::{self, BodyReader, ContentDecoding, FetchError, FetchRequest, FetchResponse, Redirect};
use crate::isolate::turns::{HostAnswer, Turns, TurnsOfContext};
use crate::ports::http::EgressPolicy;
use rquickjs::{Ctx, Exception, FromJs, Function, Object, TypedArray, Value};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// The `fetch` of `posthog.api`: as the app's, with the operator's PostHog instance allowed.
pub(super) fn posthog_function<'js>(
    ctx: &Ctx<'js>,
    host: &Arc<Host>,
    turns: &Rc<Turns>,
) -> rquickjs::Result<Function<'js>> {
    let send = function(ctx, host, turns, posthog_egress(host))?;
    // Made at the first use, as most apps never call posthog.api.
    let make = Function::new(ctx.clone(), |ctx: Ctx<'js>, send: Function<'js>| crate::imports::fetch_over(&ctx, send))?;
    let lazy: Function =
        ctx.eval("(make, send) => { let made; return (url, init) => (made ||= make(send))(url, init) }")?;
    lazy.call((make, send))
}

/// The host's part of `fetch` for the app itself, within what its installation may reach.
pub(super) fn app_function<'js>(
    ctx: &Ctx<'js>,
    host: &Arc<Host>,
    turns: &Rc<Turns>,
) -> rquickjs::Result<Function<'js>> {
    function(ctx, host, turns, host.installation.egress.clone())
}

fn function<'js>(
    ctx: &Ctx<'js>,
    host: &Arc<Host>,
    turns: &Rc<Turns>,
    egress: Arc<EgressRules>,
) -> rquickjs::Result<Function<'js>> {
    let (host, turns) = (host.clone(), turns.clone());
    Function::new(ctx.clone(), move |ctx: Ctx<'js>, request: Object<'js>| {
        current_context(&ctx, &turns)?.count_host_call();
        natives::record(&ctx, &host, "fetch", request.get("args")?)?;
        let request = read_request(&request, &host, egress.clone())?;
        let (client, clock) = (host.ports.http.clone(), host.ports.clock.clone());
        turns.promise(&ctx, async move {
            let response = fetch::fetch(&*client, &clock, request).await;
            HostAnswer::Settle(Box::new(move |ctx| match response {
                Ok(response) => head_object(ctx, response),
                Err(error) => Err(thrown(ctx, &error)),
            }))
        })
    })
}

/// The egress rules of `posthog.api`: the installation's, and the operator's own PostHog instance (behaviour.md b.7).
fn posthog_egress(host: &Host) -> Arc<EgressRules> {
    let own = &host.installation.egress;
    let configured = host.posthog.host.as_deref().and_then(|text| Url::parse(text).ok());
    let Some(name) = configured.as_ref().and_then(Url::host_str) else { return own.clone() };
    let mut policy = EgressPolicy::clone(own.policy());
    policy.allowed_hosts.push(name.to_owned());
    if let Some(only) = &mut policy.only_hosts {
        only.push(name.to_owned());
    }
    EgressRules::new(&Arc::new(policy)).map_or_else(|_| own.clone(), Arc::new)
}

fn read_request(request: &Object<'_>, host: &Host, egress: Arc<EgressRules>) -> rquickjs::Result<FetchRequest> {
    let body: Option<TypedArray<'_, u8>> = request.get("body")?;
    let headers: Vec<Vec<String>> = request.get("headers")?;
    let redirect: String = request.get("redirect")?;
    let whole = |name: &str| -> rquickjs::Result<u64> {
        let number: f64 = request.get::<_, Option<f64>>(name)?.unwrap_or_default();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and NaN becomes 0")]
        Ok(number as u64)
    };
    let timeout_ms = whole("timeout")?;
    let mut sent = FetchRequest::get(request.get::<_, String>("url")?, egress);
    sent.method = request.get("method")?;
    sent.headers = headers.into_iter().filter_map(|pair| <[String; 2]>::try_from(pair).ok()).map(Into::into).collect();
    sent.body = body.map(|bytes| crate::node::view(&bytes, bytes::Bytes::copy_from_slice));
    sent.content_type_default = request.get("contentType")?;
    sent.redirect = match redirect.as_str() {
        "manual" => Redirect::Manual,
        "error" => Redirect::Error,
        _ => Redirect::Follow,
    };
    sent.follow = u32::try_from(whole("follow")?).unwrap_or(u32::MAX);
    sent.timeout = (timeout_ms > 0).then(|| Duration::from_millis(timeout_ms));
    sent.size = whole("size")?;
    sent.content_decoding =
        if request.get::<_, bool>("compress")? { ContentDecoding::Decode } else { ContentDecoding::Keep };
    sent.max_response_bytes = host.installation.limits.max_response_bytes;
    Ok(sent)
}

/// The head of a response as the JavaScript side takes it.
fn head_object<'js>(ctx: &Ctx<'js>, response: FetchResponse) -> rquickjs::Result<Value<'js>> {
    let FetchResponse { head, body } = response;
    let object = Object::new(ctx.clone())?;
    object.set("url", head.url.as_str())?;
    object.set("status", head.status)?;
    object.set("statusText", head.status_text)?;
    object.set("redirected", head.redirects > 0)?;
    let headers: Vec<Vec<String>> = head.headers.into_iter().map(|(name, value)| vec![name, value]).collect();
    object.set("headers", headers)?;
    let unread = RefCell::new(Some(body));
    object.set(
        "readBody",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>| read_body(&ctx, unread.borrow_mut().take()))?,
    )?;
    Ok(object.into_value())
}

fn read_body<'js>(ctx: &Ctx<'js>, body: Option<BodyReader>) -> rquickjs::Result<Value<'js>> {
    let Some(body) = body else { return Err(Exception::throw_type(ctx, "the body was read already")) };
    let turns = ctx
        .userdata::<TurnsOfContext>()
        .map(|turns| turns.0.clone())
        .ok_or_else(|| Exception::throw_message(ctx, "the isolate has ended"))?;
    current_context(ctx, &turns)?;
    turns.promise(ctx, async move {
        let bytes = body.read_all().await;
        HostAnswer::Settle(Box::new(move |ctx| match bytes {
            Ok(bytes) => {
                TypedArray::<u8>::from_arraybuffer(crate::node::array_buffer(ctx, bytes)?).map(TypedArray::into_value)
            }
            Err(error) => Err(thrown(ctx, &error)),
        }))
    })
}

/// The error as the JavaScript side takes it; it makes a real FetchError of it.
fn thrown(ctx: &Ctx<'_>, error: &FetchError) -> rquickjs::Error {
    let Some(kind) = error.kind.js_type() else { return Exception::throw_type(ctx, &error.message) };
    let reason = || -> rquickjs::Result<Value<'_>> {
        let object = Object::new(ctx.clone())?;
        object.set("name", "FetchError")?;
        object.set("message", error.message.as_str())?;
        object.set("type", kind)?;
        if let Some(code) = &error.code {
            object.set("code", code.as_str())?;
        }
        Value::from_js(ctx, object.into_value())
    };
    match reason() {
        Ok(reason) => ctx.throw(reason),
        Err(error) => error,
    }
}
