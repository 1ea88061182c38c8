//! The shapes in which events reach `onEvent`, `exportEvents` and `composeWebhook` (behaviour.md c.2).

use super::PluginEvent;
use super::elements::elements_of;
use serde_json::{Map, Value};

/// The event that `onEvent` and `exportEvents` get: exactly the members of case 98, in that order. `ip` is null (the address
/// is in `properties.$ip`), `$set` and `$set_once` are those of the properties or null, `timestamp` is the corrected time.
///
/// `properties` keep `$elements`, which apps of 2021 read there.
pub fn processed_event(event: &PluginEvent) -> Map<String, Value> {
    let event = settled(event);
    let properties = event.properties().cloned().unwrap_or_default();
    let elements = elements_of(&properties);
    let person = |name: &str| properties.get(name).cloned().unwrap_or(Value::Null);
    let (set, set_once) = (person("$set"), person("$set_once"));
    collect([
        ("distinct_id", event.member("distinct_id")),
        ("ip", Value::Null),
        ("team_id", event.member("team_id")),
        ("event", event.member("event")),
        ("properties", Value::Object(properties)),
        ("timestamp", event.happened_at_text().map_or(Value::Null, Value::String)),
        ("$set", set),
        ("$set_once", set_once),
        ("uuid", event.member("uuid")),
        ("elements", Value::Array(elements)),
    ])
}

/// The event that `composeWebhook` gets. `timestamp` is ISO text here, as JSON has no dates: the isolate makes it a `Date`
/// before the app sees it.
pub fn webhook_event(event: &PluginEvent) -> Map<String, Value> {
    let event = settled(event);
    collect([
        ("uuid", event.member("uuid")),
        ("team_id", event.member("team_id")),
        ("distinct_id", event.member("distinct_id")),
        ("event", event.member("event")),
        ("timestamp", event.happened_at_text().map_or(Value::Null, Value::String)),
        ("properties", event.properties().cloned().map_or_else(|| Value::Object(Map::new()), Value::Object)),
    ])
}

/// A copy in the shape it has after the chain: apps may have set `$set` at either place.
fn settled(event: &PluginEvent) -> PluginEvent {
    let mut event = event.clone();
    event.normalize();
    event
}

fn collect<const COUNT: usize>(members: [(&str, Value); COUNT]) -> Map<String, Value> {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(members: Value) -> PluginEvent {
        PluginEvent { members: members.as_object().unwrap().clone() }
    }

    fn base() -> Value {
        json!({"distinct_id": "d", "ip": "1.2.3.4", "site_url": "", "team_id": 2, "event": "E", "uuid": "u",
            "now": "2023-01-01T00:00:02.000Z", "sent_at": "2023-01-01T00:00:01.000Z",
            "timestamp": "2023-01-01T00:00:00.000Z", "properties": {"a": 1}})
    }

    #[test]
    fn case_098_on_event_has_exactly_these_keys() {
        let processed = processed_event(&event(base()));
        let keys: Vec<&str> = processed.keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            [
                "distinct_id",
                "ip",
                "team_id",
                "event",
                "properties",
                "timestamp",
                "$set",
                "$set_once",
                "uuid",
                "elements"
            ]
        );
        assert_eq!(processed["ip"], Value::Null);
        assert_eq!(processed["timestamp"], "2023-01-01T00:00:01.000Z");
        assert_eq!(processed["properties"]["$ip"], "1.2.3.4");
        assert_eq!(processed["elements"], json!([]));
    }

    #[test]
    fn case_097_elements_carry_tag_nth_child_and_text() {
        let mut clicked = event(base());
        clicked.properties_mut().insert(
            "$elements".into(),
            json!([{"tag_name": "div", "nth_child": 1, "nth_of_type": 2, "$el_text": "💻"}]),
        );
        let elements = &processed_event(&clicked)["elements"];
        assert_eq!(elements[0]["tag_name"], "div");
        assert_eq!(elements[0]["nth_child"], 1);
        assert_eq!(elements[0]["text"], "💻");
        assert_eq!(elements[0]["$el_text"], "💻");
    }

    #[test]
    fn case_090_what_an_app_sets_reaches_person_and_event() {
        let mut changed = event(base());
        changed.members.insert("$set".into(), json!({"plan": "app"}));
        changed.properties_mut().insert("$set".into(), json!({"plan": "client", "other": 1}));
        changed.properties_mut().insert("a".into(), json!("app"));
        let processed = processed_event(&changed);
        assert_eq!(processed["$set"], json!({"plan": "app", "other": 1}));
        assert_eq!(processed["properties"]["a"], "app");
    }

    #[test]
    fn case_091_a_deleted_property_is_gone() {
        let mut changed = event(base());
        changed.properties_mut().shift_remove("a");
        assert_eq!(processed_event(&changed)["properties"].get("a"), None);
    }

    #[test]
    fn a_webhook_gets_six_members() {
        let webhook = webhook_event(&event(base()));
        let keys: Vec<&str> = webhook.keys().map(String::as_str).collect();
        assert_eq!(keys, ["uuid", "team_id", "distinct_id", "event", "timestamp", "properties"]);
        assert_eq!(webhook["timestamp"], "2023-01-01T00:00:01.000Z");
    }
}
