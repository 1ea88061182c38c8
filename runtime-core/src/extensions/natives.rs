//! The natives that the JavaScript of the extensions is given.

use super::{console, current_context};
use crate::host::{Host, HostCall, HostError, door};
use crate::installation::Installation;
use crate::isolate::convert::text_of;
use crate::isolate::turns::{HostAnswer, Turns};
use crate::telemetry::AppMetric;
use rquickjs::{Ctx, Exception, Function, IntoJs, Object, Value};
use std::rc::Rc;
use std::sync::Arc;

/// `host`, `record`, `log`, `metric`, `parse`, `stringify` and `access`, for one installation.
pub(super) fn natives<'js>(ctx: &Ctx<'js>, host: &Arc<Host>, turns: &Rc<Turns>) -> rquickjs::Result<Object<'js>> {
    let natives = Object::new(ctx.clone())?;
    let (door_host, door_turns) = (host.clone(), turns.clone());
    natives.set(
        "host",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, call: Value<'js>| {
            host_call(&ctx, &door_host, &door_turns, call)
        })?,
    )?;
    let recording_host = host.clone();
    natives.set(
        "record",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, kind: String, arguments: Value<'js>| {
            record(&ctx, &recording_host, &kind, arguments)
        })?,
    )?;
    let (log_host, log_turns) = (host.clone(), turns.clone());
    natives.set(
        "log",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, level: String, message: Value<'js>| {
            console::write(&log_host, &log_turns, &level, text_of(&ctx, &message));
        })?,
    )?;
    let metric_host = host.clone();
    natives.set(
        "metric",
        Function::new(ctx.clone(), move |name: String, operation: String, value: f64| {
            metric(&metric_host, name, operation, value);
        })?,
    )?;
    // As JSON.parse and JSON.stringify were before the app could replace them.
    natives.set("parse", Function::new(ctx.clone(), |ctx: Ctx<'js>, text: String| ctx.json_parse(text))?)?;
    natives
        .set("stringify", Function::new(ctx.clone(), |ctx: Ctx<'js>, value: Value<'js>| ctx.json_stringify(value))?)?;
    let access = Object::new(ctx.clone())?;
    access.set("host", host.posthog.host.clone())?;
    access.set("projectToken", host.posthog.project_token.clone())?;
    access.set("personalApiKey", host.posthog.personal_api_key.clone())?;
    access.set("team", host.installation.team.0)?;
    natives.set("access", access)?;
    Ok(natives)
}

/// `meta.attachments`: bytes as a Buffer (case 67), an empty object where there are none (case 68).
pub(super) fn attachments<'js>(ctx: &Ctx<'js>, installation: &Installation) -> rquickjs::Result<Object<'js>> {
    let attachments = Object::new(ctx.clone())?;
    for (key, attachment) in &installation.attachments {
        let entry = Object::new(ctx.clone())?;
        entry.set("content_type", attachment.content_type.as_str())?;
        entry.set("file_name", attachment.file_name.as_str())?;
        entry.set("contents", crate::node::buffer(ctx, &attachment.contents)?)?;
        attachments.set(key.as_str(), entry)?;
    }
    Ok(attachments)
}

/// Sends one call through the door; the result is a promise of the current call.
fn host_call<'js>(
    ctx: &Ctx<'js>,
    host: &Arc<Host>,
    turns: &Rc<Turns>,
    call: Value<'js>,
) -> rquickjs::Result<Value<'js>> {
    let context = current_context(ctx, turns)?;
    let json = json_of(ctx, call)?;
    let call: HostCall = crate::json::parse(&json)
        .and_then(serde_json::from_value)
        .map_err(|error| Exception::throw_type(ctx, &format!("unusable argument: {error}")))?;
    let host = host.clone();
    turns.promise(ctx, async move {
        match door::perform(&host, &context, call).await {
            Err(HostError::Unavailable(error)) => HostAnswer::Unavailable(Arc::new(error)),
            Err(HostError::Thrown(message)) => {
                HostAnswer::Settle(Box::new(move |ctx| Err(Exception::throw_message(ctx, &message))))
            }
            Err(HostError::ThrownText(message)) => {
                HostAnswer::Settle(Box::new(move |ctx| Err(ctx.throw(message.into_js(ctx)?))))
            }
            Ok(value) => HostAnswer::Settle(Box::new(move |ctx| ctx.json_parse(value.to_string()))),
        }
    })
}

/// Tells the recorder, if there is one, what the app passed.
pub(super) fn record<'js>(ctx: &Ctx<'js>, host: &Host, kind: &str, arguments: Value<'js>) -> rquickjs::Result<()> {
    let Some(recorder) = &host.ports.recorder else { return Ok(()) };
    let json = json_of(ctx, arguments)?;
    if let Ok(arguments) = crate::json::parse(&json) {
        recorder.record(kind, arguments);
    }
    Ok(())
}

fn metric(host: &Host, name: String, operation: String, value: f64) {
    if let Some(recorder) = &host.ports.recorder {
        recorder.record("metrics", serde_json::json!([name, operation, value]));
    }
    host.ports.telemetry.app_metric(AppMetric { installation: host.installation.id, name, operation, value });
}

fn json_of<'js>(ctx: &Ctx<'js>, value: Value<'js>) -> rquickjs::Result<String> {
    crate::isolate::convert::to_json(ctx, value).map(|json| json.unwrap_or_else(|| "null".into()))
}
