//! Messages of SQS as records of the core.

use crate::BLOB_ATTRIBUTE;
use crate::queues::{Queues, Source};
use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use runtime_core::host::door::MAXIMUM_HOPS;
use runtime_core::pipeline::record::{HOPS, Record};
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::delayed_queue::Lane;
use serde_json::value::RawValue;
use std::collections::HashMap;

/// A message on its way through an invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What the answer of the invocation calls it; `None` for a message without an id, which cannot be called anything.
    pub item: Option<String>,
    /// By which it is deleted before the answer.
    pub receipt: Option<Receipt>,
    /// What is to be done with the record.
    pub work: Work,
    /// What it says.
    pub record: Record,
}

/// What deletes a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Of which queue.
    pub lane: Lane,
    /// `receiptHandle`
    pub handle: String,
}

/// What is to be done with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// It goes through the pipeline.
    Process,
    /// A queue gave it up: it is kept as a dead letter.
    Import,
}

/// What a message of a queue is that is none of the stack's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strangers {
    /// Events, from a queue that somebody else feeds this function with.
    Events,
    /// What one of the stack's queues gave up.
    DeadLetters,
}

/// The payload of an invocation is no SQS event. Says where and not what, as what is there may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the payload is no SQS event from line {line}, column {column} on: invoke this function from an SQS queue only"
)]
pub struct NotAnSqsEvent {
    line: usize,
    column: usize,
}

/// The messages of an SQS event.
///
/// # Errors
/// See [`NotAnSqsEvent`].
pub fn messages_of(payload: &RawValue) -> Result<Vec<SqsMessage>, NotAnSqsEvent> {
    let event: Result<SqsEvent, _> = serde_json::from_str(payload.get());
    event.map(|event| event.records).map_err(|error| NotAnSqsEvent { line: error.line(), column: error.column() })
}

impl Message {
    /// Reads a message. A missing body is an empty one, which the core refuses as it does any other that holds no events. A
    /// message without an id is called by `fallback`.
    pub fn read(message: SqsMessage, queues: &Queues, strangers: Strangers, fallback: Fallback) -> Self {
        let attribute = |name: &str| message.attributes.get(name).and_then(|value| value.parse::<i64>().ok());
        // The time of sending is the same at every delivery; so is what is derived from it.
        let received_at = attribute("SentTimestamp")
            .or_else(|| attribute("ApproximateFirstReceiveTimestamp"))
            .map_or(fallback.received_at, Timestamp);
        let receive_count =
            attribute("ApproximateReceiveCount").and_then(|count| u32::try_from(count).ok()).unwrap_or(1);
        let given_up_by = message.attributes.get("DeadLetterQueueSourceArn").map(String::as_str);
        let source = queues.source(message.event_source_arn.as_deref().unwrap_or_default(), given_up_by);
        let (lane, work) = match (source, strangers) {
            (Source::Queue(lane), _) => (lane, Work::Process),
            (Source::DeadLetters(lane), Strangers::DeadLetters) => (lane, Work::Import),
            (Source::DeadLetters(_), Strangers::Events) => (Lane::Events, Work::Process),
        };
        let receipt = match (source, message.receipt_handle) {
            (Source::Queue(lane), Some(handle)) if !handle.is_empty() => Some(Receipt { lane, handle }),
            _ => None,
        };
        let mut attributes: HashMap<String, String> = message
            .message_attributes
            .into_iter()
            .filter_map(|(name, attribute)| Some((name, attribute.string_value?)))
            .collect();
        // A sender cannot stand in for the queue.
        attributes.extend(message.attributes);
        bound_hops(&mut attributes);
        let item = message.message_id.filter(|id| !id.is_empty());
        let record = Record {
            lane,
            message_id: item.clone().unwrap_or(fallback.id),
            body: message.body.unwrap_or_default().into_bytes(),
            received_at,
            receive_count,
            attributes,
        };
        Self { item, receipt, work, record }
    }

    /// Whether somebody may have crashed over it: it was delivered before, and is to be worked on again.
    pub fn is_suspect(&self) -> bool {
        self.work == Work::Process && self.record.receive_count > 1
    }

    /// The name of the blob that holds its body, if that was too large for the queue.
    pub fn claim(&self) -> Option<&str> {
        if self.record.attributes.contains_key(BLOB_ATTRIBUTE) {
            // What is no text is no name either, and there is nothing of that name.
            Some(std::str::from_utf8(&self.record.body).unwrap_or_default())
        } else {
            None
        }
    }
}

/// What stands in for what a message does not say.
#[derive(Debug, Clone)]
pub struct Fallback {
    /// For its id: unique, and of this invocation only.
    pub id: String,
    /// For its time: now.
    pub received_at: Timestamp,
}

/// Whoever may send to the queue may set the attribute, so it is taken for what it can be and nothing else.
fn bound_hops(attributes: &mut HashMap<String, String>) {
    let Some(hops) = attributes.remove(HOPS) else { return };
    if let Ok(hops) = hops.parse::<u32>() {
        attributes.insert(HOPS.to_owned(), hops.min(MAXIMUM_HOPS).to_string());
    }
}

#[cfg(test)]
mod tests;
