//! The forms in which a record may hold events, and the events in it, not read yet.

use super::DecodeError;
use super::json::{JsonFault, Part, repair_surrogates};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Members of a batch that its events take over where they have none themselves.
const INHERITED: [&str; 5] = ["team_id", "sent_at", "now", "ip", "site_url"];
/// Members that name a team.
const TEAM_MEMBERS: [&str; 3] = ["team_id", "token", "api_key"];

/// What stands around the events of a record.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    /// Members for every event that lacks them.
    pub defaults: Map<String, Value>,
    /// Members that beat the event's own: those of a plugin server message (behaviour.md c.2: envelope fields cannot be
    /// spoofed by what is inside).
    pub overrides: Map<String, Value>,
    /// The project token of the batch.
    pub token: Option<String>,
}

impl Surroundings {
    /// Puts what stands around it into an event.
    pub fn apply(&self, event: &mut Map<String, Value>) {
        if TEAM_MEMBERS.iter().any(|name| self.overrides.get(*name).is_some_and(|value| !value.is_null())) {
            for name in TEAM_MEMBERS {
                event.shift_remove(name);
            }
        }
        for (name, value) in &self.overrides {
            event.insert(name.clone(), value.clone());
        }
        for (name, value) in &self.defaults {
            if event.get(name).is_none_or(Value::is_null) {
                event.insert(name.clone(), value.clone());
            }
        }
    }

    /// One event of a batch as a record of its own, from which decoding gives the same event: what a dead letter keeps.
    pub fn record_of(&self, event: &str) -> Vec<u8> {
        let mut record = self.defaults.clone();
        if let Some(token) = &self.token {
            record.insert("api_key".to_owned(), Value::from(token.as_str()));
        }
        let mut text = Value::Object(record).to_string();
        let comma = if text.len() > 2 { "," } else { "" };
        text.truncate(text.len() - 1);
        format!("{text}{comma}\"batch\":[{event}]}}").into_bytes()
    }
}

/// The events of a record.
pub(super) enum Envelope<'a> {
    /// The record is one event.
    Single(Part<'a>),
    /// The record is a list of events, or holds one.
    List(Vec<Part<'a>>, Surroundings),
    /// The record is something around one event.
    Wrapped(Part<'a>, Surroundings),
    /// The record is something around a text that is JSON itself.
    WrappedText {
        /// The text, unquoted.
        text: String,
        /// Where the text begins in the record.
        position: usize,
        /// What stands around it if it is one event.
        around_one: Surroundings,
        /// What stands around it if it is a list.
        around_list: Surroundings,
    },
}

/// Tells the form of a record whose syntax is known to be right.
pub(super) fn open(record: Part<'_>) -> Result<Envelope<'_>, DecodeError> {
    if let Some(elements) = record.elements() {
        return Ok(Envelope::List(elements, Surroundings::default()));
    }
    let Some(members) = record.members() else {
        return Err(DecodeError::NoEvents { found: record.kind(), position: record.position });
    };
    let member = |name: &str| members.iter().find(|(known, _)| known == name).map(|(_, part)| *part);

    if let Some(batch) = member("batch") {
        if let Some(elements) = batch.elements() {
            return Ok(Envelope::List(elements, around(&members, "batch")?));
        }
        if member("event").is_none() {
            return Err(DecodeError::BatchIsNoList { found: batch.kind(), position: batch.position });
        }
    }
    let Some(data) = member("data").filter(|_| member("event").is_none()) else { return Ok(Envelope::Single(record)) };
    if let Some(elements) = data.elements() {
        return Ok(Envelope::List(elements, around(&members, "data")?));
    }
    match serde_json::from_str::<String>(data.text) {
        Ok(text) => Ok(Envelope::WrappedText {
            text: readable(text),
            position: data.position,
            around_one: overriding(&members)?,
            around_list: around(&members, "data")?,
        }),
        Err(_) => Ok(Envelope::Wrapped(data, overriding(&members)?)),
    }
}

/// The text in a `data` member, its syntax checked: one event, as the plugin server's messages have it, or a list.
pub(super) fn open_text(text: &str, position: usize) -> Result<Part<'_>, DecodeError> {
    Part::checked(text).map_err(|fault| DecodeError::DataIsNoJson { position, fault })
}

fn readable(text: String) -> String {
    match repair_surrogates(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(repaired) => repaired,
    }
}

fn around(members: &[(String, Part<'_>)], list: &str) -> Result<Surroundings, DecodeError> {
    let mut surroundings = Surroundings::default();
    for (name, part) in members.iter().filter(|(name, _)| name != list) {
        if INHERITED.contains(&name.as_str()) {
            surroundings.defaults.insert(name.clone(), part.value()?);
        }
    }
    let token = |name: &str| {
        let part = members.iter().find(|(known, _)| known == name)?.1;
        serde_json::from_str::<String>(part.text).ok().filter(|token| !token.is_empty())
    };
    surroundings.token = token("token").or_else(|| token("api_key"));
    Ok(surroundings)
}

fn overriding(members: &[(String, Part<'_>)]) -> Result<Surroundings, DecodeError> {
    let mut surroundings = Surroundings::default();
    for (name, part) in members.iter().filter(|(name, _)| name != "data") {
        surroundings.overrides.insert(name.clone(), part.value()?);
    }
    Ok(surroundings)
}

impl From<JsonFault> for DecodeError {
    fn from(fault: JsonFault) -> Self {
        Self::NotJson(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_taken_out_of_its_batch_is_a_record_again() {
        let mut around = Surroundings { token: Some("phc_\"a".into()), ..Surroundings::default() };
        around.defaults.insert("sent_at".into(), json!("2023-01-01T00:00:00Z"));
        let record = around.record_of("{\"event\" :1e400}");
        assert_eq!(
            String::from_utf8(record).unwrap(),
            r#"{"sent_at":"2023-01-01T00:00:00Z","api_key":"phc_\"a","batch":[{"event" :1e400}]}"#
        );
        assert_eq!(Surroundings::default().record_of("7"), b"{\"batch\":[7]}");
    }
}
