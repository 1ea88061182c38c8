//! What Lambda does with a queue that feeds a function: receives a batch, invokes the function, deletes what it did not name.
//!
//! Stricter than emulators are: an answer that Lambda would take as the failure of the whole batch fails the test.

use super::stack::{AwsStack, Function};
use crate::runtime_api::Answer;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use serde_json::{Map, Value, json};

/// A queue of the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue<'a> {
    /// Of incoming events.
    Events,
    /// Of events that go on from a stage.
    Continuations,
    /// Of exports.
    Exports,
    /// Of jobs and scheduled tasks.
    Jobs,
    /// Of final events.
    Output,
    /// Another one, by its URL.
    At(&'a str),
}

/// What came of one delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// The bodies that were received, in the order of the queue.
    pub bodies: Vec<String>,
    /// How many of them come again.
    pub failed: usize,
}

impl AwsStack {
    /// The URL of a queue.
    pub fn url<'a>(&'a self, queue: Queue<'a>) -> &'a str {
        match queue {
            Queue::Events => &self.names.events_queue_url,
            Queue::Continuations => &self.names.continuations_queue_url,
            Queue::Exports => &self.names.exports_queue_url,
            Queue::Jobs => &self.names.jobs_queue_url,
            Queue::Output => self.names.output_queue_url.as_deref().expect("every stack of a test has one"),
            Queue::At(url) => url,
        }
    }

    /// Sends messages without attributes, as a client of the stack does.
    ///
    /// # Panics
    ///
    /// If the queue does not take them.
    pub async fn send(&self, queue: Queue<'_>, bodies: &[&str]) {
        for body in bodies {
            let request = self.queues().send_message().queue_url(self.url(queue)).message_body(*body);
            request.send().await.expect("the queue takes messages");
        }
    }

    /// Receives at most 10 messages, waiting up to `wait_seconds` for the first.
    ///
    /// # Panics
    ///
    /// If the queue cannot be asked.
    pub async fn receive(&self, queue: Queue<'_>, wait_seconds: i32) -> Vec<Message> {
        let request = self
            .queues()
            .receive_message()
            .queue_url(self.url(queue))
            .max_number_of_messages(10)
            .wait_time_seconds(wait_seconds)
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::All);
        request.send().await.expect("the queue gives messages").messages.unwrap_or_default()
    }

    /// Receives a batch, waiting up to `wait_seconds` for it, invokes the function with it, and deletes what that did not name.
    ///
    /// # Panics
    ///
    /// If there is nothing to deliver, or if the answer is one that Lambda would not understand.
    pub async fn deliver(&self, queue: Queue<'_>, function: &Function, wait_seconds: i32) -> Delivery {
        let delivered = self.deliver_if_any(queue, function, wait_seconds).await;
        delivered
            .unwrap_or_else(|| panic!("nothing to deliver in {queue:?}; the function wrote:\n{}", function.output()))
    }

    /// The same, or `None` if there was nothing to deliver.
    ///
    /// # Panics
    ///
    /// If the answer is not what Lambda wants.
    pub async fn deliver_if_any(&self, queue: Queue<'_>, function: &Function, wait_seconds: i32) -> Option<Delivery> {
        let messages = self.receive(queue, wait_seconds).await;
        if messages.is_empty() {
            return None;
        }
        let name = self.url(queue).rsplit('/').next().expect("a URL ends with the queue's name");
        let answer = function.invoke(sqs_event(name, messages.iter().map(record).collect())).await;
        let Answer::Response(response) = answer else { panic!("the batch failed as a whole: {answer:?}") };
        let failed = named(&response, &messages);
        for message in &messages {
            if !failed.iter().any(|id| Some(id.as_str()) == message.message_id()) {
                let handle = message.receipt_handle().expect("a received message has one");
                let request = self.queues().delete_message().queue_url(self.url(queue)).receipt_handle(handle);
                request.send().await.expect("the queue deletes messages");
            }
        }
        let bodies = messages.iter().map(|message| message.body().unwrap_or_default().to_owned()).collect();
        Some(Delivery { bodies, failed: failed.len() })
    }

    /// The final events that are in the output queue, by their names; they are taken from it.
    ///
    /// # Panics
    ///
    /// If one is no event.
    pub async fn outcome(&self) -> Vec<Value> {
        let mut events: Vec<Value> = Vec::new();
        loop {
            let messages = self.receive(Queue::Output, 0).await;
            if messages.is_empty() {
                events.sort_by_key(|event| event["event"].as_str().unwrap_or_default().to_owned());
                return events;
            }
            let body = |message: &Message| serde_json::from_str(message.body().unwrap_or_default());
            events.extend(messages.iter().map(|message| body(message).expect("a final event is JSON")));
        }
    }
}

/// The ids that the answer names, each of which must be one of a message of the batch.
fn named(response: &Value, messages: &[Message]) -> Vec<String> {
    let failures = response["batchItemFailures"].as_array();
    let failures = failures.unwrap_or_else(|| panic!("the answer names no list of failures: {response}"));
    let id = |failure: &Value| {
        let id = failure["itemIdentifier"].as_str().unwrap_or_default().to_owned();
        let is_known = messages.iter().any(|message| message.message_id() == Some(&id));
        assert!(is_known, "the answer names a message that was not in the batch: {response}");
        id
    };
    failures.iter().map(id).collect()
}

/// A received message as a record of an SQS event.
fn record(message: &Message) -> Value {
    let attributes: Map<String, Value> = message
        .attributes()
        .map(|attributes| attributes.iter().map(|(name, value)| (name.as_str().to_owned(), json!(value))).collect())
        .unwrap_or_default();
    let message_attributes: Map<String, Value> = message
        .message_attributes()
        .map(|attributes| {
            let value = |attribute: &aws_sdk_sqs::types::MessageAttributeValue| {
                json!({"stringValue": attribute.string_value(), "dataType": attribute.data_type(),
                    "stringListValues": [], "binaryListValues": []})
            };
            attributes.iter().map(|(name, attribute)| (name.clone(), value(attribute))).collect()
        })
        .unwrap_or_default();
    json!({"messageId": message.message_id(), "receiptHandle": message.receipt_handle(), "body": message.body(),
        "attributes": attributes, "messageAttributes": message_attributes})
}

/// The event with which Lambda invokes a function for these records of the queue of that name.
pub fn sqs_event(queue: &str, records: Vec<Value>) -> String {
    let complete = |mut record: Value| {
        record["md5OfBody"] = "0".into();
        record["eventSource"] = "aws:sqs".into();
        record["eventSourceARN"] = format!("arn:aws:sqs:us-east-1:123456789012:{queue}").into();
        record["awsRegion"] = "us-east-1".into();
        record
    };
    json!({"Records": records.into_iter().map(complete).collect::<Vec<_>>()}).to_string()
}
