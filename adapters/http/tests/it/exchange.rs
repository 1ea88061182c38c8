//! HTTP of packages: the target as it is, bodies as they come, TLS of their own.

use crate::support::{ScriptedResolver, TestServer, client_with, get, loopback, options, respond};
use adapter_http::{HyperClient, Resolve};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use http_body_util::Full;
use hyper::{Request, Response};
use runtime_core::ports::http::{HttpClient, HttpRequest, HttpResponse, PackageRequest};
use runtime_core::ports::network::{NetworkError, TlsOptions, Verification};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

fn client() -> HyperClient {
    let resolver = ScriptedResolver::default().with("secure.test", &[&["127.0.0.1"]]);
    client_with(adapter_http::HttpOptions { resolver: Arc::new(resolver) as Arc<dyn Resolve>, ..options() })
}

fn package(method: &str, server: &TestServer, target: &str) -> PackageRequest {
    let request = HttpRequest { method: method.into(), ..get(&server.url("/"), &loopback()) };
    PackageRequest { request, target: target.into(), body: None, tls: None }
}

async fn text(response: HttpResponse) -> String {
    let chunks: Vec<Bytes> = response.body.try_collect().await.unwrap();
    String::from_utf8(chunks.concat()).unwrap()
}

/// Answers with the target, the framing and the body of what it was sent.
fn echo(request: &Request<Bytes>) -> Response<Full<Bytes>> {
    let header = |name: &str| request.headers().get(name).map_or("-", |value| value.to_str().unwrap()).to_owned();
    let (length, coding) = (header("content-length"), header("transfer-encoding"));
    let body = String::from_utf8(request.body().to_vec()).unwrap();
    Response::new(Full::from(format!("{} {} {length} {coding} {body}", request.method(), request.uri())))
}

#[tokio::test]
async fn the_target_is_sent_as_it_is_and_the_peer_is_told() {
    let server = TestServer::start(|request| echo(&request)).await;
    for target in ["/a/../b//c?d=%7e&e", "/", "/?x", "/a{b}|c"] {
        let response = client().exchange(package("GET", &server, target)).await.unwrap();
        assert_eq!(response.remote_address, Some(server.address));
        assert_eq!(text(response).await, format!("GET {target} - - "));
    }
    let error = client().exchange(package("GET", &server, "/a b")).await.map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "Request path contains unescaped characters");
}

#[tokio::test]
async fn a_body_is_sent_as_it_comes_by_its_length_or_in_chunks() {
    let server = TestServer::start(|request| echo(&request)).await;
    let pieces = || Some(stream::iter(["one ", "two"].map(Bytes::from)).boxed());
    let chunked = PackageRequest { body: pieces(), ..package("PUT", &server, "/x") };
    assert_eq!(text(client().exchange(chunked).await.unwrap()).await, "PUT /x - chunked one two");
    let mut framed = PackageRequest { body: pieces(), ..package("PUT", &server, "/x") };
    framed.request.headers.push(("Content-Length".into(), "7".into()));
    assert_eq!(text(client().exchange(framed).await.unwrap()).await, "PUT /x 7 - one two");
    let mut empty = package("DELETE", &server, "/x");
    empty.request.headers.push(("Content-Length".into(), "0".into()));
    assert_eq!(text(client().exchange(empty).await.unwrap()).await, "DELETE /x 0 - ");
}

#[tokio::test]
async fn an_answer_comes_while_the_body_still_waits() {
    let server = TestServer::raw(b"HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno").await;
    let waiting = PackageRequest { body: Some(stream::pending().boxed()), ..package("PUT", &server, "/") };
    let response = client().exchange(waiting).await.unwrap();
    assert_eq!((response.status, response.status_text.as_str()), (413, "Too Large"));
    assert_eq!(text(response).await, "no");
}

async fn secure_server() -> TestServer {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(&include_bytes!("../certificates/self_signed.der")[..])],
            PrivateKeyDer::try_from(&include_bytes!("../certificates/self_signed.key.der")[..]).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    TestServer::accept(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let mut head = [0; 4096];
            while let Ok(1..) = stream.read(&mut head).await {
                _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret").await;
            }
        }
    })
    .await
}

#[tokio::test]
async fn connections_made_under_one_kind_of_tls_are_not_used_under_another() {
    let server = secure_server().await;
    let client = client();
    let own = BASE64_STANDARD.encode(include_bytes!("../certificates/self_signed.der"));
    let authority = format!("-----BEGIN CERTIFICATE-----\n{own}\n-----END CERTIFICATE-----\n");
    let trusting = TlsOptions { authorities: Some(vec![authority]), ..TlsOptions::default() };
    let unasked = TlsOptions { verification: Verification::Reported, ..TlsOptions::default() };
    let renamed = TlsOptions { server_name: Some("other.test".into()), ..trusting.clone() };
    let code = |tls: Option<&TlsOptions>| {
        let mut sent = package("GET", &server, "/");
        sent.request.url = format!("https://secure.test:{}/", server.address.port()).parse().unwrap();
        sent.tls = tls.cloned().map(Arc::new);
        let exchanging = client.exchange(sent);
        async move {
            match exchanging.await {
                Ok(response) => text(response).await,
                Err(NetworkError::System(error)) => error.code.to_owned(),
                Err(refused) => refused.to_string(),
            }
        }
    };
    assert_eq!(code(Some(&unasked)).await, "secret");
    assert_eq!(code(Some(&trusting)).await, "secret");
    assert_eq!(server.connections(), 2);
    assert_eq!(code(Some(&trusting)).await, "secret");
    assert_eq!(server.connections(), 2, "the same options use the same connection");
    assert_eq!(code(None).await, "DEPTH_ZERO_SELF_SIGNED_CERT");
    assert_eq!(code(Some(&renamed)).await, "ERR_TLS_CERT_ALTNAME_INVALID");
}

#[tokio::test]
async fn errors_carry_what_nodes_errors_do() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut sent = package("GET", &TestServer::start(|_| respond(200, "")).await, "/");
    sent.request.url = format!("http://{closed}/").parse().unwrap();
    let Err(NetworkError::System(error)) = client().exchange(sent).await else { panic!("nobody listens") };
    assert_eq!((error.code, error.syscall, error.address), ("ECONNREFUSED", Some("connect"), Some(closed)));
    let mut sent = package("GET", &TestServer::start(|_| respond(200, "")).await, "/");
    sent.request.url = "http://nowhere.test/".parse().unwrap();
    let Err(NetworkError::System(error)) = client().exchange(sent).await else { panic!("there is no such name") };
    assert_eq!((error.code, error.hostname.as_deref()), ("ENOTFOUND", Some("nowhere.test")));
}
