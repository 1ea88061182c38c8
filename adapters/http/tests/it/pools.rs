//! Which requests share a connection.

use crate::support::{TestClock, TestServer, client_with, get, loopback, options, policy, respond, system, text};
use adapter_http::HttpOptions;
use runtime_core::ports::clock::Clock;
use runtime_core::ports::http::HttpRequest;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn a_connection_is_used_again_under_the_same_policy_only() {
    let server = TestServer::start(|_| respond(200, "hello")).await;
    let client = client_with(options());
    for _ in 0..3 {
        assert_eq!(text(&client, get(&server.url("/"), &loopback())).await.unwrap(), "hello");
    }
    assert_eq!(server.connections(), 1, "equal policies share");

    let wider = policy(&[], &["127.0.0.0/8"]);
    assert_eq!(text(&client, get(&server.url("/"), &wider)).await.unwrap(), "hello");
    assert_eq!(server.connections(), 2, "another policy does not");

    let closed = policy(&[], &[]);
    assert!(
        text(&client, get(&server.url("/"), &closed)).await.is_err(),
        "a kept connection is no way around the guard"
    );
}

#[tokio::test]
async fn connections_that_were_idle_for_over_15_s_of_the_day_are_dropped() {
    let server = TestServer::start(|_| respond(200, "hello")).await;
    let clock = Arc::new(TestClock::default());
    let client = client_with(HttpOptions { clock: Arc::clone(&clock) as Arc<dyn Clock>, ..options() });
    text(&client, get(&server.url("/"), &loopback())).await.unwrap();
    clock.advance(Duration::from_secs(15));
    text(&client, get(&server.url("/"), &loopback())).await.unwrap();
    assert_eq!(server.connections(), 1, "15 s are not over 15 s");
    clock.advance(Duration::from_millis(15_001));
    text(&client, get(&server.url("/"), &loopback())).await.unwrap();
    assert_eq!(server.connections(), 2);
}

/// A server that answers the first request of its first connection and closes that connection at the second one; further
/// connections answer.
async fn closes_when_used_again() -> TestServer {
    let accepted = Arc::new(AtomicUsize::new(0));
    TestServer::accept(move |mut stream| {
        let first = accepted.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            let mut head = [0; 4096];
            let mut answered = 0;
            while stream.read(&mut head).await.is_ok_and(|count| count > 0) {
                if first && answered == 1 {
                    return;
                }
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
                answered += 1;
            }
        }
    })
    .await
}

#[tokio::test]
async fn a_get_on_a_kept_connection_that_closes_is_sent_again() {
    let server = closes_when_used_again().await;
    let client = client_with(options());
    assert_eq!(text(&client, get(&server.url("/"), &loopback())).await.unwrap(), "ok");
    assert_eq!(text(&client, get(&server.url("/"), &loopback())).await.unwrap(), "ok");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_post_on_a_kept_connection_that_closes_is_not() {
    let server = closes_when_used_again().await;
    let client = client_with(options());
    assert_eq!(text(&client, get(&server.url("/"), &loopback())).await.unwrap(), "ok");
    let post = HttpRequest { method: "POST".to_owned(), ..get(&server.url("/"), &loopback()) };
    assert_eq!(text(&client, post).await, Err(system("ECONNRESET", "socket hang up")));
    assert_eq!(server.connections(), 1);
}
