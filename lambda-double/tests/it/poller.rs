//! What is deleted, and what comes again.

use lambda_double::aws::{AwsClient, REGION, Service};
use lambda_double::poller::{Batch, Mapping, Poller};
use lambda_double::runtime_api::Answer;
use serde_json::{Value, json};
use std::time::Duration;

/// The variable with the emulator's address.
const ENDPOINT: &str = "HEDGEROW_TEST_AWS_ENDPOINT";
/// Longer than the queue needs to hand out what is there.
const PATIENCE: Duration = Duration::from_secs(1);

struct Queue {
    client: AwsClient,
    url: String,
    poller: Poller,
}

impl Queue {
    /// A queue that no other test sees, with these messages in it.
    async fn with(batch_size: usize, bodies: &[&str]) -> Self {
        let endpoint = std::env::var(ENDPOINT)
            .unwrap_or_else(|_| panic!("{ENDPOINT} is not set, so there is no AWS: run cargo xtask test"));
        let account = format!("{:012}", uuid::Uuid::new_v4().as_u128() % 1_000_000_000_000);
        let client = AwsClient::new(&endpoint, &account);
        let input = json!({"QueueName": "queue", "Attributes": {"VisibilityTimeout": "600"}});
        let made = client.call(Service::Sqs, "CreateQueue", &input).await.expect("a new queue");
        let url = made["QueueUrl"].as_str().expect("a new queue has a URL").to_owned();
        for body in bodies {
            let attributes = json!({"hedgerow-hops": {"DataType": "Number", "StringValue": "1"}});
            let input = json!({"QueueUrl": url, "MessageBody": body, "MessageAttributes": attributes});
            client.call(Service::Sqs, "SendMessage", &input).await.expect("sent");
        }
        let queue_arn = format!("arn:aws:sqs:{REGION}:{account}:queue");
        let mapping = Mapping { queue_url: url.clone(), queue_arn, batch_size, window: Duration::ZERO };
        Self { poller: Poller::new(client.clone(), mapping), client, url }
    }

    async fn batch(&self) -> Batch {
        let messages = self.poller.receive(PATIENCE).await.expect("received");
        let mut batches = self.poller.batches(messages);
        assert_eq!(batches.len(), 1, "small messages fit one invocation");
        batches.remove(0)
    }

    /// How many messages there are, visible or not.
    async fn depth(&self) -> usize {
        let input = json!({"QueueUrl": self.url, "AttributeNames": ["All"]});
        let answer = self.client.call(Service::Sqs, "GetQueueAttributes", &input).await.expect("counted");
        ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
            .iter()
            .map(|name| answer["Attributes"][name].as_str().expect("text").parse::<usize>().expect("a number"))
            .sum()
    }
}

#[tokio::test]
async fn a_batch_is_what_lambda_makes_of_messages() {
    let queue = Queue::with(10, &["a"]).await;
    let batch = queue.batch().await;
    let payload: Value = serde_json::from_str(&batch.payload).expect("JSON");
    let record = &payload["Records"][0];
    assert_eq!(record["body"], "a");
    assert_eq!(record["eventSourceARN"], queue.poller.mapping().queue_arn.as_str());
    assert_eq!(record["attributes"]["ApproximateReceiveCount"], "1");
    assert!(record["attributes"]["SentTimestamp"].is_string(), "{record}");
    assert_eq!(record["messageAttributes"]["hedgerow-hops"]["stringValue"], "1");
    assert_eq!(record["md5OfBody"], "0cc175b9c0f1b6a831c399e269772661");
}

#[tokio::test]
async fn batches_are_filled_and_not_overfilled() {
    let bodies: Vec<String> = (0..13).map(|number| number.to_string()).collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let queue = Queue::with(12, &bodies).await;
    assert_eq!(queue.batch().await.messages.len(), 12);
    assert_eq!(queue.batch().await.messages.len(), 1);
    assert!(queue.poller.receive(Duration::ZERO).await.expect("received").is_empty());
}

#[tokio::test]
async fn what_is_named_stays_and_the_rest_goes() {
    let queue = Queue::with(10, &["a", "b", "c"]).await;
    let batch = queue.batch().await;
    let named = &batch.messages[1].id;
    let answer = Answer::Response(json!({"batchItemFailures": [{"itemIdentifier": named}]}));
    let verdict = queue.poller.settle(&batch, &answer).await.expect("settled");
    assert!(!verdict.deletes(named));
    assert_eq!(queue.depth().await, 1);
}

#[tokio::test]
async fn an_answer_that_cannot_be_trusted_deletes_nothing() {
    for answer in [
        Answer::Response(json!({"batchItemFailures": [{"itemIdentifier": ""}]})),
        Answer::Response(json!({"batchItemFailures": [{"itemIdentifier": "another"}]})),
        Answer::Error { kind: "Runtime.ExitError".to_owned(), message: "exit status 1".to_owned() },
    ] {
        let queue = Queue::with(10, &["a", "b"]).await;
        let batch = queue.batch().await;
        queue.poller.settle(&batch, &answer).await.expect("settled");
        assert_eq!(queue.depth().await, 2, "{answer:?}");
    }
}
