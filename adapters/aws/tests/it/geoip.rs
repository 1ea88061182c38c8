//! A geoip database in the bucket.

use crate::emulator::{NOW, Stack, config, objects};
use crate::http::read_request;
use adapter_aws::geoip::{GeoIpOptions, ObjectName, S3GeoIp};
use runtime_core::ports::conformance::mmdb;
use runtime_core::ports::geoip::{GeoIp, LocateError};
use runtime_core::ports::virtual_clock::VirtualClock;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const KEY: &str = "geo/cities.mmdb";
const HOUR: Duration = Duration::from_secs(3600);

fn database(city: &str) -> Vec<u8> {
    // A record that is longer than what comes at once.
    let filler: Vec<_> = (0..250).map(|number| json!({"iso_code": format!("{number:025}")})).collect();
    let record = json!({"city": {"names": {"en": city}}, "subdivisions": filler});
    mmdb::database("GeoLite2-City", &[("192.0.2.0", 24, record)])
}

async fn put(stack: &Stack, content: Vec<u8>) {
    let request = objects(&stack.config).put_object().bucket(&stack.names.bucket).key(KEY);
    request.body(content.into()).send().await.unwrap();
}

fn options(bucket: &str) -> GeoIpOptions {
    let object = ObjectName { bucket: bucket.to_owned(), key: KEY.to_owned() };
    GeoIpOptions { object, sha256: None, refresh: HOUR }
}

fn over(stack: &Stack, bucket: &str) -> S3GeoIp {
    S3GeoIp::new(&stack.config, options(bucket), stack.clock.clone())
}

/// The name of the city; or `not ready`, or `unavailable: ` with the reason.
async fn city(geoip: &S3GeoIp) -> String {
    match geoip.locate("192.0.2.1").await {
        Ok(record) => record.unwrap()["city"]["names"]["en"].as_str().unwrap().to_owned(),
        Err(LocateError::NotReady) => "not ready".to_owned(),
        Err(LocateError::Unavailable(why)) => format!("unavailable: {}", why.message),
    }
}

/// Asks until it is that city, or half a minute has passed.
async fn becomes(geoip: &S3GeoIp, expected: &str) {
    let waited = tokio::time::timeout(Duration::from_secs(30), async {
        while city(geoip).await != expected {
            tokio::task::yield_now().await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("it never became {expected}"));
}

#[tokio::test]
async fn what_is_put_into_the_bucket_answers_and_is_followed_by_what_comes_after() {
    let stack = Stack::new().await;
    let geoip = over(&stack, &stack.names.bucket);
    assert_eq!(city(&geoip).await, "not ready", "nothing is there");
    put(&stack, database("Kiruna")).await;
    assert_eq!(city(&geoip).await, "not ready", "a minute has not passed");
    stack.clock.advance(Duration::from_secs(60));
    assert_eq!(city(&geoip).await, "Kiruna");
    put(&stack, database("Luleå")).await;
    assert_eq!(city(&geoip).await, "Kiruna", "an hour has not passed");
    stack.clock.advance(HOUR);
    becomes(&geoip, "Luleå").await;
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_no_database() {
    let stack = Stack::new().await;
    assert_eq!(city(&over(&stack, &format!("{}-gone", stack.names.bucket))).await, "not ready");
}

/// A service that answers one request after the other with these; ends with the heads of the requests in lower case.
async fn service(replies: Vec<Vec<u8>>) -> (S3GeoIp, Arc<VirtualClock>, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let config = config(&format!("http://{}", listener.local_addr().unwrap()), "123456789012").await;
    let answered = tokio::spawn(async move {
        let mut heads = Vec::new();
        for reply in replies {
            let (mut client, _) = listener.accept().await.unwrap();
            let request = read_request(&mut client).await.unwrap();
            heads.push(String::from_utf8_lossy(&request).to_lowercase());
            client.write_all(&reply).await.unwrap();
        }
        heads
    });
    let clock = Arc::new(VirtualClock::at(NOW));
    (S3GeoIp::new(&config, options("bucket"), clock.clone()), clock, answered)
}

/// A response with that part of the content.
fn reply(content: &[u8], part: usize, header: &str) -> Vec<u8> {
    let length = content.len();
    let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n{header}\r\n\r\n");
    [head.as_bytes(), &content[..part]].concat()
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let content = database("Kiruna");
    let unchanged = b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_vec();
    let (geoip, clock, answered) = service(vec![reply(&content, content.len(), "ETag: \"one\""), unchanged]).await;
    assert_eq!(city(&geoip).await, "Kiruna");
    clock.advance(HOUR);
    assert_eq!(city(&geoip).await, "Kiruna");
    let heads = answered.await.unwrap();
    assert!(heads[0].contains("x-amz-checksum-mode: enabled") && !heads[0].contains("if-none-match"), "{heads:?}");
    assert!(heads[1].contains("if-none-match: \"one\""), "{heads:?}");
    assert_eq!(city(&geoip).await, "Kiruna");
}

#[tokio::test]
async fn a_body_that_is_not_that_of_its_checksum_is_not_used() {
    let content = database("Kiruna");
    // The CRC-32 of nothing.
    let (geoip, _, _) = service(vec![reply(&content, content.len(), "x-amz-checksum-crc32: AAAAAA==")]).await;
    assert_eq!(city(&geoip).await, "not ready");
}

#[tokio::test]
async fn a_body_that_breaks_off_puts_work_off() {
    let content = database("Kiruna");
    let (geoip, _, _) = service(vec![reply(&content, content.len() / 2, "ETag: \"one\"")]).await;
    let city = city(&geoip).await;
    assert!(city.starts_with("unavailable: GetObject: "), "{city}");
}
