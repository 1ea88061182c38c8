//! Autocapture elements: what was clicked and what it stood in, from the list that libraries send or from PostHog's chain
//! text (`a.btn:href="/x"nth-child="1"text="Go";div:...`), as apps get them in `event.elements` (cases 97, 98).

use serde_json::{Map, Value};

/// PostHog keeps this much of an element's text, in UTF-16 units.
const TEXT_LIMIT: usize = 400;
/// PostHog keeps this much of a link, in UTF-16 units.
const HREF_LIMIT: usize = 2048;

/// The elements of an event's properties: `$elements_chain` if it is there, else `$elements`, else none. Innermost first.
///
/// Each has `attributes` and `order`, and where known `tag_name`, `text` with its twin `$el_text`, `href`, `attr_id`,
/// `attr_class` (the text of `attr__class` if that is an attribute, else the list of classes), `nth_child`, `nth_of_type`.
pub(crate) fn elements_of(properties: &Map<String, Value>) -> Vec<Value> {
    let elements = match (properties.get("$elements_chain"), properties.get("$elements")) {
        (Some(Value::String(chain)), _) if !chain.is_empty() => parse_chain(chain),
        (_, Some(Value::Array(list))) => list.iter().filter_map(Value::as_object).map(from_list_entry).collect(),
        _ => Vec::new(),
    };
    elements.into_iter().enumerate().map(|(order, element)| finish(element, order)).collect()
}

fn from_list_entry(entry: &Map<String, Value>) -> Map<String, Value> {
    let mut element = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value.filter(|value| !value.is_null()) {
            element.insert(name.to_owned(), value);
        }
    };
    let text = |name: &str, limit| entry.get(name).and_then(Value::as_str).map(|text| Value::from(cut(text, limit)));
    put("tag_name", entry.get("tag_name").cloned());
    put("text", text("$el_text", TEXT_LIMIT));
    put("href", text("attr__href", HREF_LIMIT));
    put("attr_id", entry.get("attr__id").cloned());
    put("nth_child", entry.get("nth_child").cloned());
    put("nth_of_type", entry.get("nth_of_type").cloned());
    let attributes = entry.iter().filter(|(name, _)| name.starts_with("attr__"));
    put("attributes", Some(attributes.map(|(name, value)| (name.clone(), value.clone())).collect()));
    element
}

/// Adds what both forms share.
fn finish(mut element: Map<String, Value>, order: usize) -> Value {
    if let Some(class) = element.get("attributes").and_then(|attributes| attributes.get("attr__class")).cloned() {
        element.insert("attr_class".to_owned(), class);
    }
    if let Some(text) = element.get("text").cloned() {
        element.insert("$el_text".to_owned(), text);
    }
    element.insert("order".to_owned(), Value::from(order));
    Value::Object(element)
}

/// The first `limit` UTF-16 units of `text`, never half a character.
fn cut(text: &str, limit: usize) -> &str {
    let mut units = 0;
    let end = text.char_indices().find(|(_, character)| {
        units += character.len_utf16();
        units > limit
    });
    end.map_or(text, |(position, _)| &text[..position])
}

/// Reads a chain. What cannot be read of an element is left out; its neighbours are read all the same.
fn parse_chain(chain: &str) -> Vec<Map<String, Value>> {
    split_outside_quotes(chain).into_iter().map(parse_element).collect()
}

/// The parts between semicolons and white space that stand outside quotes; empty parts are left out.
fn split_outside_quotes(chain: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (position, character) in chain.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if !quoted && (character == ';' || character.is_whitespace()) => {
                parts.push(&chain[start..position]);
                start = position + character.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&chain[start..]);
    parts.retain(|part| !part.is_empty());
    parts
}

fn parse_element(text: &str) -> Map<String, Value> {
    let (tag_and_classes, attributes) = split_attributes(text);
    let mut element = Map::new();
    let mut names = tag_and_classes.split('.');
    if let Some(tag) = names.next().filter(|tag| !tag.is_empty()) {
        element.insert("tag_name".to_owned(), Value::from(tag));
    }
    let classes: Vec<&str> = names.filter(|class| !class.is_empty()).collect();
    if !classes.is_empty() {
        element.insert("attr_class".to_owned(), Value::from(classes));
    }
    let mut others = Map::new();
    for (name, value) in parse_attributes(attributes) {
        match name {
            "href" | "text" | "attr_id" => element.insert(name.to_owned(), Value::from(value)),
            "nth-child" | "nth-of-type" => value
                .trim()
                .parse::<i64>()
                .ok()
                .and_then(|count| element.insert(name.replace('-', "_"), Value::from(count))),
            _ => others.insert(name.to_owned(), Value::from(value)),
        };
    }
    element.insert("attributes".to_owned(), Value::Object(others));
    element
}

/// Where the attributes begin: behind the first colon that an attribute's name and an equals sign follow, as a class may
/// hold a colon itself.
fn split_attributes(text: &str) -> (&str, &str) {
    let begins_attribute = |rest: &str| {
        let name_end = rest.find(|character: char| !(character.is_ascii_alphanumeric() || "-_".contains(character)));
        name_end.is_some_and(|end| rest[end..].starts_with('='))
    };
    text.match_indices(':')
        .find(|(position, _)| begins_attribute(&text[position + 1..]))
        .map_or_else(|| (text.trim_end_matches(':'), ""), |(position, _)| (&text[..position], &text[position + 1..]))
}

/// The `name="value"` pairs, `\"` in values undone.
fn parse_attributes(mut rest: &str) -> Vec<(&str, String)> {
    let mut attributes = Vec::new();
    while let Some((name, after)) = rest.split_once("=\"") {
        let mut value = String::new();
        let mut characters = after.char_indices();
        let end = loop {
            match characters.next() {
                Some((position, '"')) => break Some(position + 1),
                Some((_, '\\')) => match characters.next() {
                    Some((_, '"')) => value.push('"'),
                    Some((_, other)) => value.extend(['\\', other]),
                    None => break None,
                },
                Some((_, other)) => value.push(other),
                None => break None,
            }
        };
        let Some(end) = end else { break };
        if !name.is_empty() {
            attributes.push((name, value));
        }
        rest = &after[end..];
    }
    attributes
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn elements(properties: Value) -> Value {
        Value::Array(elements_of(properties.as_object().unwrap()))
    }

    #[test]
    fn a_list_becomes_elements() {
        assert_eq!(
            elements(json!({"$elements": [
                {"tag_name": "a", "nth_child": 1, "nth_of_type": 2, "attr__class": "btn btn-sm", "attr__href": "/x", "attr__id": "go"},
                {"tag_name": "div", "nth_child": 1, "nth_of_type": 2, "$el_text": "💻"}, 7]})),
            json!([
                {"tag_name": "a", "href": "/x", "attr_id": "go", "nth_child": 1, "nth_of_type": 2, "attr_class": "btn btn-sm",
                 "attributes": {"attr__class": "btn btn-sm", "attr__href": "/x", "attr__id": "go"}, "order": 0},
                {"tag_name": "div", "text": "💻", "$el_text": "💻", "nth_child": 1, "nth_of_type": 2, "attributes": {}, "order": 1}
            ])
        );
    }

    #[test]
    fn a_chain_becomes_elements() {
        let chain = r#"a.btn.md:flex:attr__data-x="1;2"attr__href="/x"href="/x"nth-child="1"nth-of-type="2"text="say \"hi\"; now";div:nth-child="0"attr_id="top";body"#;
        assert_eq!(
            elements(json!({"$elements_chain": chain, "$elements": []})),
            json!([
                {"tag_name": "a", "attr_class": ["btn", "md:flex"], "href": "/x", "nth_child": 1, "nth_of_type": 2,
                 "text": "say \"hi\"; now", "$el_text": "say \"hi\"; now",
                 "attributes": {"attr__data-x": "1;2", "attr__href": "/x"}, "order": 0},
                {"tag_name": "div", "nth_child": 0, "attr_id": "top", "attributes": {}, "order": 1},
                {"tag_name": "body", "attributes": {}, "order": 2}
            ])
        );
    }

    #[test]
    fn a_broken_chain_gives_what_can_be_read() {
        for (chain, expected) in [
            ("", json!([])),
            (";;", json!([])),
            ("a:href=\"/x", json!([{"tag_name": "a", "attributes": {}, "order": 0}])),
            (
                "a:;b",
                json!([{"tag_name": "a", "attributes": {}, "order": 0}, {"tag_name": "b", "attributes": {}, "order": 1}]),
            ),
            (":nth-child=\"x\"", json!([{"attributes": {}, "order": 0}])),
            ("a:text=\"\"", json!([{"tag_name": "a", "text": "", "$el_text": "", "attributes": {}, "order": 0}])),
        ] {
            assert_eq!(elements(json!({"$elements_chain": chain})), expected, "{chain}");
        }
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(cut("💻💻", 3), "💻");
        assert_eq!(cut("abc", 3), "abc");
        let long = elements(json!({"$elements": [{"$el_text": "x".repeat(500)}]}));
        assert_eq!(long[0]["text"].as_str().unwrap().len(), 400);
    }
}
