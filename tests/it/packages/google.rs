//! The packages of Google Cloud against a double of it.

use super::engine::Engine;
use super::stage::Stage;
use super::{engine, node};
use runtime_core::ports::clock::Clock;
use serde_json::json;
use tests::AppSetup;
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

/// Only here: over REST the package in Node names no status, but apps were written for gRPC, where it stands in the message.
#[tokio::test(flavor = "multi_thread")]
async fn errors_of_pubsub_name_their_status_as_over_grpc() {
    const APP: &str = r"
        const { PubSub } = require('@google-cloud/pubsub')
        const said = (work) => work.catch((error) => console.log(`${error.code} ${error.message.split(': ')[0]}`))
        export async function runEveryMinute({ config }) {
            const key = JSON.parse(config.key)
            const credentials = { client_email: key.client_email, private_key: key.private_key }
            const pubsub = new PubSub({ projectId: key.project_id, credentials })
            await said(pubsub.topic('nothing').getMetadata())
            await pubsub.createTopic('events')
            await said(pubsub.createTopic('events'))
        }";
    let double = Google::start().await.expect("there is a free port");
    let app = AppSetup::new(APP).with(|app| {
        app.config = json!({"key": double.service_account().to_string()});
        app.egress.allowed_networks = vec!["127.0.0.1/32".into()];
    });
    let engine = Engine::start(app, double.ports()).await;
    engine.trigger("runEveryMinute").await;
    engine.run_until(|clock| clock.now()).await;
    assert_eq!(engine.printed(), ["5 5 NOT_FOUND", "6 6 ALREADY_EXISTS"]);
    engine.pipeline.tear_down().await;
}
