//! Exchanges as they are on the wire, and failures in Node's words.

use crate::support::{
    ScriptedResolver, TestServer, client, client_with, get, loopback, options, policy, read, refused, respond, system,
    text,
};
use bytes::Bytes;
use runtime_core::ports::http::{HttpClient, HttpRequest};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[tokio::test]
async fn a_request_arrives_as_given_and_its_response_comes_back() {
    let seen = Arc::new(Mutex::new(String::new()));
    let log = Arc::clone(&seen);
    let server = TestServer::accept(move |mut stream| {
        let log = Arc::clone(&log);
        async move {
            let mut received = vec![0; 4096];
            let count = stream.read(&mut received).await.unwrap();
            *log.lock().unwrap() = String::from_utf8(received[..count].to_vec()).unwrap();
            let answer = b"HTTP/1.1 299 Quite Fine\r\nX-Name: caf\xe9\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\
                content-length: 5\r\n\r\nhello";
            stream.write_all(answer).await.unwrap();
        }
    })
    .await;
    let request = HttpRequest {
        method: "PATCH".to_owned(),
        headers: [("content-type", "text/x"), ("X-Twice", "1"), ("X-Twice", "2"), ("Content-Length", "4")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        body: Some(Bytes::from_static(b"body")),
        ..get(&server.url("/path?q=1#fragment"), &loopback())
    };
    let response = client_with(options()).send(request).await.unwrap();
    assert_eq!((response.status, response.status_text.as_str()), (299, "Quite Fine"));
    let headers: Vec<_> = response.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        headers,
        [("x-name", "caf\u{e9}"), ("set-cookie", "a=1"), ("set-cookie", "b=2"), ("content-length", "5")]
    );
    assert_eq!(read(response).await.unwrap(), "hello");

    let seen = seen.lock().unwrap().clone();
    assert!(seen.starts_with("PATCH /path?q=1 HTTP/1.1\r\n"), "{seen}");
    for line in ["Content-Type: text/x", "X-Twice: 1", "X-Twice: 2", "Content-Length: 4"] {
        assert!(seen.contains(&format!("\r\n{line}\r\n")), "{line} is missing in {seen}");
    }
    assert!(seen.contains(&format!("\r\nHost: {}\r\n", server.address)), "{seen}");
    assert!(seen.ends_with("\r\n\r\nbody"), "{seen}");
}

#[tokio::test]
async fn nobody_listening_is_econnrefused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let outcome = text(&client_with(options()), get(&format!("http://{address}/"), &loopback())).await;
    assert_eq!(outcome, Err(system("ECONNREFUSED", &format!("connect ECONNREFUSED {address}"))));
}

#[tokio::test]
async fn a_name_without_an_address_is_an_invalid_hostname() {
    let client = client(&Arc::new(ScriptedResolver::default()));
    let outcome = text(&client, get("http://nowhere.test/", &policy(&[], &[]))).await;
    assert_eq!(outcome, Err(refused("Invalid hostname")));
    let outcome = text(&client, get("http://nowhere.test/", &policy(&["nowhere.test"], &[]))).await;
    assert_eq!(outcome, Err(system("ENOTFOUND", "getaddrinfo ENOTFOUND nowhere.test")), "the guard had no say");
}

#[tokio::test]
async fn a_server_that_hangs_up_or_talks_nonsense() {
    let server = TestServer::raw(b"").await;
    let outcome = text(&client_with(options()), get(&server.url("/"), &loopback())).await;
    assert_eq!(outcome, Err(system("ECONNRESET", "socket hang up")));
    assert_eq!(server.connections(), 1, "a fresh connection that fails is not tried again");

    let server = TestServer::raw(b"220 mail.example.com ESMTP\r\n\r\n").await;
    let outcome = text(&client_with(options()), get(&server.url("/"), &loopback())).await;
    assert_eq!(outcome, Err(system("HPE_INVALID_CONSTANT", "Parse Error: Expected HTTP/")));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_premature_close() {
    let premature = Err(system("ERR_STREAM_PREMATURE_CLOSE", "Premature close"));
    let server = TestServer::raw(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
    assert_eq!(text(&client_with(options()), get(&server.url("/"), &loopback())).await, premature);
    let server = TestServer::raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n").await;
    assert_eq!(text(&client_with(options()), get(&server.url("/"), &loopback())).await, premature);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_before_a_connection_is_made() {
    let server = TestServer::start(|_| respond(200, "hello")).await;
    let client = client_with(options());
    let bad_method = HttpRequest { method: "GE T".to_owned(), ..get(&server.url("/"), &loopback()) };
    assert_eq!(
        text(&client, bad_method).await,
        Err(system("ERR_INVALID_HTTP_TOKEN", "Method must be a valid HTTP token [\"GE T\"]"))
    );
    let bad_header = HttpRequest {
        headers: vec![("x".to_owned(), "a\r\nInjected: b".to_owned())],
        ..get(&server.url("/"), &loopback())
    };
    assert_eq!(
        text(&client, bad_header).await,
        Err(system("ERR_INVALID_CHAR", "Invalid character in header content [\"x\"]"))
    );
    assert_eq!(server.connections(), 0);
}
