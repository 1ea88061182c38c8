//! Deleting finished messages of our queues before their invocation is answered.

use crate::worker::Acknowledger;
use adapter_aws::names::Names;
use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{BuildError, DisplayErrorContext};
use aws_sdk_sqs::types::DeleteMessageBatchRequestEntry;
use runtime_core::ports::Unavailable;
use runtime_core::ports::delayed_queue::Lane;

const PORT: &str = "queue";
/// How many messages SQS deletes with one request.
const AT_ONCE: usize = 10;

/// [`Acknowledger`] over the queues of a stack.
pub struct SqsAcknowledger {
    client: Client,
    names: Names,
}

impl SqsAcknowledger {
    /// Over the queues of that name.
    pub fn new(client: Client, names: Names) -> Self {
        Self { client, names }
    }

    fn url_of(&self, lane: Lane) -> &str {
        match lane {
            Lane::Events => &self.names.events_queue_url,
            Lane::Continuations => &self.names.continuations_queue_url,
            Lane::Exports => &self.names.exports_queue_url,
            Lane::Jobs => &self.names.jobs_queue_url,
        }
    }
}

#[async_trait]
impl Acknowledger for SqsAcknowledger {
    async fn acknowledge(&self, lane: Lane, handles: Vec<String>) -> Result<(), Unavailable> {
        for handles in handles.chunks(AT_ONCE) {
            let entries: Result<Vec<_>, BuildError> = handles.iter().enumerate().map(entry).collect();
            let entries = entries.map_err(|error| Unavailable::caused_by(PORT, error))?;
            let request = self.client.delete_message_batch().queue_url(self.url_of(lane)).set_entries(Some(entries));
            let answer = request.send().await.map_err(|error| failed(DisplayErrorContext(error).to_string()))?;
            if let Some(refused) = answer.failed().first() {
                return Err(failed(format!("DeleteMessageBatch: {}", refused.code())));
            }
        }
        Ok(())
    }
}

fn entry((index, handle): (usize, &String)) -> Result<DeleteMessageBatchRequestEntry, BuildError> {
    DeleteMessageBatchRequestEntry::builder().id(index.to_string()).receipt_handle(handle).build()
}

fn failed(message: String) -> Unavailable {
    Unavailable { port: PORT, message, source: None }
}
