//! The events that every app gets, and how what arrived is compared with them.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::event;

/// How many events an app gets.
pub const COUNT: usize = 40;
/// The value that a property of every event begins with: quotes, a line break, and characters of more than one byte.
const TEXT: &str = "naïve 🦔 \"quoted\"\n";

const NAMES: [&str; 4] = ["bought", "$pageview", "$identify", "$screen"];

/// Events of four kinds, the ordinary one first, all different.
pub fn events() -> Vec<Value> {
    (0..COUNT).map(numbered).collect()
}

fn numbered(number: usize) -> Value {
    let properties = json!({"number": number, "text": format!("{TEXT}{number}"), "list": [1, null, {"a": true}], "$ip": "203.0.113.7"});
    let mut event = event(json!({
        "uuid": format!("01890000-0000-7000-8000-{number:012}"),
        "event": NAMES[number % NAMES.len()],
        "distinct_id": format!("person-{}", number % 7),
        "ip": "203.0.113.7",
        "timestamp": format!("2023-01-01T00:00:{number:02}.000Z"),
        "properties": properties,
    }));
    if event["event"] == "$identify" {
        event["$set"] = json!({"email": format!("{number}@example.com")});
        event["properties"]["$set"] = event["$set"].clone();
    }
    event
}

/// By the text under `key`; the same twice fails the test.
pub fn by<'a>(arrived: &'a [Value], key: &str) -> BTreeMap<&'a str, &'a Value> {
    let mut found = BTreeMap::new();
    for value in arrived {
        let id = value[key].as_str().unwrap_or_else(|| panic!("no {key}: {value}"));
        assert!(found.insert(id, value).is_none(), "{id} arrived twice");
    }
    found
}

/// Checks that every event arrived once, with these members as they were sent (and its properties among those that arrived, as
/// what runs before the app adds some).
pub fn check_whole(arrived: &[Value], members: &[&str]) {
    let found = by(arrived, "uuid");
    assert_eq!(found.len(), COUNT, "events arrived");
    for sent in events() {
        let uuid = sent["uuid"].as_str().expect("every event has one");
        let event = found.get(uuid).unwrap_or_else(|| panic!("{uuid} did not arrive"));
        for member in members {
            assert_eq!(event[*member], sent[*member], "{member} of {event}");
        }
        check_properties(&event["properties"], &sent);
    }
}

/// Checks that the event's properties are among those.
pub fn check_properties(arrived: &Value, sent: &Value) {
    for (name, value) in sent["properties"].as_object().expect("an object") {
        assert_eq!(&arrived[name], value, "{name} of {arrived}");
    }
}
