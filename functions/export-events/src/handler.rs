//! An invocation by the exports queue.

use aws_lambda_events::event::sqs::SqsBatchResponse;
use lambda_common::messages::{Strangers, messages_of};
use lambda_common::worker::{Way, Worker};
use lambda_runtime::{Error, LambdaEvent};
use serde_json::value::RawValue;

/// Hands the messages to the pipeline together, which makes batches of their events. Lambda acknowledges every message that the
/// answer does not name.
///
/// # Errors
/// When the payload is no SQS event, or a message that must come again has no id; Lambda delivers all of them again.
pub async fn handle(worker: &Worker, event: LambdaEvent<Box<RawValue>>) -> Result<SqsBatchResponse, Error> {
    let (payload, context) = event.into_parts();
    let invocation = worker.begin(&context).await?;
    Ok(worker.answer(messages_of(&payload)?, Strangers::DeadLetters, Way::Together, &invocation).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_common::testing::{Stage, invocation};
    use serde_json::json;

    #[tokio::test(start_paused = true)]
    async fn the_messages_of_an_invocation_are_exported_together() {
        let stage = Stage::new();
        let payload = json!({"Records": [
            {"messageId": "m0", "body": "done", "eventSourceARN": "arn:aws:sqs:r:1:exports"},
            {"messageId": "m1", "body": "again", "eventSourceARN": "arn:aws:sqs:r:1:exports"}
        ]});
        let response = handle(&stage.worker(), invocation(&payload, 60)).await.unwrap();
        let named: Vec<_> = response.batch_item_failures.iter().map(|item| item.item_identifier.as_str()).collect();
        assert_eq!(named, ["m1"]);
        assert_eq!(stage.journal()[1..], ["together m0 m1", "flush"]);
    }
}
