//! What every double is: two ports of this machine, one handler behind them.

use super::certificates;
use super::reply::Reply;
use super::seen::Seen;
use async_trait::async_trait;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// Answers requests.
#[async_trait]
pub(super) trait Handler: Send + Sync + 'static {
    /// The answer, or what is wrong with the request: then it is answered 400, and the test is told.
    async fn answer(&self, request: &Seen) -> Result<Reply, String>;
}

/// A running double; it ends with this value.
pub(super) struct Server {
    port: u16,
    secure_port: u16,
    book: Arc<Book>,
    tasks: [JoinHandle<()>; 2],
}

/// What came, and what was wrong with it.
#[derive(Default)]
struct Book {
    requests: Mutex<Vec<Seen>>,
    complaints: Mutex<Vec<String>>,
}

impl Server {
    pub async fn start(handler: Arc<dyn Handler>) -> io::Result<Self> {
        let (plain, secure) = (TcpListener::bind("127.0.0.1:0").await?, TcpListener::bind("127.0.0.1:0").await?);
        let (port, secure_port) = (plain.local_addr()?.port(), secure.local_addr()?.port());
        let book = Arc::new(Book::default());
        let tls = TlsAcceptor::from(certificates::server_config());
        let tasks = [
            tokio::spawn(accept(plain, Arc::clone(&handler), Arc::clone(&book), None)),
            tokio::spawn(accept(secure, handler, Arc::clone(&book), Some(tls))),
        ];
        Ok(Self { port, secure_port, book, tasks })
    }

    /// Where it is, without TLS.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The port that speaks TLS.
    pub fn secure_port(&self) -> u16 {
        self.secure_port
    }

    /// What came so far, oldest first.
    pub fn requests(&self) -> Vec<Seen> {
        self.book.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was wrong with it.
    pub fn complaints(&self) -> Vec<String> {
        self.book.complaints.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn accept(listener: TcpListener, handler: Arc<dyn Handler>, book: Arc<Book>, tls: Option<TlsAcceptor>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (handler, book, tls) = (Arc::clone(&handler), Arc::clone(&book), tls.clone());
        tokio::spawn(connection(stream, handler, book, tls));
    }
}

async fn connection(stream: TcpStream, handler: Arc<dyn Handler>, book: Arc<Book>, tls: Option<TlsAcceptor>) {
    match tls {
        None => serve(stream, handler, book).await,
        // A client that does not trust the certificate goes away: its own matter.
        Some(tls) => {
            if let Ok(stream) = tls.accept(stream).await {
                serve(stream, handler, book).await;
            }
        }
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send, handler: Arc<dyn Handler>, book: Arc<Book>) {
    let service = service_fn(|request: http::Request<Incoming>| {
        let (handler, book) = (Arc::clone(&handler), Arc::clone(&book));
        async move { Ok::<_, Infallible>(exchange(request, &*handler, &book).await.into_response()) }
    });
    // So is one that goes away in the middle.
    _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn exchange(request: http::Request<Incoming>, handler: &dyn Handler, book: &Book) -> Reply {
    let (head, body) = request.into_parts();
    let Ok(body) = body.collect().await else { return Reply::empty(400) };
    let seen = Seen::new(head.method, &head.uri, head.headers, body.to_bytes());
    book.requests.lock().unwrap_or_else(PoisonError::into_inner).push(seen.clone());
    handler.answer(&seen).await.unwrap_or_else(|complaint| {
        let complaint = format!("{}: {complaint}", seen.line());
        book.complaints.lock().unwrap_or_else(PoisonError::into_inner).push(complaint.clone());
        Reply::bytes(400, complaint)
    })
}
