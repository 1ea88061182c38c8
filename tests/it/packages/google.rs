//! The packages of Google Cloud against a double of it.

use super::stage::Stage;
use super::{engine, node};
use serde_json::json;
use tests::doubles::Google;

async fn stage(app: &'static str) -> Stage {
    let double = Google::start().await.expect("there is a free port");
    let config = json!({"key": double.service_account().to_string(), "endpoint": double.url()});
    Stage::new(app, config).double(double.ports(), double)
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_in_node() {
    node::play(stage("google-storage").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn storage() {
    engine::play(stage("google-storage").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bigquery_in_node() {
    node::play(stage("bigquery").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bigquery() {
    engine::play(stage("bigquery").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pubsub_in_node() {
    node::play(stage("pubsub").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pubsub() {
    engine::play(stage("pubsub").await).await;
}
