//! Packages that talk to nobody.

use super::stage::Stage;
use super::{engine, node};
use serde_json::json;
use tests::doubles::pem;

fn tokens() -> Stage {
    let config = json!({
        "rsa_private": pem("service-account.key.der", "PRIVATE KEY"),
        "rsa_public": pem("service-account.public.der", "PUBLIC KEY"),
        "ec_private": pem("server.key.der", "PRIVATE KEY"),
        "ec_public": pem("server.public.der", "PUBLIC KEY"),
    });
    Stage::new("jsonwebtoken", config)
}

fn plain(app: &'static str) -> Stage {
    Stage::new(app, json!({}))
}

#[tokio::test(flavor = "multi_thread")]
async fn generic_pool_in_node() {
    node::play(plain("generic-pool")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn generic_pool() {
    engine::play(plain("generic-pool")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jsonwebtoken_in_node() {
    node::play(tokens()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jsonwebtoken() {
    engine::play(tokens()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faker_in_node() {
    node::play(plain("faker")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faker() {
    engine::play(plain("faker")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stream_in_node() {
    node::play(plain("stream")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stream() {
    engine::play(plain("stream")).await;
}
