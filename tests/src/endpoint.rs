//! An HTTP endpoint on this machine that keeps what it is sent.

use bytes::Bytes;
use flate2::read::GzDecoder;
use http::Response;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A running endpoint; it ends with this value.
pub struct Endpoint {
    url: String,
    received: Arc<Mutex<Vec<Value>>>,
    server: JoinHandle<()>,
}

impl Endpoint {
    /// Starts one on a free port. It answers everything with an empty 200.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/", listener.local_addr()?);
        let received = Arc::default();
        let server = tokio::spawn(serve(listener, Arc::clone(&received)));
        Ok(Self { url, received, server })
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The bodies that it was sent, as JSON, oldest first.
    pub fn received(&self) -> Vec<Value> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, received: Arc<Mutex<Vec<Value>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let received = Arc::clone(&received);
        let service = service_fn(move |request: http::Request<Incoming>| {
            let received = Arc::clone(&received);
            async move {
                let is_gzip = request.headers().get("content-encoding").is_some_and(|encoding| encoding == "gzip");
                let bytes = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
                let body = if is_gzip {
                    serde_json::from_reader(GzDecoder::new(&bytes[..]))
                } else {
                    serde_json::from_slice(&bytes)
                };
                let body = body.unwrap_or(Value::Null);
                received.lock().unwrap_or_else(PoisonError::into_inner).push(body);
                Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
            }
        });
        // A client that goes away is no failure of the endpoint.
        tokio::spawn(async move { _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await });
    }
}
