//! Deleting messages that were received, by the receipts of their reception.

use crate::failure::{failed, unavailable};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::DeleteMessageBatchRequestEntry;
use runtime_core::ports::Unavailable;

/// How many receipts a request may be about.
pub(crate) const AT_ONCE: usize = 10;

/// Deletes messages of the queue at `url`, in as few requests as SQS allows. One that is gone already is no error. `port` is whose
/// error it would be.
///
/// # Errors
/// When the queue is out of reach, or refused one of them: it comes again then.
pub async fn delete(client: &Client, url: &str, receipts: &[String], port: &'static str) -> Result<(), Unavailable> {
    for receipts in receipts.chunks(AT_ONCE) {
        let entry = |(id, receipt): (usize, &String)| {
            DeleteMessageBatchRequestEntry::builder().id(id.to_string()).receipt_handle(receipt).build()
        };
        let entries: Result<Vec<_>, _> = receipts.iter().enumerate().map(entry).collect();
        let entries = entries.map_err(|error| Unavailable::caused_by(port, error))?;
        let request = client.delete_message_batch().queue_url(url).set_entries(Some(entries));
        let answer = request.send().await.map_err(|error| unavailable(port, "DeleteMessageBatch", &error))?;
        if let Some(entry) = answer.failed().first() {
            return Err(failed(port, refusal("DeleteMessageBatch", entry.code(), entry.message())));
        }
    }
    Ok(())
}

/// What is said of an entry that a batch request refused.
pub(crate) fn refusal(operation: &str, code: &str, message: Option<&str>) -> String {
    format!("{operation}: {code}: {}", message.unwrap_or("no reason given"))
}
