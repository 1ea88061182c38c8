//! What a request to AWS is: which service, which action, and whose events are in it.

use crate::files::Reach;
use crate::work::uuids_in;
use http::Method;
use http::request::Parts;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// A call of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// An action of DynamoDB.
    DynamoDb(String),
    /// An action of SQS.
    Sqs(String),
    /// An object is stored; the last part of its key.
    PutObject(String),
    /// Anything else.
    Other,
}

impl Call {
    /// Reads a request.
    #[must_use]
    pub fn read(head: &Parts) -> Self {
        let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
        match target.split_once('.') {
            Some(("AmazonSQS", action)) => Self::Sqs(action.to_owned()),
            Some((service, action)) if service.starts_with("DynamoDB") => Self::DynamoDb(action.to_owned()),
            _ if head.method == Method::PUT => {
                Self::PutObject(head.uri.path().rsplit('/').next().unwrap_or_default().to_owned())
            }
            _ => Self::Other,
        }
    }

    /// Whether the service throttles such calls.
    #[must_use]
    pub fn can_be_throttled(&self) -> bool {
        matches!(self, Self::DynamoDb(_) | Self::Sqs(_))
    }

    /// Whether it is about the queue of that name.
    #[must_use]
    pub fn is_of_queue(&self, queue: &str, body: &[u8]) -> bool {
        let Self::Sqs(_) = self else { return false };
        let request: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        request["QueueUrl"].as_str().and_then(|url| url.rsplit('/').next()) == Some(queue)
    }

    /// Whether it changes something, so that it matters whether it was done.
    #[must_use]
    pub fn is_write(&self) -> bool {
        match self {
            Self::DynamoDb(action) => matches!(
                action.as_str(),
                "PutItem" | "UpdateItem" | "DeleteItem" | "TransactWriteItems" | "BatchWriteItem"
            ),
            Self::Sqs(action) => self.is_send() || action.starts_with("DeleteMessage"),
            Self::PutObject(_) => true,
            Self::Other => false,
        }
    }

    /// Whether it sends messages.
    #[must_use]
    pub fn is_send(&self) -> bool {
        matches!(self, Self::Sqs(action) if action == "SendMessage" || action == "SendMessageBatch")
    }

    /// Whose events come once more if the caller makes the call again. Only SQS does not recognise a repetition: what is written
    /// to DynamoDB and S3 must be the same after it.
    #[must_use]
    pub fn reach(&self, body: &[u8], blobs: &Blobs) -> Reach {
        if !self.is_send() {
            return Reach::Nothing;
        }
        let request = serde_json::from_slice(body).unwrap_or(Value::Null);
        let entries = request["Entries"].as_array().cloned().unwrap_or_else(|| vec![request]);
        let uuids = entries.iter().filter_map(|entry| entry["MessageBody"].as_str());
        let uuids: Vec<String> = uuids.flat_map(|body| blobs.uuids_of_body(body)).collect();
        if uuids.is_empty() { Reach::Nothing } else { Reach::Events(uuids) }
    }
}

/// The events in blobs, by the blobs' names.
#[derive(Debug, Default)]
pub struct Blobs {
    uuids: Mutex<HashMap<String, Vec<String>>>,
}

impl Blobs {
    /// Looks into an object that is stored.
    pub fn note(&self, call: &Call, body: &[u8]) {
        if let Call::PutObject(name) = call {
            let uuids = uuids_in(&serde_json::from_slice(body).unwrap_or(Value::Null));
            self.name(name, uuids);
        }
    }

    /// Says which events are in a blob.
    pub fn name(&self, name: &str, uuids: Vec<String>) {
        self.uuids.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), uuids);
    }

    /// The events of a message: those in its body, or in the blob that it names.
    #[must_use]
    pub fn uuids_of_body(&self, body: &str) -> Vec<String> {
        if let Ok(work) = serde_json::from_str::<Value>(body)
            && !work.is_string()
        {
            return uuids_in(&work);
        }
        let name = body.trim_matches('"').rsplit('/').next().unwrap_or_default();
        self.uuids.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned().unwrap_or_default()
    }
}
