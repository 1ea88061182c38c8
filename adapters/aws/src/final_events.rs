//! Reading the output queue of a stack: final events, each until it is deleted.

use crate::blob_store::{Prefix, S3BlobStore};
use crate::claims::{BodyError, Claims};
use crate::failure::{failed, unavailable};
use crate::receipts::{self, AT_ONCE, refusal};
use crate::sdk;
use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{ChangeMessageVisibilityBatchRequestEntry, Message};
use runtime_core::ports::Unavailable;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

const PORT: &str = "output queue";
/// The longest that one request waits: an attempt of the SDK ends after 8 s ([`sdk::loader`]).
pub const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// A message of the output queue. Nobody else gets it for as long as the queue hides what was received.
#[derive(Debug)]
pub struct ReceivedEvent {
    /// The same each time that it is received.
    pub id: String,
    /// The event as JSON, or why it is not there.
    pub body: Result<Vec<u8>, BodyError>,
    /// What names this reception.
    pub receipt: String,
}

/// The output queue of a stack.
pub struct FinalEvents {
    client: Client,
    url: String,
    claims: Claims,
}

impl FinalEvents {
    /// That of this URL, with the large bodies in that bucket. Calls nothing.
    #[must_use]
    pub fn new(config: &SdkConfig, url: String, bucket: &str) -> Self {
        let s3 = sdk::s3_client(config);
        let objects = |prefix| Arc::new(S3BlobStore::new(s3.clone(), bucket.to_owned(), prefix));
        let claims = Claims { claims: objects(Prefix::Claims), blobs: objects(Prefix::Blobs) };
        Self { client: Client::new(config), url, claims }
    }

    /// At most so many events, and at most 10; none if none came within `wait`, in whole seconds and at most [`LONGEST_WAIT`].
    ///
    /// # Errors
    /// When the queue is out of reach.
    pub async fn receive(&self, most: usize, wait: Duration) -> Result<Vec<ReceivedEvent>, Unavailable> {
        let most = i32::try_from(most.clamp(1, AT_ONCE)).expect("it is at most 10");
        // Rounded up: the last part of a second would be a request that does not wait, and then the next.
        let seconds = wait.min(LONGEST_WAIT).as_millis().div_ceil(1_000);
        let seconds = i32::try_from(seconds).expect("it is at most 5");
        let request = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(most)
            .wait_time_seconds(seconds)
            .message_attribute_names("All");
        let answer = request.send().await.map_err(|error| unavailable(PORT, "ReceiveMessage", &error))?;
        let mut received = Vec::new();
        for message in answer.messages.unwrap_or_default() {
            received.push(self.read(message).await);
        }
        Ok(received)
    }

    async fn read(&self, message: Message) -> ReceivedEvent {
        let attributes = message.message_attributes.unwrap_or_default().into_iter();
        let attributes: HashMap<String, String> =
            attributes.filter_map(|(name, value)| Some((name, value.string_value?))).collect();
        let body = self.claims.body_of(message.body.unwrap_or_default().into_bytes(), &attributes).await;
        let (id, receipt) = (message.message_id.unwrap_or_default(), message.receipt_handle.unwrap_or_default());
        ReceivedEvent { id, body, receipt }
    }

    /// Removes what was received, by its receipts.
    ///
    /// # Errors
    /// When one of them was not removed. It comes again then.
    pub async fn delete(&self, receipts: &[String]) -> Result<(), Unavailable> {
        receipts::delete(&self.client, &self.url, receipts, PORT).await
    }

    /// Lets what was received be received again at once.
    ///
    /// # Errors
    /// When that did not work for one of them. It comes again all the same, once the queue's time for it is over.
    pub async fn release(&self, receipts: &[String]) -> Result<(), Unavailable> {
        for receipts in receipts.chunks(AT_ONCE) {
            let entry = |(id, receipt): (usize, &String)| {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(id.to_string());
                entry.receipt_handle(receipt).visibility_timeout(0).build()
            };
            let entries: Result<Vec<_>, _> = receipts.iter().enumerate().map(entry).collect();
            let entries = entries.map_err(|error| Unavailable::caused_by(PORT, error))?;
            let request = self.client.change_message_visibility_batch().queue_url(&self.url).set_entries(Some(entries));
            let answer =
                request.send().await.map_err(|error| unavailable(PORT, "ChangeMessageVisibilityBatch", &error))?;
            if let Some(entry) = answer.failed().first() {
                return Err(failed(PORT, refusal("ChangeMessageVisibilityBatch", entry.code(), entry.message())));
            }
        }
        Ok(())
    }
}
