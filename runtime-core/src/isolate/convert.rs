//! Values across the border of an isolate, which they cross as JSON text.

use super::call::Returned;
use super::error::Thrown;
use super::json_text;
use crate::event::TeamId;
use rquickjs::{Ctx, Object, Value};

/// What a function's result is to hedgerow. For an event, `team` is what its `team_id` must be.
pub(super) fn returned<'js>(ctx: &Ctx<'js>, value: &Value<'js>, team: Option<TeamId>) -> rquickjs::Result<Returned> {
    let is_falsy = is_falsy(value);
    let team_was_changed = match (team, value.as_object()) {
        (Some(team), Some(event)) => keep_team(event, team)?,
        _ => false,
    };
    // Asked for its JSON, 0n would throw.
    let json = if is_falsy { None } else { to_json(ctx, value.clone())? };
    Ok(Returned { json, is_falsy, team_was_changed })
}

/// JSON text of a value; `None` for what has none (undefined, a function). Runs the app's `toJSON`, so belongs into a stretch.
pub(crate) fn to_json<'js>(ctx: &Ctx<'js>, value: Value<'js>) -> rquickjs::Result<Option<String>> {
    json_text::to_json(ctx, value)
}

/// Puts `team_id` back if the app changed it (case 81); whether it did.
fn keep_team(event: &Object<'_>, team: TeamId) -> rquickjs::Result<bool> {
    let current: Value = event.get("team_id")?;
    #[expect(clippy::cast_precision_loss, reason = "team ids are far below 2^53")]
    let kept = current.as_number() == Some(team.0 as f64);
    if !kept {
        event.set("team_id", team.0)?;
    }
    Ok(!kept)
}

fn is_falsy(value: &Value<'_>) -> bool {
    value.is_undefined()
        || value.is_null()
        || value.as_bool() == Some(false)
        || value.as_number().is_some_and(|number| number == 0.0 || number.is_nan())
        || value.as_string().is_some_and(|text| text.to_string().is_ok_and(|text| text.is_empty()))
        || value.as_big_int().is_some_and(|number| matches!(number.clone().to_i64(), Ok(0)))
}

/// Name, message and stack of anything that can be thrown. Never fails, whatever getters the app defined.
pub(super) fn describe<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> Thrown {
    let Some(object) = value.as_object().filter(|object| object.is_error()) else {
        return Thrown { name: String::new(), message: text_of(ctx, value), stack: String::new(), is_retry: false };
    };
    let text = |member: &str| match object.get::<_, Value>(member) {
        Ok(value) if value.is_undefined() => String::new(),
        Ok(value) => text_of(ctx, &value),
        Err(_) => {
            ctx.catch();
            String::new()
        }
    };
    let name = text("name");
    let name = if name.is_empty() { "Error".into() } else { name };
    Thrown { name, message: text("message"), stack: text("stack"), is_retry: false }
}

/// A value as `String(value)` has it; objects that refuse become `[object]`. Lone surrogates become U+FFFD.
pub(crate) fn text_of<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> String {
    if let Some(symbol) = value.as_symbol() {
        return symbol.as_value().type_name().to_string();
    }
    match value.get::<rquickjs::Coerced<rquickjs::String>>() {
        Ok(text) => lossless(ctx, &text.0),
        Err(_) => {
            ctx.catch();
            "[object]".into()
        }
    }
}

/// Text of the engine as text of Rust.
fn lossless<'js>(ctx: &Ctx<'js>, text: &rquickjs::String<'js>) -> String {
    if let Ok(text) = text.to_string() {
        return text;
    }
    // A lone surrogate has no UTF-8 form; JSON text escapes it, and reading that back puts U+FFFD in its place.
    let json = ctx.json_stringify(text.clone()).ok().flatten().and_then(|json| json.to_string().ok());
    json.and_then(|json| crate::json::parse(&json).ok())
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}
