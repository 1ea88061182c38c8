//! As much of a client for SQS, DynamoDB and S3 as a harness needs. It speaks to an emulator, which checks no signature; it is no
//! client for AWS itself.

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// The Region of everything.
pub const REGION: &str = "us-east-1";

/// A service that speaks JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// SQS
    Sqs,
    /// DynamoDB
    DynamoDb,
}

impl Service {
    fn target(self) -> &'static str {
        match self {
            Self::Sqs => "AmazonSQS",
            Self::DynamoDb => "DynamoDB_20120810",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Sqs => "sqs",
            Self::DynamoDb => "dynamodb",
        }
    }
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    /// The emulator cannot be reached.
    #[error("{call}: no answer: {reason}; is the emulator running?")]
    Unreachable {
        /// Which call.
        call: String,
        /// Why.
        reason: String,
    },
    /// It refused.
    #[error("{call}: {status}: {body}")]
    Refused {
        /// Which call.
        call: String,
        /// With which status.
        status: StatusCode,
        /// What it says.
        body: String,
    },
}

/// A client of an account of its own: the emulator keeps one for each access key of 12 digits.
#[derive(Debug, Clone)]
pub struct AwsClient {
    endpoint: String,
    account: String,
    http: Client<HttpConnector, Full<Bytes>>,
}

impl AwsClient {
    /// A client of `endpoint` (`http://127.0.0.1:4566`).
    #[must_use]
    pub fn new(endpoint: &str, account: &str) -> Self {
        let http = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
        Self { endpoint: endpoint.trim_end_matches('/').to_owned(), account: account.to_owned(), http }
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Calls an action with JSON.
    ///
    /// # Errors
    /// When there is no answer, or another than 200.
    pub async fn call(&self, service: Service, action: &str, input: &Value) -> Result<Value, AwsError> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{}/", self.endpoint))
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("{}.{action}", service.target()))
            .header("authorization", self.authorization(service.name()))
            .body(Full::from(input.to_string()));
        let body = self.send(action, request.expect("every header is plain ASCII")).await?;
        Ok(serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// Makes a bucket.
    ///
    /// # Errors
    /// As [`AwsClient::call`].
    pub async fn create_bucket(&self, bucket: &str) -> Result<(), AwsError> {
        self.object(Method::PUT, bucket, "", Bytes::new()).await.map(drop)
    }

    /// Stores an object.
    ///
    /// # Errors
    /// As [`AwsClient::call`].
    pub async fn put_object(&self, bucket: &str, key: &str, body: impl Into<Bytes>) -> Result<(), AwsError> {
        self.object(Method::PUT, bucket, key, body.into()).await.map(drop)
    }

    /// Reads an object.
    ///
    /// # Errors
    /// As [`AwsClient::call`]; an object that is not there is refused with 404.
    pub async fn get_object(&self, bucket: &str, key: &str) -> Result<Bytes, AwsError> {
        self.object(Method::GET, bucket, key, Bytes::new()).await
    }

    async fn object(&self, method: Method, bucket: &str, key: &str, body: Bytes) -> Result<Bytes, AwsError> {
        let call = format!("{method} {bucket}/{key}");
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/{bucket}/{key}", self.endpoint))
            .header("authorization", self.authorization("s3"))
            .body(Full::new(body));
        self.send(&call, request.expect("names are plain ASCII")).await
    }

    async fn send(&self, call: &str, request: Request<Full<Bytes>>) -> Result<Bytes, AwsError> {
        let unreachable = |reason: &dyn std::fmt::Display| AwsError::Unreachable {
            call: call.to_owned(),
            reason: reason.to_string(),
        };
        let response = self.http.request(request).await.map_err(|error| unreachable(&error))?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(|error| unreachable(&error))?.to_bytes();
        if status.is_success() {
            return Ok(body);
        }
        let body = String::from_utf8_lossy(&body).into_owned();
        Err(AwsError::Refused { call: call.to_owned(), status, body })
    }

    /// Names the account; the signature is none.
    fn authorization(&self, service: &str) -> String {
        let account = &self.account;
        let scope = format!("{account}/20260101/{REGION}/{service}/aws4_request");
        format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
    }
}
