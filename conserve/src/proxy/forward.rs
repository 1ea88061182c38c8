//! Passing a request on, and answering in place of a service.

use super::calls::Call;
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// An answer that is wholly there.
pub type Reply = Response<Full<Bytes>>;

/// Passes requests on to one address.
#[derive(Debug)]
pub struct Forwarder {
    upstream: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Forwarder {
    pub fn new(upstream: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
        Self { upstream: upstream.trim_end_matches('/').to_owned(), client }
    }

    /// The answer of the service. `Host` stays as the caller wrote it.
    pub async fn forward(&self, head: &Parts, body: Bytes) -> Result<Reply, hyper_util::client::legacy::Error> {
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::builder().method(&head.method).uri(format!("{}{path}", self.upstream));
        for (name, value) in &head.headers {
            if ![CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING].contains(name) {
                request = request.header(name, value);
            }
        }
        let request = request.body(Full::new(body)).expect("it was a request before");
        let (mut head, body) = self.client.request(request).await?.into_parts();
        let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        for name in [CONNECTION, TRANSFER_ENCODING] {
            head.headers.remove(name);
        }
        // The answer to HEAD has a length and no body.
        if !head.headers.contains_key(CONTENT_LENGTH) || !body.is_empty() {
            head.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        Ok(Response::from_parts(head, Full::new(body)))
    }
}

/// How the service says that it is called too often (JSON 1.0).
pub fn throttled(call: &Call) -> Reply {
    let (kind, query) = match call {
        Call::Sqs(_) => ("com.amazonaws.sqs#RequestThrottled", "RequestThrottled;Sender"),
        _ => ("com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException", ""),
    };
    let body = format!("{{\"__type\":\"{kind}\",\"message\":\"throttled by the harness\"}}");
    let mut response = Response::builder().status(StatusCode::BAD_REQUEST);
    response = response.header("content-type", "application/x-amz-json-1.0");
    if !query.is_empty() {
        response = response.header("x-amzn-query-error", query);
    }
    response.body(Full::from(body)).expect("every header is plain ASCII")
}

/// How a service says that it is down.
pub fn down() -> Reply {
    let body = r#"{"__type":"com.amazonaws.sqs#ServiceUnavailable","message":"taken down by the harness"}"#;
    let response = Response::builder().status(StatusCode::SERVICE_UNAVAILABLE);
    let response = response.header("content-type", "application/x-amz-json-1.0");
    response.body(Full::from(body)).expect("every header is plain ASCII")
}

/// What a service says of a request that it never got.
pub fn pretended(body: &str) -> Reply {
    let response = Response::builder().header("content-type", "application/x-amz-json-1.0");
    response.body(Full::from(body.to_owned())).expect("every header is plain ASCII")
}
