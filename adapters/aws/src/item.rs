//! Items of DynamoDB: their attributes, and placeholders for the names of those.

use crate::failure::failed;
use aws_sdk_dynamodb::types::AttributeValue;
use runtime_core::ports::Unavailable;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

/// An item, or a part of one, by the names of its attributes.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// The attribute that says in which format an item is; every item has it.
pub(crate) const FORMAT_ATTRIBUTE: &str = "v";
/// The format that this release writes (design: a release reads its own and the one before it).
pub(crate) const FORMAT: u32 = 1;

/// A text attribute.
pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number attribute.
pub(crate) fn number(value: impl Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// The format of an item that is about to be written.
pub(crate) fn format() -> AttributeValue {
    number(FORMAT)
}

/// An item of these attributes.
pub(crate) fn item<const N: usize>(attributes: [(&str, AttributeValue); N]) -> Item {
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The text of an attribute, where it is one.
pub(crate) fn text_of<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// The number of an attribute, where it is one of this type.
pub(crate) fn number_of<T: FromStr>(item: &Item, name: &str) -> Option<T> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

/// The texts in an attribute that is a list of them.
pub(crate) fn texts_of(item: &Item, name: &str) -> Option<Vec<String>> {
    item.get(name)?.as_l().ok()?.iter().map(|element| element.as_s().ok().cloned()).collect()
}

/// A list of texts.
pub(crate) fn texts<T: AsRef<str>>(elements: &[T]) -> AttributeValue {
    AttributeValue::L(elements.iter().map(|element| text(element.as_ref())).collect())
}

/// The name of a value that is one, as the port's JSON has it (`app_failed`).
pub(crate) fn name_of(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(name)) => name,
        other => unreachable!("a variant without data is text in JSON, not {other:?}"),
    }
}

/// The value of that name.
pub(crate) fn named<T: DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(name.into()).ok()
}

/// An error of `port` for an item that lacks what every item of its table has.
pub(crate) fn damaged(port: &'static str, attribute: &str) -> Unavailable {
    failed(port, format!("an item has no usable attribute `{attribute}`; was it written by something else?"))
}

/// Refuses an item of a newer release: what it means is not known here, and to guess could destroy it.
pub(crate) fn readable(port: &'static str, item: Item) -> Result<Item, Unavailable> {
    match number_of::<u32>(&item, FORMAT_ATTRIBUTE) {
        Some(FORMAT) => Ok(item),
        Some(newer) => {
            let message = format!("an item has format {newer}, this release reads {FORMAT}; deploy the newer release");
            Err(failed(port, message))
        }
        None => Err(damaged(port, FORMAT_ATTRIBUTE)),
    }
}

/// What the placeholders in `expressions` stand for: `#word` for the attribute `word`. As no name stands in an expression itself,
/// none can be one of DynamoDB's 573 reserved words.
pub(crate) fn placeholders(expressions: &[&str]) -> HashMap<String, String> {
    let names = expressions.iter().flat_map(|expression| {
        expression.split('#').skip(1).map(|rest| {
            let end = rest.find(|character: char| !(character.is_alphanumeric() || character == '_'));
            &rest[..end.unwrap_or(rest.len())]
        })
    });
    names.map(|name| (format!("#{name}"), name.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_named_after_what_they_stand_for() {
        let names = placeholders(&["SET #a = :a, #b_c=:b", "attribute_not_exists(#a)"]);
        let expected = [("#a", "a"), ("#b_c", "b_c")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(names, HashMap::from(expected));
    }

    #[test]
    fn an_item_of_a_newer_release_is_refused() {
        assert!(readable("cache", item([("v", format())])).is_ok());
        let error = readable("cache", item([("v", number(2))])).unwrap_err();
        assert!(error.message.contains("format 2"), "{error}");
        assert!(readable("cache", Item::new()).is_err());
    }
}
