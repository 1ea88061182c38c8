//! An invocation by the events queue, by the continuations queue, or by a queue of events that somebody else feeds.

use aws_lambda_events::event::sqs::SqsBatchResponse;
use lambda_common::messages::{Strangers, messages_of};
use lambda_common::worker::{Way, Worker};
use lambda_runtime::{Error, LambdaEvent};
use serde_json::value::RawValue;

/// Takes each message through the pipeline. Lambda acknowledges every message that the answer does not name.
///
/// # Errors
/// When the payload is no SQS event, or a message that must come again has no id; Lambda delivers all of them again.
pub async fn handle(worker: &Worker, event: LambdaEvent<Box<RawValue>>) -> Result<SqsBatchResponse, Error> {
    let (payload, context) = event.into_parts();
    let invocation = worker.begin(&context).await?;
    Ok(worker.answer(messages_of(&payload)?, Strangers::Events, Way::Each, &invocation).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_common::testing::{Stage, invocation};
    use serde_json::json;

    #[tokio::test(start_paused = true)]
    async fn events_of_any_queue_and_continuations_are_processed_one_by_one() {
        let stage = Stage::new();
        let payload = json!({"Records": [
            {"messageId": "m0", "body": "done", "eventSourceARN": "arn:aws:sqs:r:1:events"},
            {"messageId": "m1", "body": "again", "eventSourceARN": "arn:aws:sqs:r:1:continuations"},
            {"messageId": "m2", "body": "panic", "eventSourceARN": "arn:aws:sqs:r:1:somebodys"}
        ]});
        let response = handle(&stage.worker(), invocation(&payload, 60)).await.unwrap();
        let named: Vec<_> = response.batch_item_failures.iter().map(|item| item.item_identifier.as_str()).collect();
        assert_eq!(named, ["m1", "m2"]);
        assert_eq!(stage.journal()[1..], ["process m0", "process m1", "process m2", "flush"]);
    }

    #[tokio::test]
    async fn what_is_no_sqs_event_is_an_error() {
        let error = handle(&Stage::new().worker(), invocation(&json!({"source": "aws.events"}), 60)).await.unwrap_err();
        assert!(error.to_string().starts_with("the payload is no SQS event"), "{error}");
    }
}
