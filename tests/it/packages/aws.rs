//! `aws-sdk` against the emulator of AWS.

use super::stage::Stage;
use super::{engine, node};
use serde_json::json;
use tests::aws;
use tests::doubles::Site;

fn stage(site: &Site) -> Stage {
    let failing = format!("{}/s3", site.url());
    Stage::new("aws-sdk", json!({"endpoint": aws::endpoint(), "account": aws::new_account(), "failing": failing}))
}

#[tokio::test(flavor = "multi_thread")]
async fn aws_sdk_in_node() {
    let site = Site::start().await.unwrap();
    node::play(stage(&site)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn aws_sdk() {
    let site = Site::start().await.unwrap();
    engine::play(stage(&site)).await;
}
