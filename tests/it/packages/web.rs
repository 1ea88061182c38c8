//! `node-fetch`, which is `fetch`, against a site of the test.

use super::stage::Stage;
use super::{engine, node};
use serde_json::json;
use tests::doubles::Site;

#[tokio::test(flavor = "multi_thread")]
async fn node_fetch_in_node() {
    let site = Site::start().await.unwrap();
    node::play(Stage::new("node-fetch", json!({"site": site.url()}))).await;
    assert_eq!(site.complaints(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn node_fetch() {
    let site = Site::start().await.unwrap();
    engine::play(Stage::new("node-fetch", json!({"site": site.url()}))).await;
    assert_eq!(site.complaints(), [""; 0]);
}
