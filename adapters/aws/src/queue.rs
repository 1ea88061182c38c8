//! Sending to a queue of SQS: in batches, each message until it is taken.

use crate::blob_store::S3BlobStore;
use crate::digest::sha256;
use crate::failure::{failed, unavailable};
use crate::intake::IncomingRecord;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use runtime_core::event::PluginEvent;
use runtime_core::ports::Unavailable;
use runtime_core::ports::blob_store::BlobStore;
use runtime_core::ports::delayed_queue::DelayedMessage;
use std::sync::Arc;
use std::time::Duration;

/// How many messages a batch may have.
const BATCH_MESSAGES: usize = 10;
/// How many bytes a message, and a batch, may have with attributes (1 MiB).
const BATCH_BYTES: usize = 1_048_576;
/// How often a message that SQS did not take is sent.
const ROUNDS: u32 = 8;

/// The attribute of a message whose body is the name of a claim (`claims/NAME` in the bucket), which holds the real body; its
/// value is how the name came about (`sha-256`).
pub const BLOB_ATTRIBUTE: &str = "hedgerow-blob";
pub use runtime_core::pipeline::record::{HOPS as HOPS_ATTRIBUTE, WORK_ID as ID_ATTRIBUTE};
/// How many bytes of an id are sent as they are.
const LONGEST_ID: usize = 1_024;

/// A message on its way.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    body: String,
    group: Option<String>,
    hops: Option<u32>,
    id: Option<String>,
    delay_seconds: u16,
    in_blob: bool,
}

impl Outgoing {
    /// A message that is an event as JSON.
    pub(crate) fn event(event: &PluginEvent, hops: Option<u32>) -> Self {
        let json = serde_json::to_string(event).expect("an event is JSON");
        let body = in_characters_of_sqs(json);
        Self {
            body,
            group: event.team().map(|team| team.to_string()),
            hops,
            id: None,
            delay_seconds: 0,
            in_blob: false,
        }
    }

    /// A message that is a piece of work, held back for so many seconds.
    pub(crate) fn work(message: DelayedMessage, delay_seconds: u16) -> Self {
        let DelayedMessage { id, team, body, .. } = message;
        let is_sent = !id.is_empty() && id.len() <= LONGEST_ID && id.chars().all(is_taken);
        let id = if is_sent { id } else { sha256(id) };
        let group = team.map(|team| team.to_string());
        Self { body, group, hops: None, id: Some(id), delay_seconds, in_blob: false }
    }

    /// A message that is a record as somebody sends it to the stack.
    pub(crate) fn record(record: IncomingRecord) -> Self {
        let IncomingRecord { id, group, body } = record;
        Self {
            body,
            group: group.filter(|group| is_group(group)),
            hops: None,
            id: Some(id),
            delay_seconds: 0,
            in_blob: false,
        }
    }

    /// What SQS counts: the body, and the name, type and value of each attribute.
    fn bytes(&self) -> usize {
        // `String` or `Number`; a number has at most 10 digits.
        let attribute = |name: &str, value: Option<usize>| value.map_or(0, |value| name.len() + "Number".len() + value);
        self.body.len()
            + attribute(BLOB_ATTRIBUTE, self.in_blob.then_some(10))
            + attribute(HOPS_ATTRIBUTE, self.hops.map(|_| 10))
            + attribute(ID_ATTRIBUTE, self.id.as_ref().map(String::len))
    }

    /// Whether SQS takes the body: not too large, not empty, and only characters that XML has.
    fn fits(&self) -> bool {
        self.bytes() <= BATCH_BYTES && !self.body.is_empty() && self.body.chars().all(is_taken)
    }

    fn entry(&self, id: usize) -> Result<SendMessageBatchRequestEntry, BuildError> {
        let attribute =
            |kind: &str, value: &str| MessageAttributeValue::builder().data_type(kind).string_value(value).build();
        let mut entry = SendMessageBatchRequestEntry::builder()
            .id(id.to_string())
            .message_body(&self.body)
            // Fair queues: a team that floods the queue delays itself only.
            .set_message_group_id(self.group.clone());
        if let Some(hops) = self.hops {
            entry = entry.message_attributes(HOPS_ATTRIBUTE, attribute("Number", &hops.to_string())?);
        }
        if let Some(id) = &self.id {
            entry = entry.message_attributes(ID_ATTRIBUTE, attribute("String", id)?);
        }
        if self.delay_seconds > 0 {
            entry = entry.delay_seconds(self.delay_seconds.into());
        }
        if self.in_blob {
            entry = entry.message_attributes(BLOB_ATTRIBUTE, attribute("String", "sha-256")?);
        }
        entry.build()
    }
}

/// A queue to send to.
pub(crate) struct Queue {
    client: Client,
    url: String,
    claims: Arc<S3BlobStore>,
    port: &'static str,
}

impl Queue {
    pub(crate) fn new(client: Client, url: String, claims: Arc<S3BlobStore>, port: &'static str) -> Self {
        Self { client, url, claims, port }
    }

    /// Sends all; on an error any of them may have been sent.
    pub(crate) async fn send(&self, messages: Vec<Outgoing>) -> Result<(), Unavailable> {
        let mut fitting = Vec::with_capacity(messages.len());
        for message in messages {
            fitting.push(self.fit(message).await?);
        }
        for batch in batches(fitting) {
            self.send_batch(batch).await?;
        }
        Ok(())
    }

    /// The message itself, or one that names the blob with its body.
    async fn fit(&self, message: Outgoing) -> Result<Outgoing, Unavailable> {
        if message.fits() {
            return Ok(message);
        }
        // Before it is sent: whoever receives the message finds its body.
        let name = self.claims.put(message.body.as_bytes()).await?;
        Ok(Outgoing { body: name, in_blob: true, ..message })
    }

    /// Sends a batch, then again those of its messages that were not taken. A request may succeed though all of its messages
    /// failed: the answer says of each.
    async fn send_batch(&self, mut messages: Vec<Outgoing>) -> Result<(), Unavailable> {
        for round in 0..ROUNDS {
            if round > 0 {
                tokio::time::sleep(Duration::from_millis(50 << round)).await;
            }
            let entries: Result<Vec<_>, _> =
                messages.iter().enumerate().map(|(id, message)| message.entry(id)).collect();
            let entries = entries.map_err(|error| Unavailable::caused_by(self.port, error))?;
            let request = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries));
            let answer = request.send().await.map_err(|error| unavailable(self.port, "SendMessageBatch", &error))?;
            let sent = |id: usize| answer.successful().iter().any(|entry| entry.id() == id.to_string());
            if let Some(refused) = answer.failed().iter().find(|entry| entry.sender_fault()) {
                let reason = refused.message().unwrap_or("no reason given");
                return Err(failed(self.port, format!("SendMessageBatch: {}: {reason}", refused.code())));
            }
            let mut id = 0..;
            messages.retain(|_| !sent(id.next().expect("there are more numbers than messages")));
            if messages.is_empty() {
                return Ok(());
            }
        }
        Err(failed(self.port, format!("SQS took {} messages of a batch in none of {ROUNDS} tries", messages.len())))
    }
}

/// Whether SQS takes it as the name of a group: 1 to 128 of its characters. Without a group a message is delivered all the same.
fn is_group(group: &str) -> bool {
    (1..=128).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether SQS takes the character: those that XML has.
fn is_taken(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        _ => character >= ' ',
    }
}

/// Cuts into batches that SQS takes, in order.
fn batches(messages: Vec<Outgoing>) -> Vec<Vec<Outgoing>> {
    let mut batches: Vec<Vec<Outgoing>> = Vec::new();
    let mut bytes = 0;
    for message in messages {
        bytes += message.bytes();
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH_MESSAGES && bytes <= BATCH_BYTES => batch.push(message),
            _ => {
                bytes = message.bytes();
                batches.push(vec![message]);
            }
        }
    }
    batches
}

/// The same JSON without the two characters of Unicode that JSON may hold as they are and SQS refuses.
fn in_characters_of_sqs(json: String) -> String {
    if json.contains(['\u{fffe}', '\u{ffff}']) {
        json.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff")
    } else {
        json
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime_core::ports::clock::Timestamp;
    use runtime_core::ports::delayed_queue::Lane;
    use serde_json::json;

    fn message(bytes: usize) -> Outgoing {
        Outgoing { body: "x".repeat(bytes), group: None, hops: None, id: None, delay_seconds: 0, in_blob: false }
    }

    #[test]
    fn batches_keep_both_limits() {
        let sizes = |batches: Vec<Vec<Outgoing>>| batches.iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes(batches(vec![message(1); 21])), [10, 10, 1]);
        assert_eq!(sizes(batches(vec![message(BATCH_BYTES / 2); 3])), [2, 1]);
        assert_eq!(sizes(batches(vec![message(BATCH_BYTES), message(1), message(BATCH_BYTES)])), [1, 1, 1]);
        assert_eq!(sizes(batches(Vec::new())), [0; 0]);
    }

    #[test]
    fn what_sqs_refuses_does_not_fit() {
        let fits = |body: &str| Outgoing { body: body.to_owned(), ..message(0) }.fits();
        assert!(fits("{\"\t\r\n\u{7f}\u{fffd}\u{1f33f}\"}"));
        assert!(["", "\u{0}", "\u{1f}", "\u{fffe}", "\u{ffff}"].iter().all(|body| !fits(body)));
        assert!(message(BATCH_BYTES).fits());
        assert!(!message(BATCH_BYTES + 1).fits());
        let named = Outgoing { id: Some("i".repeat(100)), ..message(BATCH_BYTES - 100) };
        assert!(!named.fits(), "an attribute counts too");
    }

    #[test]
    fn an_id_that_sqs_refuses_is_hashed() {
        let id = |id: &str| {
            let work = DelayedMessage {
                id: id.to_owned(),
                lane: Lane::Jobs,
                team: None,
                not_before: Timestamp(0),
                body: "{}".to_owned(),
            };
            Outgoing::work(work, 0).id.unwrap()
        };
        assert_eq!(id("continuation-1 \u{e9}"), "continuation-1 \u{e9}");
        for refused in ["", "a\u{0}", &"x".repeat(LONGEST_ID + 1)] {
            assert_eq!(id(refused), sha256(refused));
        }
    }

    #[test]
    fn a_group_that_sqs_refuses_is_left_out() {
        let group = |group: &str| {
            let (id, body) = ("id".to_owned(), "{}".to_owned());
            Outgoing::record(IncomingRecord { id, group: Some(group.to_owned()), body }).group
        };
        assert_eq!(group("phc_x").as_deref(), Some("phc_x"));
        assert_eq!(["", "a b", "\u{e9}", &"x".repeat(129)].map(group), [None, None, None, None]);
    }

    #[test]
    fn characters_that_sqs_refuses_are_escaped() {
        let event: PluginEvent = serde_json::from_value(json!({"event": "a\u{ffff}\u{fffe}\u{0}"})).unwrap();
        let body = Outgoing::event(&event, None).body;
        assert!(!body.contains(['\u{fffe}', '\u{ffff}', '\u{0}']), "{body}");
        assert_eq!(serde_json::from_str::<PluginEvent>(&body).unwrap(), event);
    }
}
