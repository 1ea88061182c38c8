//! Servers, resolvers, policies and a clock for the tests.

use adapter_http::{GuardedNetwork, HttpOptions, HyperClient, Resolve};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::TryStreamExt;
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use runtime_core::ports::clock::{Clock, Timestamp};
use runtime_core::ports::http::{EgressPolicy, HttpClient, HttpError, HttpRequest, HttpResponse};
use runtime_core::ports::network::{Family, Target};
use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A server on 127.0.0.1 that counts its connections.
pub struct TestServer {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl TestServer {
    /// Answers each request by `handler`.
    pub async fn start(handler: impl Fn(Request<Bytes>) -> Response<Full<Bytes>> + Send + Sync + 'static) -> Self {
        let handler = Arc::new(handler);
        Self::accept(move |stream| {
            let handler = Arc::clone(&handler);
            async move {
                let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                    let handler = Arc::clone(&handler);
                    async move {
                        let (head, body) = request.into_parts();
                        let body = body.collect().await.unwrap().to_bytes();
                        Ok::<_, Infallible>(handler(Request::from_parts(head, body)))
                    }
                });
                // A client that goes away is no failure of the server.
                _ = hyper::server::conn::http1::Builder::new()
                    .preserve_header_case(true)
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            }
        })
        .await
    }

    /// Reads one head, sends `answer` as it is, and closes.
    pub async fn raw(answer: &'static [u8]) -> Self {
        Self::accept(move |mut stream| async move {
            let mut head = [0; 4096];
            _ = stream.read(&mut head).await;
            _ = stream.write_all(answer).await;
        })
        .await
    }

    /// Hands each connection to `serve`.
    pub async fn accept<Serving>(serve: impl Fn(tokio::net::TcpStream) -> Serving + Send + 'static) -> Self
    where
        Serving: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream));
            }
        });
        Self { address, connections }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn url_of(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.address.port())
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// A response with a body.
pub fn respond(status: u16, body: &'static str) -> Response<Full<Bytes>> {
    Response::builder().status(status).body(Full::from(body)).unwrap()
}

/// A redirect.
pub fn redirect(status: u16, location: &str) -> Response<Full<Bytes>> {
    Response::builder().status(status).header("location", location).body(Full::default()).unwrap()
}

/// Gives each name its answers in turn, the last one for ever, and counts the questions.
#[derive(Default)]
pub struct ScriptedResolver {
    answers: Mutex<HashMap<String, VecDeque<Vec<IpAddr>>>>,
    pub lookups: AtomicUsize,
}

impl ScriptedResolver {
    pub fn with(self, name: &str, answers: &[&[&str]]) -> Self {
        let answers = answers
            .iter()
            .map(|addresses| addresses.iter().map(|address| address.parse().unwrap()).collect())
            .collect();
        self.answers.lock().unwrap().insert(name.to_owned(), answers);
        self
    }
}

#[async_trait]
impl Resolve for ScriptedResolver {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        self.lookups.fetch_add(1, Ordering::SeqCst);
        let mut all = self.answers.lock().unwrap();
        let answers = all.get_mut(host).ok_or_else(|| io::Error::other("Name or service not known"))?;
        Ok(if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() })
    }
}

/// A clock whose time of day is set by the test; its time-outs never come.
#[derive(Default)]
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep_until(&self, _: Duration) {
        std::future::pending().await
    }
}

pub fn client(resolver: &Arc<ScriptedResolver>) -> HyperClient {
    client_with(HttpOptions { resolver: Arc::clone(resolver) as Arc<dyn Resolve>, ..options() })
}

pub fn network(resolver: &Arc<ScriptedResolver>) -> GuardedNetwork {
    GuardedNetwork::new(HttpOptions { resolver: Arc::clone(resolver) as Arc<dyn Resolve>, ..options() }).unwrap()
}

/// A server by its address.
pub fn target(address: &SocketAddr, policy: &Arc<EgressPolicy>) -> Target {
    Target { host: address.ip().to_string(), port: address.port(), family: Family::Any, policy: Arc::clone(policy) }
}

pub fn client_with(options: HttpOptions) -> HyperClient {
    HyperClient::new(options).unwrap()
}

pub fn options() -> HttpOptions {
    HttpOptions::new(Arc::new(TestClock::default()))
}

pub fn policy(hosts: &[&str], networks: &[&str]) -> Arc<EgressPolicy> {
    let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
    Arc::new(EgressPolicy { allowed_hosts: owned(hosts), allowed_networks: owned(networks), only_hosts: None })
}

/// Allows 127.0.0.1 and no other address of the loopback network.
pub fn loopback() -> Arc<EgressPolicy> {
    policy(&[], &["127.0.0.1/32"])
}

pub fn get(url: &str, policy: &Arc<EgressPolicy>) -> HttpRequest {
    HttpRequest {
        method: "GET".to_owned(),
        url: url.parse().unwrap(),
        headers: Vec::new(),
        body: None,
        policy: Arc::clone(policy),
    }
}

/// Sends and reads the body, so that the connection is free for the next request.
pub async fn text(client: &dyn HttpClient, request: HttpRequest) -> Result<String, HttpError> {
    read(client.send(request).await?).await
}

pub async fn read(response: HttpResponse) -> Result<String, HttpError> {
    let chunks: Vec<Bytes> = response.body.try_collect().await?;
    Ok(String::from_utf8(chunks.concat()).unwrap())
}

pub fn refused(message: &'static str) -> HttpError {
    HttpError::Refused { message }
}

pub fn system(code: &'static str, message: &str) -> HttpError {
    HttpError::System { code, message: message.to_owned() }
}
