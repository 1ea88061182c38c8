//! Deleting finished messages of our queues before their invocation is answered.

use crate::worker::Acknowledger;
use adapter_aws::names::Names;
use adapter_aws::receipts;
use async_trait::async_trait;
use aws_sdk_sqs::Client;
use runtime_core::ports::Unavailable;
use runtime_core::ports::delayed_queue::Lane;

const PORT: &str = "queue";

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
        receipts::delete(&self.client, self.url_of(lane), &handles, PORT).await
    }
}
