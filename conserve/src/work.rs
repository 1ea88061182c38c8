//! What the harness has to see in a piece of work to say which events a fault reaches.

use serde_json::Value;

/// Every `uuid` in it, wherever it is: an event, a batch, a job, a message around any of them.
#[must_use]
pub fn uuids_in(value: &Value) -> Vec<String> {
    let mut uuids = Vec::new();
    collect(value, &mut uuids);
    uuids
}

fn collect(value: &Value, uuids: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                match value {
                    Value::String(uuid) if key == "uuid" => uuids.push(uuid.clone()),
                    _ => collect(value, uuids),
                }
            }
        }
        Value::Array(elements) => elements.iter().for_each(|element| collect(element, uuids)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn they_are_found_in_every_form_of_work() {
        for work in [
            json!({"uuid": "u", "properties": {}}),
            json!([{"uuid": "u"}]),
            json!({"v": 1, "stage": {"name": "sink"}, "subject": {"event": {"uuid": "u"}}}),
            json!({"v": 1, "name": "tell", "payload": {"uuid": "u", "attempt": 1}}),
        ] {
            assert_eq!(uuids_in(&work), ["u"], "{work}");
        }
        assert!(uuids_in(&json!({"uuid": 5, "other": "uuid"})).is_empty());
    }
}
