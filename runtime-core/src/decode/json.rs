//! JSON text as clients really send it, read in steps so that one bad event costs only itself: the outline of a record first
//! (syntax and extent of each part, nothing converted), the events one by one after that.

pub(super) use crate::json::repair_surrogates;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

/// How deep arrays and objects may stand in each other within one event. The parser's own limit is 128, and hedgerow's
/// messages put a few levels around an event.
pub(crate) const MAX_DEPTH: usize = 120;

/// Why text is no JSON that can be used. Holds nothing of the text itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonFault {
    /// The text breaks JSON's grammar, or holds a number beyond the range of a 64-bit float.
    #[error("{message} at byte {position}")]
    Syntax {
        /// In the parser's words.
        message: String,
        /// Where the parser stopped, give or take one, in bytes from the start of the text.
        position: usize,
    },
    /// More than 120 arrays and objects stand in each other.
    #[error("nested more than {MAX_DEPTH} levels deep at byte {position}: send it flatter")]
    TooDeep {
        /// Where the first level too many begins, in bytes from the start of the text.
        position: usize,
    },
}

impl JsonFault {
    /// The same fault in a text that begins `offset` bytes into a larger one.
    pub(super) fn within(self, offset: usize) -> Self {
        match self {
            Self::Syntax { message, position } => Self::Syntax { message, position: position + offset },
            Self::TooDeep { position } => Self::TooDeep { position: position + offset },
        }
    }
}

/// The text of a record: a byte-order mark is cut off, bytes that are no UTF-8 and escapes that are half a surrogate pair
/// become U+FFFD, as they do where JavaScript decodes bytes and writes text out. An event is worth more than a broken emoji.
pub(super) fn readable_text(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) => repair_surrogates(text),
        Cow::Owned(text) => Cow::Owned(repair_surrogates(&text).into_owned()),
    }
}

/// A part of a text, and where it begins in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    pub text: &'a str,
    pub position: usize,
}

impl<'a> Part<'a> {
    /// The whole of a text, once its syntax has been checked. Depth is no matter here.
    pub fn checked(text: &'a str) -> Result<Self, JsonFault> {
        serde_json::from_str::<&RawValue>(text)
            .map(|raw| Self { text: raw.get(), position: offset_in(text, raw.get()) })
            .map_err(|error| syntax_fault(text, &error))
    }

    /// What kind of JSON value the part is, for messages.
    pub fn kind(self) -> &'static str {
        match self.text.as_bytes().first() {
            Some(b'{') => "an object",
            Some(b'[') => "an array",
            Some(b'"') => "text",
            Some(b't' | b'f') => "a boolean",
            Some(b'n') => "null",
            _ => "a number",
        }
    }

    /// The elements of an array; `None` if the part is something else.
    pub fn elements(self) -> Option<Vec<Part<'a>>> {
        let elements: Vec<&RawValue> = serde_json::from_str(self.text).ok()?;
        Some(elements.into_iter().map(|raw| self.inner(raw)).collect())
    }

    /// The members of an object in order, of duplicates the last; `None` if the part is something else.
    pub fn members(self) -> Option<Vec<(String, Part<'a>)>> {
        let Outline(members) = serde_json::from_str(self.text).ok()?;
        let mut places: HashMap<String, usize> = HashMap::with_capacity(members.len());
        let mut last: Vec<(String, Part<'a>)> = Vec::with_capacity(members.len());
        for (name, raw) in members {
            let part = self.inner(raw);
            match places.get(&name) {
                Some(place) => last[*place].1 = part,
                None => {
                    places.insert(name.clone(), last.len());
                    last.push((name, part));
                }
            }
        }
        Some(last)
    }

    /// The value of the part.
    pub fn value(self) -> Result<Value, JsonFault> {
        check_depth(self.text)
            .and_then(|()| serde_json::from_str(self.text).map_err(|error| syntax_fault(self.text, &error)))
            .map_err(|fault| fault.within(self.position))
    }

    fn inner(self, raw: &'a RawValue) -> Self {
        Self { text: raw.get(), position: self.position + offset_in(self.text, raw.get()) }
    }
}

/// Where `part`, a slice of `whole`, begins in it.
fn offset_in(whole: &str, part: &str) -> usize {
    part.as_ptr().addr().saturating_sub(whole.as_ptr().addr())
}

/// The members of an object without their values: `{"a":1}` is `[("a", 1)]`.
struct Outline<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Outline<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Outline<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Outline(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// Whether JSON text is nested no deeper than [`MAX_DEPTH`], found out without parsing it.
pub(crate) fn check_depth(text: &str) -> Result<(), JsonFault> {
    // Few brackets cannot be deep, and counting them is many times faster than following them.
    if text.bytes().filter(|byte| matches!(byte, b'{' | b'[')).count() <= MAX_DEPTH {
        return Ok(());
    }
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (position, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(JsonFault::TooDeep { position });
                }
            }
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// The parser's error with a byte position in place of its line and column.
fn syntax_fault(text: &str, error: &serde_json::Error) -> JsonFault {
    let lines_before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default().to_owned();
    JsonFault::Syntax { message, position: (lines_before + error.column().saturating_sub(1)).min(text.len()) }
}

/// The object that a value is, or its kind for a message.
pub(super) fn object(value: Value) -> Result<Map<String, Value>, &'static str> {
    match value {
        Value::Object(members) => Ok(members),
        Value::Array(_) => Err("an array"),
        Value::String(_) => Err("text"),
        Value::Bool(_) => Err("a boolean"),
        Value::Null => Err("null"),
        Value::Number(_) => Err("a number"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn bytes_that_are_no_text_are_repaired() {
        assert_eq!(readable_text(b"\xef\xbb\xbf{}"), "{}");
        assert_eq!(readable_text(b"\"\xff\\ud800\""), "\"\u{fffd}\\ufffd\"");
    }

    #[test]
    fn parts_know_where_they_are() {
        let text = " {\"a\": [1, {\"b\": 2}], \"a\": [3], \"c\": null}";
        let whole = Part::checked(text).unwrap();
        assert_eq!(whole.position, 1);
        let members = whole.members().unwrap();
        assert_eq!(members.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["a", "c"]);
        let three = members[0].1.elements().unwrap()[0];
        assert_eq!((three.text, &text[three.position..=three.position]), ("3", "3"));
        assert_eq!(members[1].1.kind(), "null");
        assert!(members[1].1.members().is_none() && members[1].1.elements().is_none());
    }

    #[test]
    fn faults_name_the_byte_and_not_the_text() {
        let fault = Part::checked("{\"a\": 1,\n \"secret\": oops}").unwrap_err();
        assert_eq!(fault, JsonFault::Syntax { message: "expected value".into(), position: 20 });
        let huge = Part::checked("[1, 1e400]").unwrap().elements().unwrap()[1].value().unwrap_err();
        assert!(
            matches!(&huge, JsonFault::Syntax { message, position } if message == "number out of range" && *position >= 4)
        );
        assert!(Part::checked("{\"a\":").is_err());
    }

    #[test]
    fn depth_is_refused_at_the_limit_and_not_before() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Part::checked(&nested(MAX_DEPTH)).unwrap().value().is_ok());
        let fault = Part::checked(&nested(MAX_DEPTH + 1)).unwrap().value().unwrap_err();
        assert_eq!(fault, JsonFault::TooDeep { position: MAX_DEPTH });
        assert!(Part::checked(&nested(10_000)).unwrap().value().is_err());
        let brackets_in_text = json!("[".repeat(500)).to_string();
        assert!(Part::checked(&brackets_in_text).unwrap().value().is_ok());
    }
}
