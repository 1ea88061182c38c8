//! What `fetch` rejects with: node-fetch's FetchError, in its words.

use crate::host::egress::Refusal;
use crate::ports::http::HttpError;
use std::time::Duration;
use url::Url;

/// The `type` of a FetchError.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchErrorKind {
    /// The network, the other side, or a body that cannot be decoded.
    System,
    /// No response in time.
    RequestTimeout,
    /// A response whose body did not end in time.
    BodyTimeout,
    /// A body that is not JSON.
    InvalidJson,
    /// More redirects than `follow`.
    MaxRedirect,
    /// A body larger than `size`, or than what is kept in memory.
    MaxSize,
    /// A redirect although `redirect` is `error`.
    NoRedirect,
    /// A redirect to something that is no URL.
    InvalidRedirect,
    /// A redirect that would need a body twice. Bodies are whole here, so it does not happen; apps may name it.
    UnsupportedRedirect,
    /// The egress guard (behaviour.md b.8).
    HostGuard,
    /// Not a FetchError at all: thrown as a TypeError, without `type` and `code`.
    TypeError,
}

impl FetchErrorKind {
    /// The value of `error.type`; `None` for a TypeError.
    #[must_use]
    pub fn js_type(self) -> Option<&'static str> {
        match self {
            Self::System => Some("system"),
            Self::RequestTimeout => Some("request-timeout"),
            Self::BodyTimeout => Some("body-timeout"),
            Self::InvalidJson => Some("invalid-json"),
            Self::MaxRedirect => Some("max-redirect"),
            Self::MaxSize => Some("max-size"),
            Self::NoRedirect => Some("no-redirect"),
            Self::InvalidRedirect => Some("invalid-redirect"),
            Self::UnsupportedRedirect => Some("unsupported-redirect"),
            Self::HostGuard => Some("posthog-host-guard"),
            Self::TypeError => None,
        }
    }
}

/// Why a fetch, or the reading of its body, failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FetchError {
    /// `error.message`.
    pub message: String,
    /// `error.type`.
    pub kind: FetchErrorKind,
    /// `error.code`, and `error.errno`, which node-fetch sets to the same; only of kind `System`.
    pub code: Option<String>,
}

impl FetchError {
    /// The error of `json()`; `reason` is what the JSON parser said.
    #[must_use]
    pub fn invalid_json(url: &Url, reason: &str) -> Self {
        Self::new(FetchErrorKind::InvalidJson, format!("invalid json response body at {url} reason: {reason}"))
    }

    /// `error.errno`, which node-fetch sets to the code.
    #[must_use]
    pub fn errno(&self) -> Option<&str> {
        self.code.as_deref()
    }

    pub(super) fn new(kind: FetchErrorKind, message: String) -> Self {
        Self { message, kind, code: None }
    }

    fn system(message: String, code: &str) -> Self {
        Self { message, kind: FetchErrorKind::System, code: Some(code.to_owned()) }
    }

    pub(super) fn body_of_get_or_head() -> Self {
        Self::new(FetchErrorKind::TypeError, "Request with GET/HEAD method cannot have body".to_owned())
    }

    pub(super) fn no_response(url: &Url, error: HttpError) -> Self {
        match error {
            HttpError::Refused { message } => Self::new(FetchErrorKind::HostGuard, message.to_owned()),
            HttpError::System { code, message } => {
                Self::system(format!("request to {url} failed, reason: {message}"), code)
            }
        }
    }

    pub(super) fn request_timeout(url: &Url) -> Self {
        Self::new(FetchErrorKind::RequestTimeout, format!("network timeout at: {url}"))
    }

    pub(super) fn body_timeout(url: &Url, limit: Duration) -> Self {
        let limit_ms = limit.as_millis();
        Self::new(
            FetchErrorKind::BodyTimeout,
            format!("Response timeout while trying to fetch {url} (over {limit_ms}ms)"),
        )
    }

    pub(super) fn bad_body(url: &Url, reason: &str, code: &str) -> Self {
        Self::system(format!("Invalid response body while trying to fetch {url}: {reason}"), code)
    }

    pub(super) fn max_size(url: &Url, limit: u64) -> Self {
        Self::new(FetchErrorKind::MaxSize, format!("content size at {url} over limit: {limit}"))
    }

    pub(super) fn max_response_bytes(url: &Url, limit: u64) -> Self {
        let message = format!(
            "content size at {url} over limit: {limit}, the largest body that is kept in memory; raise \
             max_response_bytes of the installation if the app needs more"
        );
        Self::new(FetchErrorKind::MaxSize, message)
    }

    pub(super) fn max_redirect(url: &Url) -> Self {
        Self::new(FetchErrorKind::MaxRedirect, format!("maximum redirect reached at: {url}"))
    }

    pub(super) fn no_redirect(url: &Url) -> Self {
        let message = format!("uri requested responds with a redirect, redirect mode is set to error: {url}");
        Self::new(FetchErrorKind::NoRedirect, message)
    }

    pub(super) fn invalid_redirect(location: &str) -> Self {
        let message = format!("uri requested responds with an invalid redirect URL: {location}");
        Self::new(FetchErrorKind::InvalidRedirect, message)
    }
}

impl From<Refusal> for FetchError {
    fn from(refusal: Refusal) -> Self {
        Self::new(FetchErrorKind::HostGuard, refusal.message().to_owned())
    }
}
