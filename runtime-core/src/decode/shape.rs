//! One event as a client sent it, brought into the shape in which the chain gets it (behaviour.md c.2, table row "event
//! shape").

use super::{DecodeContext, EventFault};
use crate::event::text::{is_truthy, js_string};
use crate::event::times::{iso_text, parse_time};
use crate::event::{PluginEvent, event_uuid};
use crate::ports::clock::Timestamp;
use serde_json::{Map, Value};

/// Where an event stood.
pub(super) struct Place<'a> {
    /// Counted from 0 in its record.
    pub index: usize,
    /// The token of its batch.
    pub batch_token: Option<&'a str>,
}

pub(super) fn shape(
    mut members: Map<String, Value>,
    place: &Place<'_>,
    context: &DecodeContext<'_>,
) -> Result<PluginEvent, EventFault> {
    check_name(&members)?;
    check_properties(&members)?;
    let distinct_id = distinct_id(&members).ok_or(EventFault::NoDistinctId)?;
    let team = context.teams.team_of(&members, place.batch_token).ok_or(EventFault::UnknownTeam)?;
    let uuid = uuid(&members, place.index, context.message_id)?;

    members.insert("uuid".to_owned(), Value::from(uuid));
    members.insert("distinct_id".to_owned(), distinct_id);
    members.insert("team_id".to_owned(), Value::from(team.0));
    if !members.get("site_url").is_some_and(Value::is_string) {
        members.insert("site_url".to_owned(), Value::from(""));
    }
    let mut event = PluginEvent { members };
    settle_times(&mut event, context.received_at);
    settle_address(&mut event);
    event.normalize();
    event.remove_plugin_marks();
    Ok(event)
}

fn check_name(members: &Map<String, Value>) -> Result<(), EventFault> {
    match members.get("event") {
        Some(Value::String(name)) if !name.is_empty() => Ok(()),
        None | Some(Value::Null | Value::String(_)) => Err(EventFault::NoName),
        Some(_) => Err(EventFault::NameIsNoText),
    }
}

fn check_properties(members: &Map<String, Value>) -> Result<(), EventFault> {
    match members.get("properties") {
        None | Some(Value::Null | Value::Object(_)) => Ok(()),
        Some(_) => Err(EventFault::PropertiesAreNoObject),
    }
}

/// The event's, else that of the properties, where some libraries put it. Null is none, and so is what reads as empty text.
fn distinct_id(members: &Map<String, Value>) -> Option<Value> {
    let properties = members.get("properties");
    let candidates = [
        members.get("distinct_id"),
        members.get("$distinct_id"),
        properties.and_then(|properties| properties.get("distinct_id")),
    ];
    let is_one = |value: &&Value| !value.is_null() && !js_string(value).is_empty();
    candidates.into_iter().flatten().find(is_one).cloned()
}

/// The given uuid letter by letter, or one derived from the event's place. PostHog refuses an event whose uuid is none, and
/// so do we: under another one it could no longer be recognised.
fn uuid(members: &Map<String, Value>, index: usize, message_id: &str) -> Result<String, EventFault> {
    match members.get("uuid") {
        None | Some(Value::Null) => Ok(event_uuid(message_id, index)),
        Some(Value::String(text)) if text.is_empty() => Ok(event_uuid(message_id, index)),
        Some(Value::String(text)) if text.len() == 36 && uuid::Uuid::try_parse(text).is_ok() => Ok(text.clone()),
        Some(_) => Err(EventFault::InvalidUuid),
    }
}

/// Makes `now`, `sent_at` and `timestamp` ISO text. A missing or unreadable `timestamp` is made from `offset` (milliseconds
/// before the event was sent) by the client's clock, so that [`PluginEvent::happened_at`] corrects it as any other. An
/// unreadable `sent_at` is taken away; `properties.$sent_at` keeps it.
fn settle_times(event: &mut PluginEvent, received_at: Timestamp) {
    let members = &mut event.members;
    let now = members.get("now").and_then(iso_text).unwrap_or_else(|| received_at.to_string());
    members.insert("now".to_owned(), Value::from(now));

    match members.get("sent_at").map(iso_text) {
        Some(Some(text)) => _ = members.insert("sent_at".to_owned(), Value::from(text)),
        Some(None) => {
            let unreadable = members.shift_remove("sent_at").filter(is_truthy);
            if let Some(unreadable) = unreadable {
                event.properties_mut().entry("$sent_at").or_insert(unreadable);
            }
        }
        None => {}
    }

    let timestamp = event.members.get("timestamp").and_then(iso_text).unwrap_or_else(|| sent_from(event, received_at));
    event.members.insert("timestamp".to_owned(), Value::from(timestamp));
}

/// The moment of sending less `offset`, by the clock against which the timestamp will be corrected.
fn sent_from(event: &PluginEvent, received_at: Timestamp) -> String {
    let time = |member: &str| event.members.get(member).and_then(parse_time);
    let ignores_sent_at =
        event.properties().and_then(|properties| properties.get("$ignore_sent_at")).is_some_and(is_truthy);
    let base = time("sent_at").filter(|_| !ignores_sent_at).or_else(|| time("now")).unwrap_or(received_at);
    #[expect(clippy::cast_possible_truncation, reason = "a cast from f64 saturates")]
    let offset = event.members.get("offset").and_then(Value::as_f64).map_or(0, |offset| offset as i64);
    let time = base.0.saturating_sub(offset);
    parse_time(&Value::from(time)).unwrap_or(base).to_string()
}

/// `ip` is always there: the given address, else that of the properties, else null. P23 has it in `properties.$ip` alone, but
/// apps of 2021 read `ip`.
fn settle_address(event: &mut PluginEvent) {
    let given = event.members.get("ip").filter(|ip| ip.is_string() && is_truthy(ip)).cloned();
    let sent_along = || event.properties()?.get("$ip").filter(|ip| ip.is_string()).cloned();
    let address = given.or_else(sent_along).unwrap_or(Value::Null);
    event.members.insert("ip".to_owned(), address);
}
