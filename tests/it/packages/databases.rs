//! `pg` against a PostgreSQL, `snowflake-sdk` against its double.

use super::stage::Stage;
use super::{engine, node};
use serde_json::json;
use tests::doubles::Snowflake;
use tests::postgres;

fn postgres() -> Stage {
    let config =
        json!({"address": postgres::address(), "authority": postgres::authority(), "schema": postgres::new_schema()});
    Stage::new("pg", config)
}

async fn snowflake() -> Stage {
    let double = Snowflake::start().await.expect("there is a free port");
    let config = json!({"account": Snowflake::ACCOUNT, "username": Snowflake::USER, "password": Snowflake::PASSWORD, "endpoint": double.url()});
    Stage::new("snowflake", config).double(double.ports(), double)
}

#[tokio::test(flavor = "multi_thread")]
async fn pg_in_node() {
    node::play(postgres()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pg() {
    engine::play(postgres()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn snowflake_sdk_in_node() {
    node::play(snowflake().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn snowflake_sdk() {
    engine::play(snowflake().await).await;
}
