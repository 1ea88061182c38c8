//! What PostHog does to an event before the chain and once more after it (behaviour.md c.2): person properties end up in
//! `properties.$set` and `properties.$set_once`, the address in `properties.$ip`.

use super::PluginEvent;
use super::text::{is_truthy, js_string};
use serde_json::{Map, Value};

/// The properties of an event that describe the person too. PostHog's list as of late 2023 (behaviour.md c.2: "UTM/device
/// properties").
const PERSON_PROPERTIES: [&str; 25] = [
    "$app_build",
    "$app_name",
    "$app_namespace",
    "$app_version",
    "$browser",
    "$browser_version",
    "$device_type",
    "$current_url",
    "$pathname",
    "$os",
    "$os_version",
    "$referring_domain",
    "$referrer",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_name",
    "utm_term",
    "gclid",
    "gad_source",
    "gbraid",
    "wbraid",
    "fbclid",
    "msclkid",
];

/// Events that say nothing about the person.
const NOT_ABOUT_THE_PERSON: [&str; 2] = ["$snapshot", "$performance_event"];

impl PluginEvent {
    /// Brings the event into the shape of P23: `distinct_id` text, `properties` an object with `$set` and `$set_once` merged
    /// in (the top level wins and stays where it is), `$ip` and `$sent_at` filled, and the person properties copied to `$set`
    /// and, as `$initial_...`, to `$set_once`, where the property wins over a value that is there, as in P23.
    ///
    /// Doing it twice changes nothing more. The pipeline does it again to what leaves the chain, as an app may set `$set` at
    /// either place.
    pub fn normalize(&mut self) {
        if let Some(distinct_id) = self.members.get_mut("distinct_id").filter(|value| !value.is_null()) {
            *distinct_id = Value::String(js_string(distinct_id).replace('\0', "\u{fffd}"));
        }
        let about_the_person = !NOT_ABOUT_THE_PERSON.contains(&self.name());
        let top_level = ["$set", "$set_once"].map(|name| (name, self.members.get(name).cloned()));
        let address = self.members.get("ip").filter(|ip| is_truthy(ip)).cloned();
        let sent_at = self.members.get("sent_at").filter(|time| is_truthy(time)).cloned();

        let properties = self.properties_mut();
        for (name, values) in top_level {
            if let Some(Value::Object(values)) = values {
                object_at(properties, name).extend(values);
            }
        }
        if let Some(address) = address
            && !properties.get("$ip").is_some_and(is_truthy)
        {
            properties.insert("$ip".to_owned(), address);
        }
        if about_the_person {
            copy_person_properties(properties);
        }
        if let Some(sent_at) = sent_at
            && !properties.contains_key("$sent_at")
        {
            properties.insert("$sent_at".to_owned(), sent_at);
        }
    }
}

fn copy_person_properties(properties: &mut Map<String, Value>) {
    let copied: Vec<(String, Value)> = properties
        .iter()
        .filter(|(name, _)| PERSON_PROPERTIES.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if copied.is_empty() {
        return;
    }
    object_at(properties, "$set_once").extend(
        copied.iter().map(|(name, value)| (format!("$initial_{}", name.trim_start_matches('$')), value.clone())),
    );
    object_at(properties, "$set").extend(copied);
}

/// The object at `name`; anything else that is there gives way to an empty one.
fn object_at<'a>(members: &'a mut Map<String, Value>, name: &str) -> &'a mut Map<String, Value> {
    let value = members.entry(name).or_insert(Value::Null);
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut().expect("it was made an object on the line before")
}

impl PluginEvent {
    /// The `properties`, made an object where they are none.
    pub fn properties_mut(&mut self) -> &mut Map<String, Value> {
        object_at(&mut self.members, "properties")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn normalized(members: Value) -> Value {
        let mut event = PluginEvent { members: members.as_object().unwrap().clone() };
        event.normalize();
        let once = event.clone();
        event.normalize();
        assert_eq!(event, once, "doing it twice changed more");
        Value::Object(event.members)
    }

    #[test]
    fn the_top_level_wins_and_stays() {
        let event = normalized(json!({"event": "E", "distinct_id": 5, "$set": {"a": "top"}, "$set_once": {"c": 1},
            "properties": {"$set": {"a": "inner", "b": 2}}}));
        assert_eq!(
            event,
            json!({"event": "E", "distinct_id": "5", "$set": {"a": "top"}, "$set_once": {"c": 1},
                "properties": {"$set": {"a": "top", "b": 2}, "$set_once": {"c": 1}}})
        );
    }

    #[test]
    fn campaign_and_device_properties_reach_the_person() {
        let event =
            normalized(json!({"event": "E", "properties": {"utm_source": "news", "$browser": "B", "other": 1}}));
        assert_eq!(event["properties"]["$set"], json!({"utm_source": "news", "$browser": "B"}));
        assert_eq!(event["properties"]["$set_once"], json!({"$initial_utm_source": "news", "$initial_browser": "B"}));
        let snapshot = normalized(json!({"event": "$snapshot", "properties": {"$browser": "B"}}));
        assert_eq!(snapshot["properties"], json!({"$browser": "B"}));
    }

    #[test]
    fn the_address_is_in_both_places_and_one_sent_along_wins() {
        let event = normalized(json!({"ip": "1.2.3.4", "sent_at": "2023-01-01T00:00:00Z"}));
        assert_eq!(event["properties"], json!({"$ip": "1.2.3.4", "$sent_at": "2023-01-01T00:00:00Z"}));
        assert_eq!(event["ip"], json!("1.2.3.4"));
        let own = normalized(json!({"ip": "1.2.3.4", "properties": {"$ip": "5.6.7.8"}}));
        assert_eq!(own["properties"]["$ip"], json!("5.6.7.8"));
    }

    #[test]
    fn values_of_the_wrong_kind_do_no_harm() {
        let event =
            normalized(json!({"distinct_id": "a\u{0}b", "$set": "text", "properties": {"$set_once": [1], "gclid": 1}}));
        assert_eq!(event["distinct_id"], json!("a\u{fffd}b"));
        assert_eq!(event["properties"]["$set_once"], json!({"$initial_gclid": 1}));
    }
}
