//! What a double answers.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde_json::Value;

/// An answer with its whole body.
#[derive(Debug, Clone)]
pub(super) struct Reply(Response<Bytes>);

impl Reply {
    /// A status without a body.
    pub fn empty(status: u16) -> Self {
        Self::bytes(status, Bytes::new())
    }

    /// A status and a JSON body.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::bytes(status, body.to_string()).header("content-type", "application/json; charset=UTF-8")
    }

    /// A status and any body, of no type.
    pub fn bytes(status: u16, body: impl Into<Bytes>) -> Self {
        let mut response = Response::new(body.into());
        *response.status_mut() = StatusCode::from_u16(status).expect("doubles answer with statuses that exist");
        Self(response)
    }

    /// A status and an XML body.
    pub fn xml(status: u16, body: String) -> Self {
        Self::bytes(status, body).header(CONTENT_TYPE.as_str(), "application/xml")
    }

    /// With one more header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("doubles send valid names");
        self.0.headers_mut().append(name, HeaderValue::from_str(value).expect("doubles send valid values"));
        self
    }

    pub fn into_response(self) -> Response<Full<Bytes>> {
        self.0.map(Full::new)
    }
}
