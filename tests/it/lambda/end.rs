//! The end of an execution environment.

use super::{app_with_url, event};
use serde_json::json;
use std::time::{Duration, Instant};
use tests::aws::{AwsStack, Function, Queue};
use tests::endpoint::Endpoint;
use tests::runtime_api::RuntimeApi;
use tokio::task::spawn_blocking;

const SOURCE: &str = "
    export function setupPlugin() {}
    export function processEvent(event) { return event }
    export async function teardownPlugin({ config }) {
        await fetch(config.url, { method: 'POST', body: JSON.stringify('the end') })
        await new Promise((resolve) => setTimeout(resolve, 20_000))
    }";

/// Ends a function that has worked; how long that took.
async fn end(stack: &AwsStack, mut function: Function) -> Duration {
    stack.send(Queue::Events, &[&event("one")]).await;
    assert_eq!(stack.deliver(Queue::Events, &function, 0).await.failed, 0);
    let asked_at = Instant::now();
    function.program().terminate();
    let status = spawn_blocking(move || function.program().wait()).await.expect("waiting panics never");
    let status = status.expect("the program is a child of this process");
    assert!(status.success(), "{status}");
    asked_at.elapsed()
}

#[tokio::test]
async fn apps_are_told_of_the_end_and_cannot_hold_it_up() {
    let endpoint = Endpoint::start().await.unwrap();
    let stack = AwsStack::new(&[app_with_url("ending", SOURCE, endpoint.url())]).await;
    let function = stack.start("process-events").await;
    let took = end(&stack, function).await;
    assert_eq!(endpoint.received(), [json!("the end")]);
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn an_extension_is_registered_for_no_events_before_the_first_invocation() {
    let stack = AwsStack::new(&[]).await;
    let function = stack.start("run-tasks").await;
    stack.send(Queue::Jobs, &["{}"]).await;
    stack.deliver(Queue::Jobs, &function, 0).await;
    assert_eq!(function.api().extensions(), [json!({"name": "hedgerow", "events": [], "is_waiting": true})]);
}

#[tokio::test]
async fn where_there_is_no_extensions_api_a_function_works_all_the_same() {
    let endpoint = Endpoint::start().await.unwrap();
    let stack = AwsStack::new(&[app_with_url("ending", SOURCE, endpoint.url())]).await;
    let api = RuntimeApi::start_without_extensions().await.unwrap();
    end(&stack, stack.start_over(api, "process-events", &[])).await;
    assert_eq!(endpoint.received(), [json!("the end")]);
}
