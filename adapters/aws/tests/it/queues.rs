//! What arrives on the queues.

use crate::emulator::{Stack, objects};
use adapter_aws::captures::HOPS_ATTRIBUTE;
use adapter_aws::event_sink::BLOB_ATTRIBUTE;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use runtime_core::event::PluginEvent;
use runtime_core::ports::captures::{CapturedEvent, Captures};
use runtime_core::ports::event_sink::EventSink;
use serde_json::json;

fn event(name: &str) -> PluginEvent {
    let event =
        json!({"uuid": "u", "event": name, "team_id": 2, "distinct_id": "d", "properties": {"emoji": "\u{1f33f}"}});
    serde_json::from_value(event).unwrap()
}

/// Everything that is on a queue.
async fn receive(stack: &Stack, url: &str) -> Vec<Message> {
    let client = aws_sdk_sqs::Client::new(&stack.config);
    let mut received = Vec::new();
    loop {
        let request = client
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(10)
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::All);
        let messages = request.send().await.unwrap().messages.unwrap_or_default();
        if messages.is_empty() {
            return received;
        }
        received.extend(messages);
    }
}

fn body(message: &Message) -> PluginEvent {
    serde_json::from_str(message.body().unwrap()).unwrap()
}

#[tokio::test]
async fn final_events_arrive_whole_however_many() {
    let stack = Stack::new().await;
    let events: Vec<_> = (0..25).map(|number| event(&format!("{number:02} \u{ffff}"))).collect();
    stack.store.event_sink().send(&events).await.unwrap();
    stack.store.event_sink().send(&[]).await.unwrap();
    let received = receive(&stack, &stack.names.output_queue_url).await;
    let mut arrived: Vec<_> = received.iter().map(body).collect();
    arrived.sort_by(|one, other| one.name().cmp(other.name()));
    assert_eq!(arrived, events);
    let group = received[0].attributes().unwrap().get(&MessageSystemAttributeName::MessageGroupId);
    assert_eq!(group.map(String::as_str), Some("2"), "the team, for fair queues");
}

#[tokio::test]
async fn an_event_too_large_for_a_message_is_in_the_bucket() {
    let stack = Stack::new().await;
    let large = event(&"x".repeat(1_100_000));
    let half = event(&"x".repeat(600_000));
    stack.store.event_sink().send(&[half.clone(), large.clone(), half.clone()]).await.unwrap();
    let received = receive(&stack, &stack.names.output_queue_url).await;
    assert_eq!(received.len(), 3);
    let in_blob = |message: &&Message| message.message_attributes().is_some_and(|all| all.contains_key(BLOB_ATTRIBUTE));
    let named: Vec<_> = received.iter().filter(in_blob).collect();
    assert_eq!(named.len(), 1);
    let key = format!("blobs/{}", named[0].body().unwrap());
    let object = objects(&stack.config).get_object().bucket(&stack.names.bucket).key(key).send().await.unwrap();
    let bytes = object.body.collect().await.unwrap().to_vec();
    assert_eq!(serde_json::from_slice::<PluginEvent>(&bytes).unwrap(), large);
}

#[tokio::test]
async fn a_captured_event_says_how_many_led_to_it() {
    let stack = Stack::new().await;
    stack.store.captures().send(CapturedEvent { event: event("captured"), hops: 3 }).await.unwrap();
    let received = receive(&stack, &stack.names.events_queue_url).await;
    assert_eq!(received.len(), 1);
    assert_eq!(body(&received[0]), event("captured"));
    let hops = &received[0].message_attributes().unwrap()[HOPS_ATTRIBUTE];
    assert_eq!((hops.data_type(), hops.string_value()), ("Number", Some("3")));
}
