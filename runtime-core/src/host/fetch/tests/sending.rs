//! What is sent, and how a response or a failure comes back.

use super::{Answer, ScriptedClient, answer, get, post, run, told};
use crate::host::fetch::{ContentDecoding, FetchError, FetchRequest};
use crate::ports::http::HttpError;

fn ok() -> ScriptedClient {
    ScriptedClient::new([answer(200, &[], b"")])
}

#[tokio::test]
async fn node_fetchs_default_headers_are_sent() {
    let client = ok();
    run(&client, get("https://example.com/")).await.unwrap();
    assert_eq!(client.lines(), ["GET https://example.com/"]);
    assert_eq!(client.header(0, "accept"), ["*/*"]);
    assert_eq!(client.header(0, "accept-encoding"), ["gzip,deflate"]);
    assert_eq!(client.header(0, "user-agent"), ["node-fetch/1.0 (+https://github.com/bitinn/node-fetch)"]);
    assert!(client.header(0, "content-length").is_empty());
    assert!(client.header(0, "connection").is_empty());
}

#[tokio::test]
async fn headers_of_the_app_come_before_the_defaults() {
    let client = ok();
    let given = [("ACCEPT", "text/x"), ("user-agent", "mine"), ("Content-Length", "999"), ("content-type", "a/b")];
    let request = FetchRequest {
        headers: given.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        content_type_default: Some("text/plain;charset=UTF-8".to_owned()),
        content_decoding: ContentDecoding::Keep,
        ..post("https://example.com/", "body")
    };
    run(&client, request).await.unwrap();
    assert_eq!(client.header(0, "accept"), ["text/x"]);
    assert_eq!(client.header(0, "user-agent"), ["mine"]);
    assert_eq!(client.header(0, "content-length"), ["4"], "the true length wins");
    assert_eq!(client.header(0, "content-type"), ["a/b"]);
    assert!(client.header(0, "accept-encoding").is_empty(), "nothing is offered that would not be decoded");
}

#[tokio::test]
async fn lengths_and_types_of_bodies() {
    let client = ok();
    let request =
        FetchRequest { content_type_default: Some("t/x".to_owned()), ..post("https://example.com/", "b\u{e4}") };
    run(&client, request).await.unwrap();
    assert_eq!(client.lines(), ["POST https://example.com/"]);
    assert_eq!(client.header(0, "content-type"), ["t/x"]);
    assert_eq!(client.header(0, "content-length"), ["3"]);

    for (method, length) in [("POST", vec!["0"]), ("put", vec!["0"]), ("DELETE", vec![]), ("PATCH", vec![])] {
        let client = ok();
        let request = FetchRequest {
            method: method.to_owned(),
            content_type_default: Some("t/x".to_owned()),
            ..get("https://example.com/")
        };
        run(&client, request).await.unwrap();
        assert_eq!(client.header(0, "content-length"), length, "{method}");
        assert!(client.header(0, "content-type").is_empty(), "no body has no type");
    }
}

#[tokio::test]
async fn a_get_or_head_with_a_body_is_a_type_error() {
    for method in ["get", "HEAD"] {
        let client = ScriptedClient::default();
        let request = FetchRequest { method: method.to_owned(), ..post("https://example.com/", "body") };
        assert_eq!(told(run(&client, request).await), "TypeError: Request with GET/HEAD method cannot have body");
    }
}

#[tokio::test]
async fn failures_of_the_client_are_told_as_node_fetch_does() {
    let refused = HttpError::System { code: "ECONNREFUSED", message: "connect ECONNREFUSED 1.1.1.1:1".to_owned() };
    let client = ScriptedClient::new([Answer::Fails(refused)]);
    let error = run(&client, get("http://1.1.1.1:1")).await.unwrap_err();
    assert_eq!(error.message, "request to http://1.1.1.1:1/ failed, reason: connect ECONNREFUSED 1.1.1.1:1");
    assert_eq!((error.errno(), error.code.as_deref()), (Some("ECONNREFUSED"), Some("ECONNREFUSED")));

    let client = ScriptedClient::new([Answer::Fails(HttpError::Refused { message: "Internal hostname" })]);
    assert_eq!(told(run(&client, get("http://a.example.com")).await), "posthog-host-guard: Internal hostname");
}

#[tokio::test]
async fn what_the_guard_refuses_is_never_sent() {
    for url in ["", "/relative", "http://127.0.0.1/", "ftp://example.com/"] {
        let client = ScriptedClient::default();
        assert!(told(run(&client, get(url)).await).starts_with("posthog-host-guard: "), "{url}");
        assert!(client.lines().is_empty());
    }
}

#[tokio::test]
async fn the_head_comes_before_the_body() {
    let client = ScriptedClient::new([answer(404, &[("X-A", "1"), ("x-a", "2")], b"not found, sorry")]);
    let response = run(&client, get("https://example.com/a")).await.unwrap();
    assert_eq!((response.head.status, response.head.redirects), (404, 0));
    assert_eq!(response.head.url.as_str(), "https://example.com/a");
    assert_eq!(response.head.headers, [("x-a".to_owned(), "1, 2".to_owned())]);
    assert_eq!(response.body.read_all().await.unwrap(), "not found, sorry");
}

#[test]
fn bad_json_has_its_own_error() {
    let error = FetchError::invalid_json(&"https://example.com/".parse().unwrap(), "Unexpected token");
    let message = "invalid-json: invalid json response body at https://example.com/ reason: Unexpected token";
    assert_eq!(told(Err::<(), _>(error)), message);
}
