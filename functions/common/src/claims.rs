//! Bodies that were too large for a queue: the message has only the name of the blob that holds its body.

use crate::BLOB_ATTRIBUTE;
use crate::messages::{Message, Work};
use async_trait::async_trait;
use runtime_core::pipeline::record::{Record, RecordOutcome};
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::dead_letters::{DeadLetter, DeadLetterReason, DeadLetters, Redrive};
use runtime_core::ports::delayed_queue::Lane;
use serde_json::json;

/// Where such bodies are.
#[async_trait]
pub trait Claims: Send + Sync {
    /// The body of that name; `None` if it is not there any more.
    async fn body(&self, name: &str) -> Result<Option<Vec<u8>>, Unavailable>;
}

/// A message with its body, or what became of it without.
#[derive(Debug)]
pub enum Redeemed {
    /// To be worked on.
    Whole(Work, Record),
    /// Its body cannot be had, and this is how the message ends.
    Ended(RecordOutcome),
}

/// Fetches the body of a message if it is elsewhere. A message whose body is gone is kept as a dead letter (`lost_body`).
pub async fn redeem(message: Message, claims: &dyn Claims, letters: &dyn DeadLetters, now: Timestamp) -> Redeemed {
    let Some(name) = message.claim() else { return Redeemed::Whole(message.work, message.record) };
    match claims.body(name).await {
        Ok(Some(body)) => {
            let Message { work, mut record, .. } = message;
            record.attributes.remove(BLOB_ATTRIBUTE);
            record.body = body;
            Redeemed::Whole(work, record)
        }
        Ok(None) => match letters.put(lost(&message.record, name, now)).await {
            Ok(()) => Redeemed::Ended(RecordOutcome::Done),
            Err(error) => Redeemed::Ended(again(&error)),
        },
        Err(error) => Redeemed::Ended(again(&error)),
    }
}

fn again(error: &Unavailable) -> RecordOutcome {
    RecordOutcome::Redeliver { reason: error.to_string() }
}

/// The letter of a message without its body. It holds the message whole, with what the queue said about it.
fn lost(record: &Record, name: &str, now: Timestamp) -> DeadLetter {
    let message = json!({
        "lane": record.lane,
        "message_id": record.message_id,
        "body": name,
        "attributes": record.attributes,
        "received_at": record.received_at,
        "receive_count": record.receive_count,
    });
    DeadLetter {
        id: record.message_id.clone(),
        reason: DeadLetterReason::LostBody,
        message: format!(
            "the body of the message is not in the bucket any more (claims/{name}): does the bucket's rule keep such \
             objects for less time than the queue keeps messages?"
        ),
        body: message.to_string().into_bytes(),
        installation: None,
        function: None,
        team: None,
        created_at: now,
        redrive: match record.lane {
            Lane::Events => Redrive::Record,
            lane => Redrive::Message(lane),
        },
        redriven_at: None,
    }
}
