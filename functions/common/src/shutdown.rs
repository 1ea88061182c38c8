//! The end of an execution environment: apps are told, if there is time.
//!
//! Lambda sends SIGTERM only to environments with an extension, and gives an internal one about 500 ms. So we register one, for
//! no events. Nothing depends on it: where there is no Extensions API (emulators), an environment ends without a word.

use lambda_runtime::tracing;
use lambda_runtime_api_client::body::Body;
use lambda_runtime_api_client::{BoxError, PooledClient};
use runtime_core::pipeline::record::RecordProcessor;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// How long apps may take to end, of the 500 ms that Lambda gives.
const TEAR_DOWN_LIMIT: Duration = Duration::from_millis(300);
/// How long registering may take. The API is on the same machine.
const REGISTER_LIMIT: Duration = Duration::from_secs(1);
/// The extension's name, its own within the function.
const EXTENSION: &str = "hedgerow";

/// From now on SIGTERM ends the process after the apps were told (`teardownPlugin`). To be called before the first invocation is
/// asked for: Lambda takes extensions only until then.
pub async fn tear_down_at_the_end(processor: Arc<dyn RecordProcessor>) {
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::spawn(async move {
                terminate.recv().await;
                // What is not over by then is nobody's work.
                _ = tokio::time::timeout(TEAR_DOWN_LIMIT, processor.tear_down()).await;
                std::process::exit(0);
            });
        }
        Err(error) => tracing::warn!(%error, "SIGTERM cannot be waited for: apps will not be told of their end"),
    }
    match tokio::time::timeout(REGISTER_LIMIT, register()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::info!(%error, "there is no Extensions API: apps may not be told of their end"),
        Err(_) => tracing::info!("the Extensions API does not answer: apps may not be told of their end"),
    }
}

/// Registers the extension, and lets it wait for the events that it never gets: until it asks for the first one, Lambda takes
/// the environment as still starting.
async fn register() -> Result<(), BoxError> {
    let client = PooledClient::builder().build();
    let request = http::Request::post("/2020-01-01/extension/register")
        .header("Lambda-Extension-Name", EXTENSION)
        .header("Content-Type", "application/json")
        .body(Body::from(r#"{"events":[]}"#))?;
    let response = client.call(request).await?;
    if !response.status().is_success() {
        return Err(format!("registering was answered with {}", response.status()).into());
    }
    let id = response.headers().get("Lambda-Extension-Identifier").ok_or("the extension was given no identifier")?;
    let next = http::Request::get("/2020-01-01/extension/event/next")
        .header("Lambda-Extension-Identifier", id)
        .body(Body::empty())?;
    tokio::spawn(async move { client.call(next).await });
    Ok(())
}
