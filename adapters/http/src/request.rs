//! From the port's request to hyper's.

use crate::error::system;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use http::header::{HeaderName, HeaderValue};
use http::uri::PathAndQuery;
use http::{Method, Request, Uri};
use http_body::{Body, Frame, SizeHint};
use runtime_core::ports::http::{HttpError, HttpRequest, PackageRequest};
use runtime_core::ports::network::{NetworkError, SystemError};
use std::convert::Infallible;
use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use url::{Position, Url};

/// What is sent.
pub(crate) type OutgoingRequest = Request<OutgoingBody>;

/// The body of a request.
pub(crate) enum OutgoingBody {
    /// All of it; `None` once it was taken.
    Whole(Option<Bytes>),
    /// As it comes. Never contended: the lock is there because hyper shares bodies between threads, and streams are not made for it.
    Streamed(Mutex<BoxStream<'static, Bytes>>),
}

impl OutgoingBody {
    fn whole(bytes: Option<Bytes>) -> Self {
        Self::Whole(bytes.filter(|bytes| !bytes.is_empty()))
    }

    /// The same body again; `None` if it can only be had once.
    pub(crate) fn copy(&self) -> Option<Self> {
        match self {
            Self::Whole(bytes) => Some(Self::Whole(bytes.clone())),
            Self::Streamed(_) => None,
        }
    }
}

impl Body for OutgoingBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = match self.get_mut() {
            Self::Whole(bytes) => bytes.take(),
            Self::Streamed(chunks) => {
                let chunks = chunks.get_mut().unwrap_or_else(PoisonError::into_inner);
                ready!(chunks.as_mut().poll_next(context))
            }
        };
        Poll::Ready(next.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Streamed(_) => SizeHint::default(),
        }
    }
}

/// The request of a package: its target as it is, its body as it comes.
pub(crate) fn streaming(exchange: PackageRequest) -> Result<OutgoingRequest, NetworkError> {
    let PackageRequest { request, target, body, .. } = exchange;
    let mut outgoing = head_of(&request, target_uri(&request.url, &target)?).map_err(|error| match error {
        HttpError::System { code, message } => SystemError::new(code, message),
        HttpError::Refused { message } => SystemError::new("EINVAL", message),
    })?;
    if let Some(chunks) = body {
        *outgoing.body_mut() = OutgoingBody::Streamed(Mutex::new(chunks));
    }
    Ok(outgoing)
}

fn target_uri(url: &Url, target: &str) -> Result<Uri, SystemError> {
    let unusable = |_| SystemError::new("ERR_UNESCAPED_CHARACTERS", "Request path contains unescaped characters");
    let target = if target.starts_with(['/', '?', '*']) { target.to_owned() } else { format!("/{target}") };
    let mut parts = uri(url).map_err(|error| SystemError::new("ERR_INVALID_URL", error.to_string()))?.into_parts();
    parts.path_and_query = Some(target.parse::<PathAndQuery>().map_err(unusable)?);
    Uri::from_parts(parts).map_err(|error| SystemError::new("ERR_INVALID_URL", error.to_string()))
}

pub(crate) fn to_hyper(request: &HttpRequest) -> Result<OutgoingRequest, HttpError> {
    let mut outgoing = head_of(request, uri(&request.url)?)?;
    *outgoing.body_mut() = OutgoingBody::whole(request.body.clone());
    Ok(outgoing)
}

fn head_of(request: &HttpRequest, target: Uri) -> Result<OutgoingRequest, HttpError> {
    let mut outgoing = Request::new(OutgoingBody::Whole(None));
    *outgoing.method_mut() = method(&request.method)?;
    *outgoing.uri_mut() = target;
    for (name, value) in &request.headers {
        outgoing.headers_mut().append(header_name(name)?, header_value(name, value)?);
    }
    Ok(outgoing)
}

fn method(text: &str) -> Result<Method, HttpError> {
    Method::from_bytes(text.as_bytes())
        .map_err(|_| system("ERR_INVALID_HTTP_TOKEN", format!("Method must be a valid HTTP token [\"{text}\"]")))
}

/// The URL without credentials, which travel as a header, and without its fragment, which stays at home.
fn uri(url: &Url) -> Result<Uri, HttpError> {
    let host = &url[Position::BeforeHost..Position::AfterPort];
    let mut text = format!("{}://{host}", url.scheme());
    for character in url[Position::BeforePath..Position::AfterQuery].chars() {
        // Marks that the URL standard leaves as they are and an HTTP request line should not carry.
        if matches!(character, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}') {
            write!(text, "%{:02X}", u32::from(character)).expect("writing to a string does not fail");
        } else {
            text.push(character);
        }
    }
    text.parse().map_err(|error| system("ERR_INVALID_URL", format!("the URL cannot be sent: {error}")))
}

fn header_name(name: &str) -> Result<HeaderName, HttpError> {
    HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| system("ERR_INVALID_HTTP_TOKEN", format!("Header name must be a valid HTTP token [\"{name}\"]")))
}

/// Text as Latin-1, as Node sends it.
fn header_value(name: &str, value: &str) -> Result<HeaderValue, HttpError> {
    let latin1: Option<Vec<u8>> = value.chars().map(|character| u8::try_from(character).ok()).collect();
    latin1
        .and_then(|bytes| HeaderValue::from_bytes(&bytes).ok())
        .ok_or_else(|| system("ERR_INVALID_CHAR", format!("Invalid character in header content [\"{name}\"]")))
}

/// A received header value, read as Latin-1.
pub(crate) fn latin1_text(value: &HeaderValue) -> String {
    value.as_bytes().iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::{header_value, latin1_text, uri};

    #[test]
    fn a_url_becomes_a_request_target() {
        let sent = |text: &str| uri(&text.parse().unwrap()).unwrap().to_string();
        assert_eq!(sent("http://user:pass@Example.com/a?b=c#d"), "http://example.com/a?b=c");
        assert_eq!(sent("https://[2600::1]:8443"), "https://[2600::1]:8443/");
        assert_eq!(sent("http://example.com/?q={\"a\"|b}^`"), "http://example.com/?q=%7B%22a%22%7Cb%7D%5E%60");
    }

    #[test]
    fn header_values_are_latin1() {
        let value = header_value("x", "caf\u{e9}").unwrap();
        assert_eq!(value.as_bytes(), b"caf\xe9");
        assert_eq!(latin1_text(&value), "caf\u{e9}");
        assert!(header_value("x", "\u{20ac}").is_err());
        assert!(header_value("x", "a\r\nb: c").is_err());
    }
}
