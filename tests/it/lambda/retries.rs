//! Work that an app asks to try again, by the continuations queue.

use super::{app_with_url, event};
use serde_json::Value;
use std::time::{Duration, Instant};
use tests::aws::{AwsStack, Count, Queue};
use tests::endpoint::Endpoint;

#[tokio::test]
async fn a_retry_error_comes_back_after_five_seconds_and_at_its_own_stage_only() {
    let source = "
        export function processEvent(event) { event.properties.runs = (event.properties.runs ?? 0) + 1; return event }
        export async function onEvent(event, { config, global }) {
            global.attempts = (global.attempts ?? 0) + 1
            if (global.attempts === 1) throw new RetryError('not yet')
            await fetch(config.url, { method: 'POST', body: JSON.stringify([global.attempts, event.properties.runs]) })
        }";
    let endpoint = Endpoint::start().await.unwrap();
    let stack = AwsStack::new(&[app_with_url("retrier", source, endpoint.url())]).await;
    let function = stack.start("process-events").await;
    stack.send(Queue::Events, &[&event("one")]).await;
    let failed_at = Instant::now();
    assert_eq!(stack.deliver(Queue::Events, &function, 0).await.failed, 0);
    assert_eq!(stack.outcome().await.len(), 1, "it is in the sink");
    assert_eq!(stack.count(Queue::Continuations).await, Count { held_back: 1, ..Count::default() });
    let delivery = stack.deliver(Queue::Continuations, &function, 10).await;
    assert!(failed_at.elapsed() >= Duration::from_secs(5), "{:?}", failed_at.elapsed());
    assert_eq!(delivery.failed, 0);
    let continuation: Value = serde_json::from_str(&delivery.bodies[0]).unwrap();
    assert_eq!(continuation["progress"]["attempt"], 2, "{continuation}");
    assert_eq!(endpoint.received(), [serde_json::json!([2, 1])]);
    assert!(stack.outcome().await.is_empty(), "it went into the sink once");
}
