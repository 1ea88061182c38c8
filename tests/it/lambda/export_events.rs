//! Events on their way to `exportEvents`: from `process-events` over the exports queue to `export-events`.

use super::{app_with_url, event};
use serde_json::{Value, json};
use tests::aws::{AwsStack, Count, Queue};
use tests::endpoint::Endpoint;

const EXPORTER: &str = "
    export async function exportEvents(events, { config, global }) {
        if (events.some((event) => event.event === 'later') && !global.failed) {
            global.failed = true
            throw new RetryError('later')
        }
        await fetch(config.url, { method: 'POST', body: JSON.stringify(events.map((event) => event.event)) })
    }";

/// The names of all events that arrived, sorted, and in how many batches.
fn arrived(endpoint: &Endpoint) -> (usize, Vec<String>) {
    let batches = endpoint.received();
    let names = batches.iter().flat_map(|batch| batch.as_array().cloned().unwrap_or_default());
    let mut names: Vec<String> = names.filter_map(|name| name.as_str().map(str::to_owned)).collect();
    names.sort();
    (batches.len(), names)
}

#[tokio::test]
async fn events_of_several_invocations_reach_the_endpoint_in_one_batch() {
    let endpoint = Endpoint::start().await.unwrap();
    let stack = AwsStack::new(&[app_with_url("exporter", EXPORTER, endpoint.url())]).await;
    let (process, export) = (stack.start("process-events").await, stack.start("export-events").await);
    for names in [["a", "b"], ["c", "d"]] {
        stack.send(Queue::Events, &names.map(event).each_ref().map(String::as_str)).await;
        assert_eq!(stack.deliver(Queue::Events, &process, 0).await.failed, 0);
    }
    let delivery = stack.deliver(Queue::Exports, &export, 5).await;
    assert_eq!((delivery.bodies.len(), delivery.failed), (2, 0), "one packed message an invocation");
    assert_eq!(arrived(&endpoint), (1, ["a", "b", "c", "d"].map(str::to_owned).to_vec()));
    assert_eq!(stack.outcome().await.len(), 4, "each is in the sink, too");
}

#[tokio::test]
async fn a_batch_that_failed_is_tried_again_as_it_is() {
    let endpoint = Endpoint::start().await.unwrap();
    let stack = AwsStack::new(&[app_with_url("exporter", EXPORTER, endpoint.url())]).await;
    let (process, export) = (stack.start("process-events").await, stack.start("export-events").await);
    let body = json!([{"event": "later", "distinct_id": "p"}, {"event": "b", "distinct_id": "p"}]).to_string();
    stack.send(Queue::Events, &[&body]).await;
    assert_eq!(stack.deliver(Queue::Events, &process, 0).await.failed, 0);
    assert_eq!(stack.deliver(Queue::Exports, &export, 5).await.failed, 0, "the message is done, the batch is frozen");
    assert_eq!(arrived(&endpoint).0, 0);
    assert_eq!(stack.count(Queue::Exports).await, Count { held_back: 1, ..Count::default() }, "it waits in the queue");
    let delivery = stack.deliver(Queue::Exports, &export, 10).await;
    let frozen: Value = serde_json::from_str(&delivery.bodies[0]).unwrap();
    assert!(frozen["stage"]["batch_id"].is_string(), "{frozen}");
    assert_eq!(arrived(&endpoint), (1, ["b", "later"].map(str::to_owned).to_vec()));
}
