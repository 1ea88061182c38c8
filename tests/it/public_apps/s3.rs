//! s3-export against the emulator of AWS: JSON lines, compressed as configured.

use super::events::check_whole;
use super::fetched::{check_errors, export, fetched};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Read;
use tests::aws;

/// A name that leads to this machine, and in which the emulator looks for the bucket's: the older versions do not ask for its path.
const HOST: &str = "s3.test";

async fn bucket(account: &str) -> Client {
    let config = aws::names::config(account).await;
    let client = Client::from_conf(Builder::from(&config).force_path_style(true).build());
    client.create_bucket().bucket(name(account)).send().await.expect("the emulator makes it");
    client
}

fn name(account: &str) -> String {
    format!("exported-{account}")
}

/// Every object of the bucket, by its key.
async fn objects(client: &Client, account: &str) -> BTreeMap<String, Vec<u8>> {
    let listed = client.list_objects_v2().bucket(name(account)).send().await.expect("the bucket is there");
    let mut objects = BTreeMap::new();
    for key in listed.contents().iter().filter_map(|object| object.key()) {
        let object = client.get_object().bucket(name(account)).key(key).send().await.expect("it is listed");
        let body = object.body.collect().await.expect("it can be read");
        objects.insert(key.to_owned(), body.to_vec());
    }
    objects
}

/// The suffix of a key and how such an object is read.
fn unpacked(compression: &str, body: &[u8]) -> (&'static str, String) {
    let mut text = String::new();
    let end = match compression {
        "gzip" => GzDecoder::new(body).read_to_string(&mut text).map(|_| ".jsonl.gz"),
        "brotli" => brotli::Decompressor::new(body, 4096).read_to_string(&mut text).map(|_| ".jsonl.br"),
        _ => (&*body).read_to_string(&mut text).map(|_| ".jsonl"),
    };
    (end.expect("what the app compressed can be read"), text)
}

async fn exports(app: &str, compression: &str) {
    let account = aws::new_account();
    let endpoint = aws::endpoint().replace("127.0.0.1", HOST);
    let config = json!({
        "awsAccessKey": account, "awsSecretAccessKey": "secret", "awsRegion": "us-east-1", "s3BucketName": name(&account),
        "s3BucketEndpoint": endpoint, "prefix": "posthog/", "compression": compression, "sse": "disabled",
    });
    let Some(app) = fetched(app, config) else { return };
    let client = bucket(&account).await;
    let engine = export(app, BTreeMap::new()).await;
    check_errors(&engine, &[]);
    let mut events: Vec<Value> = Vec::new();
    for (key, body) in objects(&client, &account).await {
        let (end, text) = unpacked(compression, &body);
        assert!(key.starts_with("posthog/20") && key.ends_with(end), "{key}");
        events.extend(text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line is JSON")));
    }
    check_whole(&events, &["event", "distinct_id", "team_id", "timestamp"]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "for `cargo xtask public-apps`: needs apps that were fetched"]
async fn s3_export_with_gzip() {
    exports("s3-export", "gzip").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "for `cargo xtask public-apps`: needs apps that were fetched"]
async fn s3_export_with_brotli() {
    exports("s3-export", "brotli").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "for `cargo xtask public-apps`: needs apps that were fetched"]
async fn s3_export_without_compression() {
    exports("s3-export", "no compression").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "for `cargo xtask public-apps`: needs apps that were fetched"]
async fn s3_export_4f48_with_a_buffer() {
    exports("s3-export@4f4814300d22", "gzip").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "for `cargo xtask public-apps`: needs apps that were fetched"]
async fn s3_export_ec1f() {
    exports("s3-export@ec1f37e872ed", "brotli").await;
}
