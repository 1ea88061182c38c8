//! The event that Lambda makes of SQS messages.

use serde_json::{Map, Value, json};

/// The most bytes that an invocation's payload may have.
pub const PAYLOAD_BYTES: usize = 6 * 1024 * 1024;

/// A message as `ReceiveMessage` gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// `MessageId`
    pub id: String,
    /// `ReceiptHandle`
    pub receipt_handle: String,
    /// `Body`
    pub body: String,
    /// `MD5OfBody`
    pub md5: String,
    /// `Attributes`: `ApproximateReceiveCount`, `SentTimestamp`, ...
    pub attributes: Map<String, Value>,
    /// `MessageAttributes`: name to `DataType` and value.
    pub message_attributes: Map<String, Value>,
}

impl Message {
    /// Reads one of the `Messages` of an answer; `None` if it is not what SQS sends.
    #[must_use]
    pub fn read(message: &Value) -> Option<Self> {
        let text = |name: &str| message[name].as_str().map(str::to_owned);
        let map = |name: &str| message[name].as_object().cloned().unwrap_or_default();
        Some(Self {
            id: text("MessageId")?,
            receipt_handle: text("ReceiptHandle")?,
            body: text("Body")?,
            md5: text("MD5OfBody").unwrap_or_default(),
            attributes: map("Attributes"),
            message_attributes: map("MessageAttributes"),
        })
    }

    /// How often it was received by now, this time included.
    #[must_use]
    pub fn receive_count(&self) -> u32 {
        let count = self.attributes.get("ApproximateReceiveCount").and_then(Value::as_str);
        count.and_then(|count| count.parse().ok()).unwrap_or(1)
    }

    /// As one of the `Records` of the event.
    #[must_use]
    pub fn record(&self, queue_arn: &str) -> Value {
        let attributes: Map<String, Value> =
            self.message_attributes.iter().map(|(name, value)| (name.clone(), record_attribute(value))).collect();
        json!({
            "messageId": self.id,
            "receiptHandle": self.receipt_handle,
            "body": self.body,
            "attributes": self.attributes,
            "messageAttributes": attributes,
            "md5OfBody": self.md5,
            "eventSource": "aws:sqs",
            "eventSourceARN": queue_arn,
            "awsRegion": queue_arn.split(':').nth(3).unwrap_or_default(),
        })
    }
}

/// `{"DataType", "StringValue"}` as `{"stringValue", "stringListValues", "binaryListValues", "dataType"}`.
fn record_attribute(value: &Value) -> Value {
    let mut attribute = Map::new();
    for (from, to) in [("StringValue", "stringValue"), ("BinaryValue", "binaryValue")] {
        if let Some(value) = value.get(from).filter(|value| !value.is_null()) {
            attribute.insert(to.to_owned(), value.clone());
        }
    }
    attribute.insert("stringListValues".to_owned(), json!([]));
    attribute.insert("binaryListValues".to_owned(), json!([]));
    attribute.insert("dataType".to_owned(), value["DataType"].clone());
    Value::from(attribute)
}

/// Makes the payload of as many messages, from the first on, as an invocation can take. There is always one; says how many.
#[must_use]
pub fn payload(messages: &[Message], queue_arn: &str) -> (String, usize) {
    let (mut records, mut bytes) = (Vec::new(), r#"{"Records":[]}"#.len());
    for message in messages {
        let record = message.record(queue_arn).to_string();
        bytes += record.len() + 1;
        if bytes > PAYLOAD_BYTES && !records.is_empty() {
            break;
        }
        records.push(record);
    }
    (format!("{{\"Records\":[{}]}}", records.join(",")), records.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:sqs:eu-west-1:123456789012:events";

    fn message(id: &str, bytes: usize) -> Message {
        let received = json!({"MessageId": id, "ReceiptHandle": "r", "Body": "x".repeat(bytes), "MD5OfBody": "m",
            "Attributes": {"ApproximateReceiveCount": "2", "SentTimestamp": "1672531200000"},
            "MessageAttributes": {"hedgerow-hops": {"DataType": "Number", "StringValue": "1"}}});
        Message::read(&received).expect("complete")
    }

    #[test]
    fn a_record_has_the_shape_that_lambda_gives_it() {
        let (payload, count) = payload(&[message("m1", 2)], ARN);
        assert_eq!(count, 1);
        let record = json!({
            "messageId": "m1", "receiptHandle": "r", "body": "xx",
            "attributes": {"ApproximateReceiveCount": "2", "SentTimestamp": "1672531200000"},
            "messageAttributes": {"hedgerow-hops": {
                "stringValue": "1", "stringListValues": [], "binaryListValues": [], "dataType": "Number"}},
            "md5OfBody": "m", "eventSource": "aws:sqs", "eventSourceARN": ARN, "awsRegion": "eu-west-1",
        });
        assert_eq!(serde_json::from_str::<Value>(&payload).unwrap(), json!({"Records": [record]}));
        assert_eq!(message("m1", 2).receive_count(), 2);
        assert_eq!(Message::read(&json!({"MessageId": "m"})), None);
    }

    #[test]
    fn an_invocation_holds_six_megabytes() {
        let messages: Vec<Message> = (0..8).map(|number| message(&number.to_string(), 1 << 20)).collect();
        let (first, count) = payload(&messages, ARN);
        assert_eq!(count, 5, "the records have more than their bodies");
        assert!(first.len() <= PAYLOAD_BYTES);
        assert_eq!(payload(&[message("large", PAYLOAD_BYTES)], ARN).1, 1, "one is always taken");
        assert_eq!(payload(&[], ARN), (r#"{"Records":[]}"#.to_owned(), 0));
    }
}
