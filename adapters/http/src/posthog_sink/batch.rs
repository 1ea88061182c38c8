//! Events on their way to PostHog, a request's worth each.

use flate2::Compression;
use flate2::write::GzEncoder;
use runtime_core::event::{PluginEvent, webhook_event};
use serde_json::{Value, json};
use std::io::Write;

/// How many bytes of JSON a request may have: PostHog takes 20 MB.
const MOST_BYTES: usize = 10_000_000;
/// How many events a request may have.
const MOST_EVENTS: usize = 1_000;

/// An event as PostHog takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outgoing {
    /// Its place among the events that are sent.
    pub index: usize,
    /// All of it.
    pub json: String,
}

/// At least one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Batch(Vec<Outgoing>);

impl Outgoing {
    fn of((index, event): (usize, &PluginEvent)) -> Self {
        // The same members with the same meaning, and the team, which here is the token's.
        let mut members = webhook_event(event);
        members.shift_remove("team_id");
        members.retain(|name, value| name == "properties" || !value.is_null());
        // PostHog refuses the whole batch for an uuid that is none, and makes one where there is none.
        if !members.get("uuid").and_then(Value::as_str).is_some_and(is_uuid) {
            members.shift_remove("uuid");
        }
        let json = serde_json::to_string(&members).expect("members of an event are JSON");
        Self { index, json }
    }
}

impl Batch {
    /// The body of a request.
    pub(super) fn to_gzip(&self, project_token: &str) -> Vec<u8> {
        let events: Vec<&str> = self.0.iter().map(|event| event.json.as_str()).collect();
        let parts = ["{\"api_key\":", &json!(project_token).to_string(), ",\"batch\":[", &events.join(","), "]}"];
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(parts.concat().as_bytes()).expect("a Vec takes everything that is written to it");
        encoder.finish().expect("a Vec takes everything that is written to it")
    }

    /// The two halves, in order.
    ///
    /// # Errors
    /// The event, if there is just one.
    pub(super) fn halves(mut self) -> Result<[Self; 2], Outgoing> {
        if self.0.len() == 1 {
            return Err(self.0.remove(0));
        }
        let second = self.0.split_off(self.0.len() / 2);
        Ok([self, Self(second)])
    }
}

/// The events in order, as many in a batch as it may have.
pub(super) fn batches(events: &[PluginEvent]) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    let mut bytes = 0;
    for event in events.iter().enumerate().map(Outgoing::of) {
        bytes += event.json.len();
        match batches.last_mut() {
            Some(Batch(events)) if events.len() < MOST_EVENTS && bytes <= MOST_BYTES => events.push(event),
            _ => {
                bytes = event.json.len();
                batches.push(Batch(vec![event]));
            }
        }
    }
    batches
}

/// Whether a text is a uuid in its usual form.
fn is_uuid(text: &str) -> bool {
    let is_dash = |index| matches!(index, 8 | 13 | 18 | 23);
    text.len() == 36
        && text
            .bytes()
            .enumerate()
            .all(|(index, byte)| if is_dash(index) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(members: Value) -> PluginEvent {
        serde_json::from_value(members).unwrap()
    }

    #[test]
    fn an_event_goes_as_a_client_would_send_it() {
        let sent = Outgoing::of((
            0,
            &event(json!({
                "uuid": "90637ab4-3d29-5e03-a8ff-bb88f0970134", "event": "e", "distinct_id": "d", "team_id": 2,
                "ip": "1.2.3.4", "now": "2023-01-01T00:00:10.000Z", "sent_at": "2023-01-01T00:00:05.000Z",
                "timestamp": "2023-01-01T00:00:00.000Z", "$set": {"a": 1}, "properties": {"$lib": "web"}
            })),
        ));
        let sent: Value = serde_json::from_str(&sent.json).unwrap();
        assert_eq!((&sent["event"], &sent["distinct_id"]), (&json!("e"), &json!("d")));
        assert_eq!(sent["uuid"], "90637ab4-3d29-5e03-a8ff-bb88f0970134");
        assert_eq!(sent["timestamp"], "2023-01-01T00:00:05.000Z", "by the server's clock");
        assert_eq!((&sent["properties"]["$lib"], &sent["properties"]["$ip"]), (&json!("web"), &json!("1.2.3.4")));
        assert_eq!(sent["properties"]["$set"], json!({"a": 1}));
        let members: Vec<_> = sent.as_object().unwrap().keys().collect();
        assert_eq!(members, ["uuid", "distinct_id", "event", "timestamp", "properties"]);
    }

    #[test]
    fn what_posthog_cannot_read_is_left_out() {
        let sent = Outgoing::of((0, &event(json!({"uuid": "not one", "event": "e", "timestamp": "never"}))));
        assert_eq!(sent.json, "{\"event\":\"e\",\"properties\":{}}");
        assert!(!is_uuid("90637ab4-3d29-5e03-a8ff-bb88f097013é"));
    }

    #[test]
    fn batches_keep_both_limits() {
        let sizes = |events: &[PluginEvent]| batches(events).iter().map(|batch| batch.0.len()).collect::<Vec<_>>();
        let small = event(json!({"event": "e"}));
        assert_eq!(sizes(&vec![small; 2_001]), [1_000, 1_000, 1]);
        let large = event(json!({"event": "x".repeat(MOST_BYTES / 2 - 100)}));
        assert_eq!(sizes(&vec![large; 3]), [2, 1]);
        assert_eq!(sizes(&[]), [0; 0]);
    }
}
