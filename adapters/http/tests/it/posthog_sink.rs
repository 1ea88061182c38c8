//! The sink against capture APIs on this machine.

use crate::support::{TestServer, client_with, options, respond};
use adapter_http::{POSTHOG_TIME_LIMIT, PosthogSink, PosthogSinkError, PosthogSinkOptions};
use bytes::Bytes;
use flate2::read::GzDecoder;
use http_body_util::Full;
use hyper::{Request, Response};
use runtime_core::event::PluginEvent;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::event_sink::{EventSink, SinkError};
use runtime_core::ports::virtual_clock::VirtualClock;
use serde_json::{Value, json};
use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const TOKEN: &str = "phc_of_the_project";

type Received = Arc<Mutex<Vec<Value>>>;

fn clock() -> Arc<VirtualClock> {
    Arc::new(VirtualClock::at(Timestamp(0)))
}

fn sink_at(host: String, clock: Arc<VirtualClock>) -> PosthogSink {
    let http = Arc::new(client_with(options()));
    PosthogSink::new(PosthogSinkOptions { host, project_token: TOKEN.to_owned(), http, clock }).unwrap()
}

fn sink(server: &TestServer) -> PosthogSink {
    sink_at(server.url(""), clock())
}

fn event(name: &str) -> PluginEvent {
    let event =
        json!({"uuid": "90637ab4-3d29-5e03-a8ff-bb88f0970134", "event": name, "distinct_id": "d", "team_id": 2});
    serde_json::from_value(event).unwrap()
}

fn body(request: &Request<Bytes>) -> Value {
    let mut text = String::new();
    GzDecoder::new(request.body().as_ref()).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn names(body: &Value) -> Vec<&str> {
    body["batch"].as_array().unwrap().iter().map(|event| event["event"].as_str().unwrap()).collect()
}

/// A capture API that takes at most `most` bytes of JSON.
async fn takes_up_to(most: usize) -> (TestServer, Received) {
    let received = Received::default();
    let kept = Arc::clone(&received);
    let server = TestServer::start(move |request| {
        let body = body(&request);
        if body.to_string().len() > most {
            return respond(413, "too large");
        }
        kept.lock().unwrap().push(body);
        respond(200, "{\"status\": 1}")
    });
    (server.await, received)
}

/// The error of sending one event to a server that answers so.
async fn error_of(response: impl Fn() -> Response<Full<Bytes>> + Send + Sync + 'static) -> String {
    let server = TestServer::start(move |_| response()).await;
    sink(&server).send(&[event("a")]).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_batch_is_one_gzipped_request() {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let (server, received) = takes_up_to(usize::MAX).await;
    let kept = Arc::clone(&heads);
    let front = TestServer::start(move |request| {
        let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
        let head = (request.method().to_string(), request.uri().path().to_owned(), header("content-encoding"));
        kept.lock().unwrap().push(head);
        respond(200, "")
    })
    .await;
    sink(&front).send(&[event("a")]).await.unwrap();
    assert_eq!(*heads.lock().unwrap(), [("POST".to_owned(), "/batch/".to_owned(), "gzip".to_owned())]);

    let sink = sink(&server);
    sink.send(&[event("a"), event("b")]).await.unwrap();
    sink.send(&[]).await.unwrap();
    let received = received.lock().unwrap();
    assert_eq!(received.len(), 1, "nothing is sent for nothing");
    assert_eq!((received[0]["api_key"].as_str(), names(&received[0])), (Some(TOKEN), vec!["a", "b"]));
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let (server, _) = takes_up_to(usize::MAX).await;
    let sink = sink(&server);
    for _ in 0..3 {
        sink.send(&[event("a")]).await.unwrap();
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn what_is_too_large_is_sent_in_parts_in_order() {
    let (server, received) = takes_up_to(400).await;
    let events = ["a", "b", "c", "d", "e", "f", "g"].map(event);
    sink(&server).send(&events).await.unwrap();
    let received = received.lock().unwrap();
    assert!(received.len() > 1);
    assert_eq!(received.iter().flat_map(names).collect::<String>(), "abcdefg");
}

#[tokio::test]
async fn one_event_that_is_too_large_is_refused_by_its_place() {
    let (server, received) = takes_up_to(400).await;
    let events = [event("a"), event(&"x".repeat(1_000)), event("b")];
    let error = sink(&server).send(&events).await.unwrap_err();
    let SinkError::Refused { index: 1, reason } = &error else { panic!("{error:?}") };
    assert!(reason.contains("more than PostHog takes"), "{reason}");
    assert_eq!(received.lock().unwrap().iter().flat_map(names).collect::<String>(), "a");
}

#[tokio::test]
async fn errors_say_what_to_do() {
    let retry = || Response::builder().status(429).header("retry-after", "17").body(Full::default()).unwrap();
    let error = error_of(retry).await;
    assert!(error.contains("429") && error.contains("left alone for 17 (Retry-After)"), "{error}");
    let error = error_of(|| respond(503, "down for repairs")).await;
    assert!(error.contains("503 Service Unavailable: it says: down for repairs"), "{error}");
    let error = error_of(|| respond(401, "API key phc_of_the_project\r\nis invalid")).await;
    assert!(error.contains("set HEDGEROW_POSTHOG_TOKEN") && error.contains("<token>is invalid"), "{error}");
    assert!(!error.contains(TOKEN), "{error}");
    let error = error_of(|| respond(404, "")).await;
    assert!(error.contains("set HEDGEROW_POSTHOG_HOST"), "{error}");
    let error = error_of(|| respond(400, "missing distinct_id")).await;
    assert!(error.contains("distinct_id`?; it says: missing distinct_id"), "{error}");
    let error = error_of(|| crate::support::redirect(302, "https://us.i.posthog.com/batch/")).await;
    assert!(error.contains("this one leads to https://us.i.posthog.com/batch/"), "{error}");
}

#[tokio::test]
async fn a_server_that_is_not_there_or_does_not_answer_is_unavailable() {
    let gone = TestServer::raw(b"").await.address;
    let closed = sink_at(format!("http://{gone}"), clock()).send(&[event("a")]).await.unwrap_err().to_string();
    assert!(closed.contains("PostHog is out of reach: socket hang up"), "{closed}");

    let silent = TestServer::accept(|stream| async move {
        let _open = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let clock = clock();
    let sink = sink_at(silent.url(""), Arc::clone(&clock));
    let sending = tokio::spawn(async move { sink.send(&[event("a")]).await });
    clock.wait_for_sleeper().await;
    clock.advance(POSTHOG_TIME_LIMIT);
    let error = sending.await.unwrap().unwrap_err().to_string();
    assert!(error.ends_with("PostHog did not answer within 30 s"), "{error}");
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_costs_no_error() {
    let accepted = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&accepted);
    // Each connection answers once and is closed at the next request.
    let server = TestServer::accept(move |mut stream| {
        counter.fetch_add(1, Ordering::SeqCst);
        async move {
            let mut request = [0; 4096];
            _ = stream.read(&mut request).await;
            _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
            _ = stream.read(&mut request).await;
        }
    })
    .await;
    let sink = sink(&server);
    for _ in 0..3 {
        sink.send(&[event("a")]).await.unwrap();
    }
    assert!(accepted.load(Ordering::SeqCst) > 1);
}

#[test]
fn nonsense_is_refused_without_showing_the_token() {
    let new = |host: &str, token: &str| {
        let http = Arc::new(client_with(options()));
        let (host, project_token) = (host.to_owned(), token.to_owned());
        PosthogSink::new(PosthogSinkOptions { host, project_token, http, clock: clock() }).err()
    };
    assert_eq!(new("us.i.posthog.com", TOKEN), Some(PosthogSinkError::Host("us.i.posthog.com".to_owned())));
    assert_eq!(new("https://us.i.posthog.com", " "), Some(PosthogSinkError::NoToken));
    assert_eq!(new("https://us.i.posthog.com", TOKEN), None);
}
