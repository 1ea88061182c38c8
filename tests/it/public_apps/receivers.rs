//! Apps that forward events over HTTP in batches: RudderStack, Laudspeaker, and the replicator.

use super::events::{COUNT, by, check_properties, check_whole, events};
use super::fetched::{check_errors, export, fetched};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::doubles::Collector;

/// Exports to RudderStack or, as its app is made from the same, Laudspeaker; `authorization` is what the receiver is shown.
async fn forwards(app: &str, authorization: &str) {
    let Some(app) = fetched(app, json!({"writeKey": "key"})) else { return };
    let receiver = Collector::start().await.expect("there is a free port");
    let app = app.with(|app| app.config["dataPlaneUrl"] = format!("{}/v1/batch", receiver.url()).into());
    let engine = export(app, receiver.ports()).await;
    check_errors(&engine, &[]);
    assert!(receiver.complaints().is_empty(), "{:#?}", receiver.complaints());
    let mut payloads = Vec::new();
    for request in receiver.requests() {
        assert_eq!((request.path.as_str(), request.header("authorization")), ("/v1/batch", Some(authorization)));
        assert_eq!(request.header("content-type"), Some("application/json"));
        let body = request.json();
        assert!(body["sentAt"].is_string(), "{body}");
        payloads.extend(body["batch"].as_array().expect("a batch").clone());
    }
    check_payloads(&payloads);
}

fn check_payloads(payloads: &[Value]) {
    // The time tells the events apart: the payload has no uuid.
    let found = by(payloads, "originalTimestamp");
    assert_eq!(found.len(), COUNT, "events arrived");
    for sent in events() {
        let payload = found[sent["timestamp"].as_str().expect("every event has one")];
        let kind = match sent["event"].as_str() {
            Some("$identify") => "identify",
            Some("$pageview") => "page",
            _ => "track",
        };
        assert_eq!((&payload["type"], &payload["userId"]), (&json!(kind), &sent["distinct_id"]), "{payload}");
        for name in ["number", "text", "list"] {
            assert_eq!(payload["properties"][name], sent["properties"][name], "{payload}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "for `cargo xtask public-apps`: needs apps that were fetched"]
async fn rudderstack() {
    forwards("rudderstack", "Basic a2V5Og==").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "for `cargo xtask public-apps`: needs apps that were fetched"]
async fn rudderstack_95b8_with_a_buffer() {
    forwards("rudderstack@95b80ac6b32d", "Basic a2V5Og==").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "for `cargo xtask public-apps`: needs apps that were fetched"]
async fn rudderstack_7797() {
    forwards("rudderstack@7797c1e6fa88", "Basic a2V5Og==").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "for `cargo xtask public-apps`: needs apps that were fetched"]
async fn laudspeaker_a5c7_with_a_buffer() {
    forwards("laudspeaker@a5c73dff6da8", "Api-Key key").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "for `cargo xtask public-apps`: needs apps that were fetched"]
async fn replicator_2721_with_a_buffer() {
    let config = json!({"host": Collector::HOST, "project_api_key": "phc_other", "replication": "2"});
    let Some(app) = fetched("replicator@272a13127068", config) else { return };
    let receiver = Collector::start().await.expect("there is a free port");
    let engine = export(app, receiver.ports()).await;
    check_errors(&engine, &[]);
    let mut copies = Vec::new();
    for request in receiver.requests() {
        assert_eq!(request.path, "/e");
        copies.extend(request.json().as_array().expect("a batch").clone());
    }
    // Each event twice, as configured: next to each other.
    assert_eq!(copies.len(), COUNT * 2);
    let whole: Vec<_> = copies.iter().step_by(2).cloned().collect();
    check_whole(&whole, &["event", "distinct_id", "timestamp"]);
    let tokens: BTreeSet<_> = copies.iter().map(|event| event["token"].as_str()).collect();
    assert_eq!(tokens, [Some("phc_other")].into());
    for (copy, sent) in copies.iter().skip(1).step_by(2).zip(events()) {
        assert!(copy.get("team_id").is_none(), "{copy}");
        check_properties(&copy["properties"], &sent);
    }
}
