//! The proxy before an emulator that counts.

use super::*;
use crate::sabotage::Sabotage;
use http::StatusCode;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::timeout;

/// Longer than any step of these tests takes.
const PATIENCE: Duration = Duration::from_secs(10);

/// Answers everything with 200; how many requests it got.
async fn emulator() -> (String, Arc<AtomicU64>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&count);
    tokio::spawn(serve(listener, move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        async { Ok(http::Response::new(Full::<Bytes>::from("{}"))) }
    }));
    (url, count)
}

struct Bench {
    shared: Arc<Shared>,
    proxy: Proxy,
    upstream: Arc<AtomicU64>,
    folder: tempfile::TempDir,
}

impl Bench {
    async fn new(chances: Chances) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let faults = Lines::append_to(&folder.path().join("faults")).unwrap();
        let (url, upstream) = emulator().await;
        let shared = Arc::new(Shared::new(faults, Meddling::none()));
        let proxy = Proxy::start(&url, chances, Arc::clone(&shared)).await.unwrap();
        Self { shared, proxy, upstream, folder }
    }

    /// The status, or nothing if there was no answer.
    async fn call(&self, target: &str, body: &str) -> Option<(StatusCode, String)> {
        let client: Client<HttpConnector, Full<Bytes>> =
            Client::builder(TokioExecutor::new()).build(HttpConnector::new());
        let request = Request::post(self.proxy.url()).header("x-amz-target", target);
        let response = client.request(request.body(Full::from(body.to_owned())).unwrap()).await.ok()?;
        let status = response.status();
        let body = response.into_body().collect().await.ok()?.to_bytes();
        Some((status, String::from_utf8_lossy(&body).into_owned()))
    }

    fn upstream(&self) -> u64 {
        self.upstream.load(Ordering::SeqCst)
    }

    fn faults(&self) -> Vec<Fault> {
        let text = std::fs::read_to_string(self.folder.path().join("faults")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

const SEND: &str = r#"{"QueueUrl":"q","MessageBody":"{\"uuid\":\"u1\"}"}"#;

#[tokio::test]
async fn a_calm_proxy_passes_everything_on() {
    let bench = Bench::new(Chances::calm()).await;
    let answer = bench.call("DynamoDB_20120810.PutItem", "{}").await;
    assert_eq!(answer, Some((StatusCode::OK, "{}".to_owned())));
    assert_eq!((bench.upstream(), bench.faults()), (1, Vec::new()));
}

#[tokio::test]
async fn throttling_speaks_as_each_service_does() {
    let bench = Bench::new(Chances { throttles_per_mille: 1000, ..Chances::calm() }).await;
    for (target, kind) in [
        ("DynamoDB_20120810.GetItem", "#ProvisionedThroughputExceededException"),
        ("AmazonSQS.SendMessage", "#RequestThrottled"),
    ] {
        let (status, body) = bench.call(target, SEND).await.unwrap();
        assert!(status == StatusCode::BAD_REQUEST && body.contains(kind), "{body}");
    }
    assert_eq!(bench.call("", "").await.unwrap().0, StatusCode::OK, "S3 is not throttled");
    assert_eq!((bench.upstream(), bench.faults().len()), (1, 2));
}

#[tokio::test]
async fn a_cut_loses_the_reply_and_not_the_write() {
    let bench = Bench::new(Chances { cuts_per_mille: 1000, ..Chances::calm() }).await;
    assert_eq!(bench.call("AmazonSQS.SendMessage", SEND).await, None);
    assert_eq!(bench.call("DynamoDB_20120810.UpdateItem", "{}").await, None);
    assert!(bench.call("DynamoDB_20120810.GetItem", "{}").await.is_some(), "a read may be repeated");
    assert_eq!(bench.upstream(), 3);
    let reaches: Vec<Reach> = bench.faults().into_iter().map(|fault| fault.reach).collect();
    assert_eq!(reaches, [Reach::Events(vec!["u1".to_owned()]), Reach::Nothing]);
}

#[tokio::test]
async fn a_queue_that_is_down_takes_nothing() {
    let bench = Bench::new(Chances::calm()).await;
    bench.shared.take_down(Some("output")).unwrap();
    let to = |queue: &str| format!(r#"{{"QueueUrl":"http://x/1/{queue}","MessageBody":"1"}}"#);
    let status = bench.call("AmazonSQS.SendMessage", &to("output")).await.unwrap().0;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(bench.call("AmazonSQS.SendMessage", &to("events")).await.unwrap().0, StatusCode::OK);
    bench.shared.take_down(None).unwrap();
    assert_eq!(bench.call("AmazonSQS.SendMessage", &to("output")).await.unwrap().0, StatusCode::OK);
    assert_eq!((bench.upstream(), bench.faults().len()), (2, 1));
}

#[tokio::test]
async fn at_the_point_of_a_kill_nothing_is_answered_any_more() {
    for (moment, done) in [(Moment::Before, 1), (Moment::After, 2)] {
        let bench = Bench::new(Chances::calm()).await;
        bench.proxy.arm(Some(KillPoint { call: 2, moment }));
        assert!(bench.call("AmazonSQS.SendMessage", SEND).await.is_some());
        let second = bench.call("AmazonSQS.SendMessage", SEND);
        let reached = timeout(PATIENCE, async {
            tokio::select! { () = bench.proxy.reached() => true, _ = second => false }
        });
        assert!(reached.await.unwrap(), "the call was answered");
        assert_eq!(bench.upstream(), done, "{moment:?}");
    }
}

#[test]
fn a_message_that_names_a_blob_has_the_events_of_the_blob() {
    let blobs = Blobs::default();
    blobs.note(&Call::PutObject("abc".to_owned()), br#"{"uuid":"u1"}"#);
    assert_eq!(blobs.uuids_of_body("abc"), ["u1"]);
    assert_eq!(blobs.uuids_of_body("claims/abc"), ["u1"]);
    assert_eq!(blobs.uuids_of_body(r#"[{"uuid":"u2"}]"#), ["u2"]);
    assert!(blobs.uuids_of_body("other").is_empty());
    let batch = br#"{"Entries":[{"MessageBody":"abc"},{"MessageBody":"{\"uuid\":\"u2\"}"}]}"#;
    let reach = Call::Sqs("SendMessageBatch".to_owned()).reach(batch, &blobs);
    assert_eq!(reach, Reach::Events(vec!["u1".to_owned(), "u2".to_owned()]));
}

#[test]
fn waiting_is_shorter_and_bugs_are_done() {
    let send = Call::Sqs("SendMessage".to_owned());
    let work = serde_json::json!({"kind": "continuation", "stage": {"name": "on_event"}, "progress": {"attempt": 3}});
    let body = Bytes::from(serde_json::json!({"DelaySeconds": 25, "MessageBody": work.to_string()}).to_string());
    let changed = |meddling: &Meddling| {
        let request: serde_json::Value = serde_json::from_slice(&meddling.changed(&send, body.clone())).unwrap();
        let work: serde_json::Value = serde_json::from_str(request["MessageBody"].as_str().unwrap()).unwrap();
        (request["DelaySeconds"].as_u64().unwrap(), work["stage"]["name"].clone(), work["progress"]["attempt"].clone())
    };
    let with = |pace, sabotage| Meddling { pace, sabotage: Some(sabotage), ..Meddling::none() };
    assert_eq!(changed(&Meddling::none()), (25, "on_event".into(), 3.into()));
    assert_eq!(changed(&with(10, Sabotage::WrongStage)), (3, "sink".into(), 3.into()));
    assert_eq!(changed(&with(1, Sabotage::UncountedAttempts)), (25, "on_event".into(), 1.into()));
    let lost = with(1, Sabotage::LostClaimChecks);
    assert!(lost.pretended(&Call::PutObject("x".to_owned()), b"").is_some());
    assert!(lost.pretended(&send, &body).is_none());
}
