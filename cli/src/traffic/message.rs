//! From a record of the input to messages: one for each event of a list, and whose it is.

use super::queues::Message;
use crate::run::input::Record;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::HashMap;

/// Members that name a team, the first that is there wins.
const TEAM_MEMBERS: [&str; 3] = ["team_id", "token", "api_key"];

/// Whose the events are that do not say so themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Owner {
    /// Nobody says so: the stack has to know.
    #[default]
    Unknown,
    /// Of a team.
    Team(i64),
    /// Of a project.
    Token(String),
}

/// The messages of a record.
///
/// # Errors
/// Why nothing can be made of it. Holds nothing of what it says.
pub fn messages_of(record: &Record, owner: &Owner) -> Result<Vec<Message>, String> {
    let text = String::from_utf8_lossy(&record.body);
    let raw: &RawValue = serde_json::from_str(&text).map_err(|error| format!("it is no JSON ({error})"))?;
    let id = id_of(record);
    match raw.get().as_bytes().first() {
        Some(b'{') => Ok(vec![message(id, raw.get(), owner)]),
        Some(b'[') => {
            let events: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|error| error.to_string())?;
            let one = |(index, event): (usize, &&RawValue)| message(format!("{id}:{index}"), event.get(), owner);
            Ok(events.iter().enumerate().map(one).collect())
        }
        _ => Err("it is neither an event nor a list of events".to_owned()),
    }
}

fn message(id: String, text: &str, owner: &Owner) -> Message {
    let members = Members::of(text);
    match members.team() {
        Some(team) => Message { id, group: Some(team), body: text.to_owned() },
        None => {
            let (group, body) = match owner {
                Owner::Unknown => (None, text.to_owned()),
                Owner::Team(team) => (Some(team.to_string()), members.with(text, "team_id", &team.to_string())),
                Owner::Token(token) => {
                    let quoted = serde_json::Value::from(token.as_str()).to_string();
                    (Some(token.clone()), members.with(text, "token", &quoted))
                }
            };
            Message { id, group, body }
        }
    }
}

/// The outline of an object; empty for anything else.
struct Members<'a>(HashMap<Cow<'a, str>, &'a RawValue>);

impl<'a> Members<'a> {
    fn of(text: &'a str) -> Self {
        Self(serde_json::from_str(text).unwrap_or_default())
    }

    /// What it says of its team.
    fn team(&self) -> Option<String> {
        let outer = TEAM_MEMBERS.iter().find_map(|name| plain(self.0.get(*name)?));
        outer.or_else(|| {
            let properties = Members::of(self.0.get("properties")?.get());
            plain(properties.0.get("token")?)
        })
    }

    /// The same text with another member in front, where that can only mean what it says: what is around an event beats what the
    /// event says of itself, so a message of PostHog's plugin server stays as it is. What is no object does, too.
    fn with(&self, text: &str, name: &str, value: &str) -> String {
        let is_event_or_batch = self.0.contains_key("event") || self.0.contains_key("batch");
        match text.strip_prefix('{') {
            // A member of that name that says nothing comes later, and would win.
            Some(rest) if is_event_or_batch && !self.0.contains_key(name) => format!("{{\"{name}\":{value},{rest}"),
            _ => text.to_owned(),
        }
    }
}

/// A text or a number that says something.
fn plain(value: &RawValue) -> Option<String> {
    match serde_json::from_str(value.get()).ok()? {
        serde_json::Value::String(text) if !text.is_empty() => Some(text),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The same for the same line of an input with the same content: what is sent again is the same record, and the uuids that the stack
/// gives to its events are the same.
fn id_of(record: &Record) -> String {
    let hash = Sha256::digest(&record.body);
    let first = hash.first_chunk().expect("a SHA-256 has 32 bytes");
    format!("sent-{:032x}:{}", u128::from_be_bytes(*first), record.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &str, owner: &Owner) -> Result<Vec<(Option<String>, String)>, String> {
        let record = Record { line: 1, body: text.as_bytes().to_vec() };
        let messages = messages_of(&record, owner)?;
        Ok(messages.into_iter().map(|message| (message.group, message.body)).collect())
    }

    fn one(text: &str, owner: &Owner) -> (Option<String>, String) {
        messages(text, owner).expect("readable").pop().expect("one")
    }

    #[test]
    fn an_event_that_names_no_team_gets_one() {
        let event = r#"{"event":"a","n":12345678901234567890123}"#;
        let with = |group: &str, body: &str| (Some(group.to_owned()), body.to_owned());
        assert_eq!(one(event, &Owner::Unknown), (None, event.to_owned()), "byte by byte");
        let team = r#"{"team_id":2,"event":"a","n":12345678901234567890123}"#;
        assert_eq!(one(event, &Owner::Team(2)), with("2", team));
        let token = r#"{"token":"ph\"c","event":"a","n":12345678901234567890123}"#;
        assert_eq!(one(event, &Owner::Token("ph\"c".into())), with("ph\"c", token));
    }

    #[test]
    fn an_event_that_names_its_team_keeps_it() {
        for (text, group) in [
            (r#"{"event":"a","team_id":7}"#, "7"),
            (r#"{"event":"a","token":"phc_a","api_key":"b"}"#, "phc_a"),
            (r#"{"batch":[],"api_key":"phc_b"}"#, "phc_b"),
            (r#"{"event":"a","properties":{"token":"phc_c"}}"#, "phc_c"),
        ] {
            assert_eq!(one(text, &Owner::Team(2)), (Some(group.to_owned()), text.to_owned()));
        }
        let message = r#"{"data":"{\"event\":\"a\"}"}"#;
        assert_eq!(one(message, &Owner::Team(2)), (Some("2".to_owned()), message.to_owned()), "may say so inside");
    }

    #[test]
    fn a_list_is_a_message_for_each_event() {
        let list = messages(r#" [{"event":"a"}, 7, {"event":"b","team_id":3}]"#, &Owner::Team(2)).expect("readable");
        let bodies: Vec<&str> = list.iter().map(|(_, body)| body.as_str()).collect();
        assert_eq!(bodies, [r#"{"team_id":2,"event":"a"}"#, "7", r#"{"event":"b","team_id":3}"#]);
        assert_eq!(messages("[]", &Owner::Unknown), Ok(Vec::new()));
        let record = Record { line: 3, body: b"[1,1]".to_vec() };
        let ids: Vec<String> = messages_of(&record, &Owner::Unknown).expect("ok").into_iter().map(|it| it.id).collect();
        assert!(ids[0] != ids[1] && ids[0].ends_with(":3:0"), "{ids:?}");
    }

    #[test]
    fn what_holds_no_event_says_so_without_saying_what_it_holds() {
        for (text, part) in
            [("secret", "no JSON"), ("{\"secret\"", "no JSON"), ("7", "neither"), ("\"secret\"", "neither")]
        {
            let error = messages(text, &Owner::Unknown).expect_err("unreadable");
            assert!(error.contains(part) && !error.contains("secret"), "{error}");
        }
    }
}
