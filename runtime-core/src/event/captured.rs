//! The event that `posthog.capture` sends back to the head of the pipeline (behaviour.md b.6).

use super::text::is_truthy;
use super::times::iso_text;
use super::{InstallationId, PluginEvent, TeamId};
use crate::ports::clock::Timestamp;
use serde_json::{Map, Value};

/// What one call of `posthog.capture` says, and who made it.
#[derive(Debug, Clone)]
pub struct Capture<'a> {
    /// The calling app's name: the `distinct_id` where the call gives none. If it is empty, `plugin-id-N` is.
    pub app: &'a str,
    /// The calling installation.
    pub installation: InstallationId,
    /// Its team.
    pub team: TeamId,
    /// The first argument.
    pub event: &'a str,
    /// The second argument.
    pub properties: Map<String, Value>,
    /// From [`super::capture_uuid`]. A `uuid` property stays a property.
    pub uuid: String,
    /// The time of the call.
    pub now: Timestamp,
}

/// The event as it enters the chain. `timestamp` and `distinct_id` are lifted out of the properties (case 162), `now` and
/// `sent_at` equal `timestamp`, `ip` and `site_url` are empty. A `timestamp` that is no time counts as absent.
pub fn captured_event(capture: Capture<'_>) -> PluginEvent {
    let mut given = capture.properties;
    let timestamp =
        given.shift_remove("timestamp").as_ref().and_then(iso_text).unwrap_or_else(|| capture.now.to_string());
    let distinct_id = given
        .shift_remove("distinct_id")
        .filter(is_truthy)
        .unwrap_or_else(|| default_person(&capture.app, capture.installation));

    let mut properties = Map::new();
    properties.insert("$lib".to_owned(), Value::from("posthog-plugin-server"));
    properties.insert("$lib_version".to_owned(), Value::from(env!("CARGO_PKG_VERSION")));
    properties.insert("distinct_id".to_owned(), distinct_id.clone());
    properties.extend(given);

    let members = [
        ("distinct_id", distinct_id),
        ("ip", Value::Null),
        ("site_url", Value::from("")),
        ("team_id", Value::from(capture.team.0)),
        ("now", Value::from(timestamp.as_str())),
        ("sent_at", Value::from(timestamp.as_str())),
        ("event", Value::from(capture.event)),
        ("uuid", Value::from(capture.uuid)),
        ("timestamp", Value::from(timestamp)),
        ("properties", Value::Object(properties)),
    ];
    let mut event =
        PluginEvent { members: members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect() };
    event.normalize();
    event.remove_plugin_marks();
    event
}

fn default_person(app: &str, installation: InstallationId) -> Value {
    if app.is_empty() { Value::from(format!("plugin-id-{installation}")) } else { Value::from(app) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn captured(properties: Value) -> PluginEvent {
        captured_event(Capture {
            app: "demo",
            installation: InstallationId(39),
            team: TeamId(2),
            event: "E",
            properties: properties.as_object().unwrap().clone(),
            uuid: "c".into(),
            now: Timestamp(0),
        })
    }

    #[test]
    fn case_161_capture_has_the_default_person_and_lib() {
        let event = captured(json!({"a": 1, "uuid": "mine"}));
        assert_eq!(event.members["distinct_id"], "demo");
        assert_eq!(event.members["uuid"], "c");
        assert_eq!(event.members["team_id"], 2);
        for time in ["timestamp", "now", "sent_at"] {
            assert_eq!(event.members[time], "1970-01-01T00:00:00.000Z", "{time}");
        }
        let properties = &event.members["properties"];
        assert_eq!(properties["$lib"], "posthog-plugin-server");
        assert_eq!(properties["distinct_id"], "demo");
        assert_eq!(properties["a"], 1);
        assert_eq!(properties["uuid"], "mine");
    }

    #[test]
    fn case_162_timestamp_and_distinct_id_are_lifted_out() {
        let event = captured(json!({"timestamp": "2023-01-01T00:00:00.000Z", "distinct_id": "someone"}));
        assert_eq!(event.members["distinct_id"], "someone");
        assert_eq!(event.members["timestamp"], "2023-01-01T00:00:00.000Z");
        assert_eq!(event.members["now"], "2023-01-01T00:00:00.000Z");
        let properties = event.members["properties"].as_object().unwrap();
        assert!(!properties.contains_key("timestamp"));
        assert_eq!(properties["distinct_id"], "someone");
    }

    #[test]
    fn an_app_without_a_name_is_called_by_its_id() {
        assert_eq!(default_person("", InstallationId(39)), "plugin-id-39");
    }
}
