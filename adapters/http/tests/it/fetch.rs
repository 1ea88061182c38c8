//! `fetch` of the core over this client.

use crate::support::{ScriptedResolver, TestClock, TestServer, client, loopback, policy, redirect, respond};
use adapter_http::HyperClient;
use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;
use runtime_core::host::egress::EgressRules;
use runtime_core::host::fetch::{FetchError, FetchErrorKind, FetchRequest, FetchResponse, fetch};
use runtime_core::ports::clock::Clock;
use runtime_core::ports::http::EgressPolicy;
use std::sync::Arc;

async fn fetch_url(client: &HyperClient, url: &str, policy: &Arc<EgressPolicy>) -> Result<FetchResponse, FetchError> {
    let clock: Arc<dyn Clock> = Arc::new(TestClock::default());
    fetch(client, &clock, FetchRequest::get(url, Arc::new(EgressRules::new(policy).unwrap()))).await
}

#[tokio::test]
async fn case_169_the_guard_refuses_with_its_five_messages_and_lets_the_rest_through() {
    let server = TestServer::start(|_| respond(200, "public")).await;
    let resolver =
        ScriptedResolver::default().with("public.test", &[&["127.0.0.1"]]).with("private.test", &[&["10.0.0.24"]]);
    let client = client(&Arc::new(resolver));
    let table = [
        ("", "Invalid URL"),
        ("@@@", "Invalid URL"),
        ("posthog.com", "Invalid URL"),
        ("file:///etc/passwd", "No hostname"),
        ("ftp://posthog.com", "Scheme must be either HTTP or HTTPS"),
        ("http://fgtggggzzggggfd.com", "Invalid hostname"),
        ("http://localhost", "Internal hostname"),
        ("http://192.168.0.5", "Internal hostname"),
        ("http://0.0.0.0", "Internal hostname"),
        ("http://10.0.0.24", "Internal hostname"),
        ("http://172.20.0.21", "Internal hostname"),
        ("http://private.test", "Internal hostname"),
    ];
    for (url, message) in table {
        let error = fetch_url(&client, url, &policy(&[], &[])).await.unwrap_err();
        assert_eq!((error.message.as_str(), error.kind), (message, FetchErrorKind::HostGuard), "{url}");
        assert_eq!(error.kind.js_type(), Some("posthog-host-guard"));
        assert_eq!(error.code, None);
    }
    // 127.0.0.1, opened by the policy, stands in for a public address.
    let response = fetch_url(&client, &server.url_of("public.test", "/"), &loopback()).await.unwrap();
    assert_eq!(response.head.status, 200);
    assert_eq!(response.body.read_all().await.unwrap(), "public");
}

#[tokio::test]
async fn case_169_redirects_to_private_addresses_are_refused() {
    let hidden = TestServer::start(|_| respond(200, "secret")).await;
    let targets = [
        hidden.url_of("127.0.0.2", "/"),
        hidden.url_of("private.test", "/"),
        hidden.url_of("localhost", "/"),
        hidden.url_of("[::1]", "/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://127.0.0.1:9001/".to_owned(),
    ];
    let resolver =
        ScriptedResolver::default().with("private.test", &[&["127.0.0.2"]]).with("localhost", &[&["127.0.0.2"]]);
    let client = client(&Arc::new(resolver));
    for target in targets {
        let location = target.clone();
        let server = TestServer::start(move |_| redirect(302, &location)).await;
        let error = fetch_url(&client, &server.url("/"), &loopback()).await.unwrap_err();
        assert_eq!((error.message.as_str(), error.kind), ("Internal hostname", FetchErrorKind::HostGuard), "{target}");
        assert_eq!(server.connections(), 1, "the redirect itself was asked for");
    }
    let scheme = TestServer::start(|_| redirect(302, "ftp://example.com/")).await;
    let error = fetch_url(&client, &scheme.url("/"), &loopback()).await.unwrap_err();
    assert_eq!(error.message, "Scheme must be either HTTP or HTTPS");
    assert_eq!(hidden.connections(), 0);
}

#[tokio::test]
async fn a_redirect_is_followed_and_a_compressed_body_decoded() {
    // "hello" in gzip.
    const HELLO: &[u8] =
        &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 7, 0, 0x86, 0xa6, 0x10, 0x36, 5, 0, 0, 0];
    let server = TestServer::start(|request| match request.uri().path() {
        "/start" => redirect(301, "end?x=1"),
        _ => Response::builder()
            .header("content-encoding", "gzip")
            .header("x-query", request.uri().query().unwrap_or_default())
            .header("x-accepted", &request.headers()["accept-encoding"])
            .body(Full::new(Bytes::from_static(HELLO)))
            .unwrap(),
    })
    .await;
    let client = client(&Arc::new(ScriptedResolver::default()));
    let response = fetch_url(&client, &server.url("/start"), &loopback()).await.unwrap();
    assert_eq!(response.head.url.as_str(), server.url("/end?x=1"));
    assert_eq!(response.head.redirects, 1);
    let headers = &response.head.headers;
    assert!(headers.contains(&("x-query".to_owned(), "x=1".to_owned())), "{headers:?}");
    assert!(headers.contains(&("x-accepted".to_owned(), "gzip,deflate".to_owned())), "{headers:?}");
    assert_eq!(response.body.read_all().await.unwrap(), "hello");
}

#[tokio::test]
async fn failures_of_the_network_are_told_as_node_fetch_does() {
    let client = client(&Arc::new(ScriptedResolver::default()));
    let server = TestServer::raw(b"").await;
    let url = server.url("/x");
    let error = fetch_url(&client, &url, &loopback()).await.unwrap_err();
    assert_eq!(error.message, format!("request to {url} failed, reason: socket hang up"));
    assert_eq!((error.kind.js_type(), error.errno()), (Some("system"), Some("ECONNRESET")));

    let server = TestServer::raw(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
    let url = server.url("/x");
    let response = fetch_url(&client, &url, &loopback()).await.unwrap();
    let error = response.body.read_all().await.unwrap_err();
    assert_eq!(error.message, format!("Invalid response body while trying to fetch {url}: Premature close"));
    assert_eq!(error.code.as_deref(), Some("ERR_STREAM_PREMATURE_CLOSE"));
}
