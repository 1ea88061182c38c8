//! Bodies that were too large for a queue: the message has only the name of the blob that holds its body.

use crate::BLOB_ATTRIBUTE;
use crate::messages::{Message, Work};
use async_trait::async_trait;
use runtime_core::pipeline::record::Record;
use runtime_core::ports::Unavailable;
use runtime_core::ports::dead_letters::DeadLetterReason;
use serde_json::json;

/// Where such bodies are.
#[async_trait]
pub trait Claims: Send + Sync {
    /// The body of that name; `None` if it is not there any more.
    async fn body(&self, name: &str) -> Result<Option<Vec<u8>>, Unavailable>;
}

/// What is to be done with a message, whose body is where it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// The record goes through the pipeline.
    Process(Record),
    /// The record is kept as a dead letter.
    Import {
        /// What it is.
        record: Record,
        /// Why.
        reason: DeadLetterReason,
        /// What happened.
        message: String,
    },
}

/// Fetches the body of a message if it is elsewhere. A message whose body is gone is to be kept whole, as `lost_body`.
///
/// # Errors
/// When the body is out of reach: the message must come again.
pub async fn redeem(message: Message, claims: &dyn Claims) -> Result<Task, Unavailable> {
    let name = message.claim().map(str::to_owned);
    let Message { work, mut record, .. } = message;
    if let Some(name) = name {
        let Some(body) = claims.body(&name).await? else { return Ok(lost(record, &name)) };
        record.attributes.remove(BLOB_ATTRIBUTE);
        record.body = body;
    }
    Ok(match work {
        Work::Process => Task::Process(record),
        Work::Import => {
            let message = "its queue gave the message up: again and again it was delivered and never finished, as if its \
                           function had crashed over it or run out of time";
            Task::Import { record, reason: DeadLetterReason::Crashed, message: message.to_owned() }
        }
    })
}

/// The letter holds the message whole, with what the queue said about it.
fn lost(mut record: Record, name: &str) -> Task {
    let whole = json!({
        "message_id": record.message_id,
        "body": name,
        "attributes": record.attributes,
        "received_at": record.received_at,
        "receive_count": record.receive_count,
    });
    record.body = whole.to_string().into_bytes();
    let message = format!(
        "the body of the message, {name}, is not in the bucket any more: does the bucket's rule keep such objects for \
         less time than the queue keeps messages?"
    );
    Task::Import { record, reason: DeadLetterReason::LostBody, message }
}
