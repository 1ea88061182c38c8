//! What an item of the cache holds.

use super::MAXIMUM_BYTES;
use crate::failure::refused;
use crate::item::{Item, damaged, number, number_of, text, text_of, texts, texts_of};
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::key_value::{KeyValueError, KeyValueResult};

pub(super) const WRONG_TYPE: &str = "WRONGTYPE Operation against a key holding the wrong kind of value";

/// A text that is an integer.
pub(super) const INTEGER: &str = "integer";
const TEXT: &str = "text";
const LIST: &str = "list";
/// When the key ends, in milliseconds.
const EXPIRES_AT: &str = "expires_at";
/// The second in which DynamoDB may remove the item.
const TIME_TO_LIVE: &str = "ttl";
/// Before the name of an attribute that holds the result of an increment.
pub(super) const OPERATION_PREFIX: &str = "op/";

/// A key's value and its end.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub value: Value,
    /// `None`: never.
    pub expires_at: Option<Timestamp>,
    /// The results of increments, attributes of the item as they are.
    pub operations: Item,
}

/// What a key holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// A text in the form in which Redis writes an integer.
    Integer(i64),
    Text(String),
    /// The head first; none are left in a list that is about to go.
    List(Vec<String>),
}

impl Value {
    /// Redis counts only texts of the form that it writes itself: no plus, space, leading zero or `-0`.
    pub(super) fn of_text(text: &str) -> Self {
        match text.parse::<i64>() {
            Ok(integer) if integer.to_string() == text => Self::Integer(integer),
            _ => Self::Text(text.to_owned()),
        }
    }

    pub(super) fn into_text(self) -> KeyValueResult<String> {
        match self {
            Self::Integer(integer) => Ok(integer.to_string()),
            Self::Text(text) => Ok(text),
            Self::List(_) => Err(wrong_type()),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Integer(_) => 0,
            Self::Text(text) => text.len(),
            Self::List(elements) => elements.iter().map(|element| element.len() + 8).sum(),
        }
    }
}

impl Entry {
    pub(super) fn new(value: Value, expires_at: Option<Timestamp>) -> Self {
        Self { value, expires_at, operations: Item::new() }
    }

    pub(super) fn of(item: &Item) -> Result<Self, Unavailable> {
        let value = if let Some(integer) = number_of(item, INTEGER) {
            Value::Integer(integer)
        } else if let Some(text) = text_of(item, TEXT) {
            Value::Text(text.to_owned())
        } else {
            Value::List(texts_of(item, LIST).ok_or_else(|| damaged("cache", LIST))?)
        };
        let operations = item.iter().filter(|(name, _)| name.starts_with(OPERATION_PREFIX));
        Ok(Self {
            value,
            expires_at: number_of(item, EXPIRES_AT).map(Timestamp),
            operations: operations.map(|(name, result)| (name.clone(), result.clone())).collect(),
        })
    }

    /// Itself, unless it has ended.
    pub(super) fn live(self, now: Timestamp) -> Option<Self> {
        self.expires_at.is_none_or(|end| end > now).then_some(self)
    }

    /// The elements and the end.
    pub(super) fn into_list(self) -> KeyValueResult<(Vec<String>, Option<Timestamp>)> {
        match self.value {
            Value::List(elements) => Ok((elements, self.expires_at)),
            Value::Integer(_) | Value::Text(_) => Err(wrong_type()),
        }
    }

    /// The item at `key`, unless it would be too large.
    pub(super) fn into_item(self, key: Item) -> KeyValueResult<Item> {
        if self.value.bytes() > MAXIMUM_BYTES {
            return Err(refused(&format!("ERR value exceeds maximum allowed size ({MAXIMUM_BYTES} bytes)")));
        }
        let mut item = key;
        item.extend(self.operations);
        let (name, value) = match self.value {
            Value::Integer(integer) => (INTEGER, number(integer)),
            Value::Text(value) => (TEXT, text(value)),
            Value::List(elements) => (LIST, texts(&elements)),
        };
        item.insert(name.to_owned(), value);
        if let Some(end) = self.expires_at {
            item.insert(EXPIRES_AT.to_owned(), number(end.0));
            // The second after it: never before its end.
            item.insert(TIME_TO_LIVE.to_owned(), number(end.0.div_euclid(1_000) + 1));
        }
        Ok(item)
    }
}

pub(super) fn wrong_type() -> KeyValueError {
    refused(WRONG_TYPE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_comes_back_from_its_item() {
        for value in [Value::Integer(-5), Value::of_text("05"), Value::List(vec![String::new(), "a".to_owned()])] {
            for expires_at in [None, Some(Timestamp(1_999))] {
                let entry = Entry::new(value.clone(), expires_at);
                let item = entry.clone().into_item(Item::new()).unwrap();
                assert_eq!(number_of::<i64>(&item, TIME_TO_LIVE), expires_at.map(|_| 2));
                assert_eq!(Entry::of(&item).unwrap(), entry);
            }
        }
    }

    #[test]
    fn what_is_too_large_is_refused() {
        let largest = Entry::new(Value::Text("x".repeat(MAXIMUM_BYTES)), None);
        assert!(largest.into_item(Item::new()).is_ok());
        let larger = Entry::new(Value::List(vec!["x".repeat(MAXIMUM_BYTES)]), None);
        let error = larger.into_item(Item::new()).unwrap_err();
        assert_eq!(error.to_string(), "ERR value exceeds maximum allowed size (350000 bytes)");
    }
}
