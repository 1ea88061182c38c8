//! What arrives on the queues.

use crate::emulator::{NOW, Stack, objects};
use adapter_aws::AwsStore;
use adapter_aws::captures::HOPS_ATTRIBUTE;
use adapter_aws::claims::BodyError;
use adapter_aws::event_sink::BLOB_ATTRIBUTE;
use adapter_aws::names::Names;
use adapter_aws::work::{ID_ATTRIBUTE, LONGEST_DELAY};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use runtime_core::event::{PluginEvent, TeamId};
use runtime_core::ports::blob_store::BlobStore;
use runtime_core::ports::captures::{CapturedEvent, Captures};
use runtime_core::ports::clock::Clock;
use runtime_core::ports::delayed_queue::{DelayedMessage, DelayedQueue, DueWork, Lane};
use runtime_core::ports::event_sink::EventSink;
use runtime_core::ports::notifier::Notification;
use serde_json::json;
use std::collections::HashMap;
use std::time::Duration;

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
    stack.store.event_sink().unwrap().send(&events).await.unwrap();
    stack.store.event_sink().unwrap().send(&[]).await.unwrap();
    let received = receive(&stack, &stack.names.output_queue_url.clone().unwrap()).await;
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
    stack.store.event_sink().unwrap().send(&[half.clone(), large.clone(), half.clone()]).await.unwrap();
    let received = receive(&stack, &stack.names.output_queue_url.clone().unwrap()).await;
    assert_eq!(received.len(), 3);
    let in_blob = |message: &&Message| message.message_attributes().is_some_and(|all| all.contains_key(BLOB_ATTRIBUTE));
    let named: Vec<_> = received.iter().filter(in_blob).collect();
    assert_eq!(named.len(), 1);
    let key = format!("claims/{}", named[0].body().unwrap());
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

fn work(id: &str, lane: Lane, seconds: u64) -> DelayedMessage {
    let not_before = NOW.plus(Duration::from_secs(seconds));
    DelayedMessage { id: id.to_owned(), lane, team: Some(TeamId(2)), not_before, body: format!("{{\"id\":\"{id}\"}}") }
}

/// The ids that work carries.
fn id_of(message: &Message) -> &str {
    message.message_attributes().unwrap()[ID_ATTRIBUTE].string_value().unwrap()
}

fn text_attributes(message: &Message) -> HashMap<String, String> {
    let all = message.message_attributes().into_iter().flatten();
    all.filter_map(|(name, value)| Some((name.clone(), value.string_value()?.to_owned()))).collect()
}

#[tokio::test]
async fn work_arrives_on_the_queue_of_its_lane_with_id_and_team() {
    let stack = Stack::new().await;
    let names = &stack.names;
    for (lane, url) in [
        (Lane::Events, &names.events_queue_url),
        (Lane::Continuations, &names.continuations_queue_url),
        (Lane::Exports, &names.exports_queue_url),
        (Lane::Jobs, &names.jobs_queue_url),
    ] {
        stack.store.work().send(work("the id", lane, 0)).await.unwrap();
        let received = receive(&stack, url).await;
        assert_eq!(received.len(), 1, "{lane:?}");
        assert_eq!((received[0].body(), id_of(&received[0])), (Some("{\"id\":\"the id\"}"), "the id"));
        let group = received[0].attributes().unwrap().get(&MessageSystemAttributeName::MessageGroupId);
        assert_eq!(group.map(String::as_str), Some("2"));
    }
}

/// How many messages of a queue wait for their delay to end.
async fn delayed(stack: &Stack, url: &str) -> usize {
    use aws_sdk_sqs::types::QueueAttributeName::ApproximateNumberOfMessagesDelayed;
    let client = aws_sdk_sqs::Client::new(&stack.config);
    let request = client.get_queue_attributes().queue_url(url).attribute_names(ApproximateNumberOfMessagesDelayed);
    let attributes = request.send().await.unwrap().attributes.unwrap();
    attributes[&ApproximateNumberOfMessagesDelayed].parse().unwrap()
}

#[tokio::test]
async fn work_for_later_waits_in_its_queue_or_in_the_table() {
    let stack = Stack::new().await;
    let (queue, due, jobs) = (stack.store.work(), stack.store.due_table(), &stack.names.jobs_queue_url);
    queue.send(work("soon", Lane::Jobs, 900)).await.unwrap();
    assert_eq!((delayed(&stack, jobs).await, due.waiting().await.unwrap().0), (1, 0));
    queue.send(work("later", Lane::Jobs, 901)).await.unwrap();
    queue.send(work("tomorrow", Lane::Exports, 86_400)).await.unwrap();
    assert_eq!((delayed(&stack, jobs).await, due.waiting().await.unwrap().0), (1, 2));
    assert!(receive(&stack, jobs).await.is_empty(), "nothing before its time");

    assert_eq!(due.sweep(NOW, LONGEST_DELAY, &*queue).await.unwrap(), 0, "nothing is due within 15 minutes");
    stack.clock.advance(Duration::from_secs(60));
    assert_eq!(due.sweep(stack.clock.now(), LONGEST_DELAY, &*queue).await.unwrap(), 1);
    assert_eq!((delayed(&stack, jobs).await, due.waiting().await.unwrap().0), (2, 1));
    stack.clock.advance(Duration::from_secs(2 * 86_400));
    assert_eq!(due.sweep(stack.clock.now(), LONGEST_DELAY, &*queue).await.unwrap(), 1);
    let received = receive(&stack, &stack.names.exports_queue_url).await;
    assert_eq!(received.iter().map(id_of).collect::<Vec<_>>(), ["tomorrow"]);
    assert_eq!(due.waiting().await.unwrap(), (0, None));
}

#[tokio::test]
async fn a_sweep_brings_many_each_with_its_own_time() {
    let stack = Stack::new().await;
    // In the place of SQS another table, which shows the times.
    let target = AwsStore::new(
        &stack.config,
        &Names { due_table: "target".to_owned(), ..stack.names.clone() },
        stack.clock.clone(),
    );
    adapter_aws::tables::create(&stack.config, "target", &adapter_aws::tables::DUE).await.unwrap();
    let (due, target) = (stack.store.due_table(), target.due_table());
    let messages: Vec<_> = (0..60).map(|number| work(&format!("{number:02}"), Lane::Jobs, number)).collect();
    for message in &messages {
        due.send(message.clone()).await.unwrap();
    }
    assert_eq!(due.sweep(NOW, LONGEST_DELAY, &*target).await.unwrap(), messages.len());
    let arrived = target.take(NOW.plus(LONGEST_DELAY), NOW.plus(LONGEST_DELAY), 100).await.unwrap();
    assert_eq!(arrived, messages);
}

#[tokio::test]
async fn what_a_sweep_cannot_hand_over_stays_in_the_table() {
    let stack = Stack::new().await;
    let no_queue = format!("{}-gone", stack.names.jobs_queue_url);
    let broken =
        AwsStore::new(&stack.config, &Names { jobs_queue_url: no_queue, ..stack.names.clone() }, stack.clock.clone());
    let due = stack.store.due_table();
    due.send(work("stays", Lane::Jobs, 0)).await.unwrap();
    due.sweep(NOW, LONGEST_DELAY, &*broken.work()).await.unwrap_err();
    assert_eq!(due.waiting().await.unwrap().0, 1);
    let work = stack.store.work();
    assert_eq!(due.sweep(NOW, LONGEST_DELAY, &*work).await.unwrap(), 0, "leased to the sweep that failed");
    let later = NOW.plus(Duration::from_secs(60));
    assert_eq!(due.sweep(later, LONGEST_DELAY, &*work).await.unwrap(), 1, "a minute later it is handed over");
}

#[tokio::test]
async fn a_body_that_sqs_does_not_take_is_found_again() {
    let stack = Stack::new().await;
    let bodies = [format!("\"{}\"", "x".repeat(1_100_000)), "not \u{1} JSON \u{ffff}".to_owned(), String::new()];
    for body in bodies {
        stack.store.work().send(DelayedMessage { body: body.clone(), ..work("id", Lane::Events, 0) }).await.unwrap();
        let received = receive(&stack, &stack.names.events_queue_url).await;
        let attributes = text_attributes(&received[0]);
        assert!(attributes.contains_key(BLOB_ATTRIBUTE));
        let sent = received[0].body().unwrap().as_bytes().to_vec();
        let found = stack.store.body_of(sent, &attributes).await.unwrap();
        assert_eq!(found, body.as_bytes());
    }
}

#[tokio::test]
async fn a_body_is_itself_or_kept_or_lost_or_out_of_reach() {
    let stack = Stack::new().await;
    let plain = stack.store.body_of(b"{}".to_vec(), &HashMap::new()).await.unwrap();
    assert_eq!(plain, b"{}");
    let claimed = HashMap::from([(BLOB_ATTRIBUTE.to_owned(), "sha-256".to_owned())]);
    let blob = stack.store.blob_store().put(b"of another sender").await.unwrap();
    let kept = stack.store.body_of(blob.into_bytes(), &claimed).await.unwrap();
    assert_eq!(kept, b"of another sender");
    let missing = "0".repeat(64).into_bytes();
    let lost = stack.store.body_of(missing.clone(), &claimed).await.unwrap_err();
    assert!(matches!(lost, BodyError::Lost { .. }), "{lost}");
    let names = Names { bucket: format!("{}-gone", stack.names.bucket), ..stack.names.clone() };
    let elsewhere = AwsStore::new(&stack.config, &names, stack.clock.clone());
    let unavailable = elsewhere.body_of(missing, &claimed).await.unwrap_err();
    assert!(matches!(unavailable, BodyError::Unavailable(_)), "{unavailable}");
}

#[tokio::test]
async fn a_notification_reaches_the_subscribers_of_the_topic() {
    let stack = Stack::new().await;
    let jobs = &stack.names.jobs_queue_url;
    let sqs = aws_sdk_sqs::Client::new(&stack.config);
    let attribute = aws_sdk_sqs::types::QueueAttributeName::QueueArn;
    let attributes = sqs.get_queue_attributes().queue_url(jobs).attribute_names(attribute.clone()).send().await;
    let arn = attributes.unwrap().attributes.unwrap()[&attribute].clone();
    let topic = stack.names.notifications_topic_arn.clone().unwrap();
    // A queue takes what a topic sends only if its own policy says so.
    let policy = serde_json::json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage",
        "Principal": {"Service": "sns.amazonaws.com"}, "Resource": arn, "Condition": {"ArnEquals": {"aws:SourceArn": topic}}}]});
    let attribute = aws_sdk_sqs::types::QueueAttributeName::Policy;
    sqs.set_queue_attributes().queue_url(jobs).attributes(attribute, policy.to_string()).send().await.unwrap();
    let sns = aws_sdk_sns::Client::new(&stack.config);
    sns.subscribe().topic_arn(topic).protocol("sqs").endpoint(arn).send().await.unwrap();
    let long = Notification { subject: "\u{e9}".repeat(200), message: "\u{e9}".repeat(200_000) };
    let empty = Notification { subject: "app is disabled".to_owned(), message: String::new() };
    for notification in [long, empty] {
        stack.store.notifier().notify(notification).await.unwrap();
    }
    let received = receive(&stack, jobs).await;
    let bodies = received.iter().map(|message| serde_json::from_str(message.body().unwrap()).unwrap());
    let mut sizes: Vec<_> = bodies
        .map(|body: serde_json::Value| {
            (body["Subject"].as_str().unwrap().len(), body["Message"].as_str().unwrap().len())
        })
        .collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [(15, 15), (100, 250_000)]);
}
