//! A strict poller: what Lambda's event source mapping does between a queue and a function.
//!
//! It fills a batch for at most its window, or until it is full; one invocation takes at most 6 MB of it. What the function does
//! not fail by name is deleted (see [`crate::verdict`]); the rest comes back when its visibility ends, on the queue's clock.

use crate::aws::{AwsClient, AwsError, Service};
use crate::runtime_api::Answer;
use crate::sqs_event::{Message, payload};
use crate::verdict::Verdict;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::Instant;

/// What `ReceiveMessage` and `DeleteMessageBatch` take at most.
const CALL_MESSAGES: usize = 10;

/// An event source mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The queue.
    pub queue_url: String,
    /// The queue, as functions know it.
    pub queue_arn: String,
    /// `BatchSize`
    pub batch_size: usize,
    /// `MaximumBatchingWindowInSeconds`
    pub window: Duration,
}

/// A poller of one queue.
#[derive(Debug, Clone)]
pub struct Poller {
    client: AwsClient,
    mapping: Mapping,
}

/// What an invocation gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// The messages.
    pub messages: Vec<Message>,
    /// The event with them.
    pub payload: String,
}

impl Poller {
    /// A poller for that mapping.
    #[must_use]
    pub fn new(client: AwsClient, mapping: Mapping) -> Self {
        Self { client, mapping }
    }

    /// The mapping.
    #[must_use]
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// Receives until the batch is full, the window has ended, or, without a window, the queue gives no more. Waits for the first
    /// message for `patience` at most; a batch may be empty.
    ///
    /// # Errors
    /// What the queue says.
    pub async fn receive(&self, patience: Duration) -> Result<Vec<Message>, AwsError> {
        let mut messages: Vec<Message> = Vec::new();
        let mut ids = BTreeSet::new();
        let mut until = Instant::now() + patience;
        while messages.len() < self.mapping.batch_size {
            let room = CALL_MESSAGES.min(self.mapping.batch_size - messages.len());
            let left = until.saturating_duration_since(Instant::now());
            let received = self.receive_once(room, left).await?;
            let is_first = messages.is_empty() && !received.is_empty();
            let is_dry = received.is_empty();
            // Two copies of a message never are in one batch: the second would fail the answer for both.
            messages.extend(received.into_iter().filter(|message| ids.insert(message.id.clone())));
            if is_first {
                until = Instant::now() + self.mapping.window;
            }
            if is_dry && Instant::now() >= until {
                break;
            }
        }
        Ok(messages)
    }

    async fn receive_once(&self, count: usize, wait: Duration) -> Result<Vec<Message>, AwsError> {
        let input = json!({
            "QueueUrl": self.mapping.queue_url, "MaxNumberOfMessages": count,
            "WaitTimeSeconds": wait.as_secs().min(20), "AttributeNames": ["All"], "MessageAttributeNames": ["All"],
        });
        let answer = self.client.call(Service::Sqs, "ReceiveMessage", &input).await?;
        Ok(answer["Messages"].as_array().into_iter().flatten().filter_map(Message::read).collect())
    }

    /// Cuts messages into batches that an invocation can take.
    #[must_use]
    pub fn batches(&self, mut messages: Vec<Message>) -> Vec<Batch> {
        let mut batches = Vec::new();
        while !messages.is_empty() {
            let (payload, count) = payload(&messages, &self.mapping.queue_arn);
            let rest = messages.split_off(count);
            batches.push(Batch { messages, payload });
            messages = rest;
        }
        batches
    }

    /// Deletes what the answer leaves to be deleted, and says what it made of the answer.
    ///
    /// # Errors
    /// What the queue says; then everything comes again.
    pub async fn settle(&self, batch: &Batch, answer: &Answer) -> Result<Verdict, AwsError> {
        let verdict = Verdict::of(answer, batch.messages.iter().map(|message| message.id.as_str()));
        let done: Vec<&Message> = batch.messages.iter().filter(|message| verdict.deletes(&message.id)).collect();
        for chunk in done.chunks(CALL_MESSAGES) {
            let entry = |(index, message): (usize, &&Message)| json!({"Id": index.to_string(), "ReceiptHandle": message.receipt_handle});
            let entries: Vec<Value> = chunk.iter().enumerate().map(entry).collect();
            let input = json!({"QueueUrl": self.mapping.queue_url, "Entries": entries});
            // Entries that fail have an older receipt: AWS deletes those silently, and an emulator may not.
            self.client.call(Service::Sqs, "DeleteMessageBatch", &input).await?;
        }
        Ok(verdict)
    }
}
