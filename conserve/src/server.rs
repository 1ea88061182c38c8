//! A server of the harness, on a free port of 127.0.0.1.

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::io;
use tokio::net::TcpListener;

/// Answers every request until it is dropped. An error of `answer` is how it hangs up without an answer.
pub async fn serve<Answering, Answered, Reply>(listener: TcpListener, answer: Answering)
where
    Answering: Fn(Request<Incoming>) -> Answered + Clone + Send + 'static,
    Answered: Future<Output = Result<Response<Reply>, io::Error>> + Send,
    Reply: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    while let Ok((stream, _)) = listener.accept().await {
        let service = service_fn(answer.clone());
        tokio::spawn(async move { _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await });
    }
}
