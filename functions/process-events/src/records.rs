//! SQS messages as records of the core.

use aws_lambda_events::event::sqs::SqsMessage;
use runtime_core::pipeline::record::Record;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::delayed_queue::Lane;
use std::collections::HashMap;

/// Makes a record of a message. A missing body is an empty one, which the core refuses as it does any other that holds no
/// events. A message without an id is called by `fallback_id`.
pub fn record_of(message: SqsMessage, fallback_id: impl FnOnce() -> String, now: Timestamp) -> Record {
    let attribute = |name: &str| message.attributes.get(name).and_then(|value| value.parse::<i64>().ok());
    // The time of sending is the same at every delivery; so is what is derived from it.
    let received_at =
        attribute("SentTimestamp").or_else(|| attribute("ApproximateFirstReceiveTimestamp")).map_or(now, Timestamp);
    let receive_count = attribute("ApproximateReceiveCount").and_then(|count| u32::try_from(count).ok()).unwrap_or(1);
    let mut attributes: HashMap<String, String> = message
        .message_attributes
        .into_iter()
        .filter_map(|(name, attribute)| Some((name, attribute.string_value?)))
        .collect();
    // A sender cannot stand in for the queue.
    attributes.extend(message.attributes);
    Record {
        lane: Lane::Events,
        message_id: message.message_id.filter(|id| !id.is_empty()).unwrap_or_else(fallback_id),
        body: message.body.unwrap_or_default().into_bytes(),
        received_at,
        receive_count,
        attributes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record(message: serde_json::Value) -> Record {
        record_of(serde_json::from_value(message).unwrap(), || "fallback".to_owned(), Timestamp(5))
    }

    #[test]
    fn a_message_becomes_a_record() {
        let record = record(json!({
            "messageId": "m1", "receiptHandle": "r", "body": "{}",
            "attributes": {"ApproximateReceiveCount": "3", "SentTimestamp": "1672531200000", "MessageGroupId": "2"},
            "messageAttributes": {
                "stage": {"stringValue": "chain:1", "dataType": "String", "stringListValues": []},
                "MessageGroupId": {"stringValue": "7", "dataType": "String", "stringListValues": []}
            },
            "md5OfBody": "x", "eventSource": "aws:sqs", "eventSourceARN": "a", "awsRegion": "r"
        }));
        assert_eq!((record.message_id.as_str(), record.body.as_slice()), ("m1", b"{}".as_slice()));
        assert_eq!((record.receive_count, record.received_at), (3, Timestamp(1_672_531_200_000)));
        assert_eq!(record.attributes["stage"], "chain:1");
        assert_eq!(record.attributes["MessageGroupId"], "2");
    }

    #[test]
    fn a_bare_message_is_a_record_all_the_same() {
        let record = record(json!({}));
        assert_eq!(record.message_id, "fallback");
        assert!(record.body.is_empty());
        assert_eq!((record.receive_count, record.received_at), (1, Timestamp(5)));
    }
}
