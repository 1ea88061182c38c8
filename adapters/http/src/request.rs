//! From the port's request to hyper's.

use crate::error::system;
use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{Method, Request, Uri};
use http_body_util::Full;
use runtime_core::ports::http::{HttpError, HttpRequest};
use std::fmt::Write as _;
use url::{Position, Url};

/// What is sent.
pub(crate) type OutgoingRequest = Request<Full<Bytes>>;

pub(crate) fn to_hyper(request: &HttpRequest) -> Result<OutgoingRequest, HttpError> {
    let mut outgoing = Request::new(Full::new(request.body.clone().unwrap_or_default()));
    *outgoing.method_mut() = method(&request.method)?;
    *outgoing.uri_mut() = uri(&request.url)?;
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
