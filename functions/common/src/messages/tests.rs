//! Messages as Lambda writes them.

use super::*;
use serde_json::{Value, json};

fn read(message: Value, strangers: Strangers) -> Message {
    let queues = Queues::at_urls([(Lane::Events, "http://q/0/events"), (Lane::Jobs, "http://q/0/jobs")]);
    let fallback = Fallback { id: "fallback".to_owned(), received_at: Timestamp(5) };
    Message::read(serde_json::from_value(message).unwrap(), &queues, strangers, fallback)
}

fn from_queue(name: &str) -> Value {
    json!({
        "messageId": "m1", "receiptHandle": "r", "body": "{}",
        "attributes": {"ApproximateReceiveCount": "3", "SentTimestamp": "1672531200000", "MessageGroupId": "2"},
        "messageAttributes": {
            "stage": {"stringValue": "chain:1", "dataType": "String", "stringListValues": []},
            "MessageGroupId": {"stringValue": "7", "dataType": "String", "stringListValues": []}
        },
        "md5OfBody": "x", "eventSource": "aws:sqs", "eventSourceARN": format!("arn:aws:sqs:r:1:{name}"), "awsRegion": "r"
    })
}

#[test]
fn a_message_becomes_a_record() {
    let message = read(from_queue("jobs"), Strangers::DeadLetters);
    assert_eq!((message.item.as_deref(), message.work), (Some("m1"), Work::Process));
    assert_eq!(message.receipt, Some(Receipt { lane: Lane::Jobs, handle: "r".to_owned() }));
    assert!(message.is_suspect() && message.claim().is_none());
    let record = message.record;
    assert_eq!((record.message_id.as_str(), record.body.as_slice()), ("m1", b"{}".as_slice()));
    assert_eq!((record.lane, record.receive_count, record.received_at), (Lane::Jobs, 3, Timestamp(1_672_531_200_000)));
    assert_eq!((record.attributes["stage"].as_str(), record.attributes["MessageGroupId"].as_str()), ("chain:1", "2"));
}

#[test]
fn a_bare_message_is_a_record_all_the_same() {
    let message = read(json!({"messageId": ""}), Strangers::Events);
    assert_eq!((message.item, message.receipt, message.work), (None, None, Work::Process));
    assert_eq!((message.record.message_id.as_str(), message.record.lane), ("fallback", Lane::Events));
    assert!(message.record.body.is_empty());
    assert_eq!((message.record.receive_count, message.record.received_at), (1, Timestamp(5)));
}

#[test]
fn what_a_queue_gave_up_is_imported_however_often_it_was_delivered() {
    let message = read(from_queue("jobs-dead"), Strangers::DeadLetters);
    assert_eq!((message.record.lane, message.work, message.receipt.as_ref()), (Lane::Jobs, Work::Import, None));
    assert!(!message.is_suspect());
    assert_eq!(read(from_queue("theirs"), Strangers::Events).record.lane, Lane::Events);
}

#[test]
fn hops_are_a_number_up_to_the_limit() {
    let hops = |value: &str| {
        let attributes = json!({HOPS: {"stringValue": value, "dataType": "Number"}});
        let message = read(json!({"messageId": "m", "messageAttributes": attributes}), Strangers::Events);
        message.record.attributes.get(HOPS).cloned()
    };
    assert_eq!(hops("2").as_deref(), Some("2"));
    assert_eq!(hops("4000000000"), Some(MAXIMUM_HOPS.to_string()));
    assert_eq!([hops("-1"), hops("many"), hops("99999999999")], [None, None, None]);
}

#[test]
fn a_body_may_be_the_name_of_a_blob() {
    let message = json!({"messageId": "m", "body": "abc", "messageAttributes": {BLOB_ATTRIBUTE: {"stringValue": "sha-256", "dataType": "String"}}});
    assert_eq!(read(message, Strangers::Events).claim(), Some("abc"));
}

#[test]
fn a_payload_that_is_no_sqs_event_is_told_by_its_place() {
    let payload = RawValue::from_string("{\"SECRET\": 1}".to_owned()).unwrap();
    let error = messages_of(&payload).unwrap_err().to_string();
    assert!(error.starts_with("the payload is no SQS event from line 1, column 13 on"), "{error}");
}
