//! `fetch` as node-fetch 2.6 does it (behaviour.md b.8), without JavaScript: redirects, time-outs, size limits, decoding, and
//! its errors in its words. The egress guard looks at the URL before every hop, and the client at every address.
//!
//! What differs from node-fetch, on purpose:
//! * connections are kept for the next request instead of `Connection: close`;
//! * a body that ends early is an error (`Premature close`) however its length was announced, where Node can wait for ever;
//! * a URL without a scheme is refused by the guard (`Invalid URL`, case 169) before node-fetch would throw its TypeError;
//! * a body beyond [`FetchRequest::max_response_bytes`] is refused, as memory is shared with other apps.

mod body;
mod decode;
mod error;
mod headers;
mod redirect;

pub use body::BodyReader;
pub use error::{FetchError, FetchErrorKind};

use crate::host::egress::{EgressRules, parse_url};
use crate::ports::clock::Clock;
use crate::ports::http::{HttpClient, HttpRequest, HttpResponse};
use body::Limits;
use bytes::Bytes;
use decode::Coding;
use futures_util::future::{Either, select};
use redirect::Next;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How many redirects node-fetch follows if the app does not say.
pub const DEFAULT_FOLLOW: u32 = 20;

/// The largest body of a response that is kept in memory unless the installation raises it, in bytes.
pub const DEFAULT_MAX_RESPONSE_BYTES: u64 = 32 * 1024 * 1024;

/// The `redirect` option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Redirect {
    /// Goes where the response points.
    #[default]
    Follow,
    /// Fails with `no-redirect`.
    Error,
    /// Hands out the redirect itself, its `location` made absolute.
    Manual,
}

/// The `compress` option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ContentDecoding {
    /// Offers gzip and deflate, and decodes what comes.
    #[default]
    Decode,
    /// Offers nothing, and hands out bodies as received.
    Keep,
}

/// What an app asks for.
#[derive(Debug, Clone)]
pub struct FetchRequest {
    /// Any case; sent in upper case.
    pub method: String,
    /// As the app wrote it.
    pub url: String,
    /// In order; a name may repeat.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Option<Bytes>,
    /// The `content-type` that the kind of body implies; sent only if `headers` names none.
    pub content_type_default: Option<String>,
    /// What to do with redirects.
    pub redirect: Redirect,
    /// How many redirects to follow.
    pub follow: u32,
    /// Limits the wait for the head of each hop, and then the reading of the body: each hop and the body have the whole of it,
    /// as in node-fetch. None, or zero, waits without limit.
    pub timeout: Option<Duration>,
    /// The largest body that the app takes, in decoded bytes; 0 is no limit.
    pub size: u64,
    /// Whether content codings are undone.
    pub content_decoding: ContentDecoding,
    /// The largest body that is kept in memory, in bytes, as received and as decoded.
    pub max_response_bytes: u64,
    /// What the installation may reach.
    pub egress: Arc<EgressRules>,
}

impl FetchRequest {
    /// A GET of `url` with node-fetch's defaults.
    #[must_use]
    pub fn get(url: impl Into<String>, egress: Arc<EgressRules>) -> Self {
        Self {
            method: "GET".to_owned(),
            url: url.into(),
            headers: Vec::new(),
            body: None,
            content_type_default: None,
            redirect: Redirect::default(),
            follow: DEFAULT_FOLLOW,
            timeout: None,
            size: 0,
            content_decoding: ContentDecoding::default(),
            max_response_bytes: DEFAULT_MAX_RESPONSE_BYTES,
            egress,
        }
    }
}

/// The head of a response, and its body to be read: the promise of `fetch` resolves with the head, that of `text()` or
/// `json()` with [`BodyReader::read_all`].
#[derive(Debug)]
pub struct FetchResponse {
    /// Status, headers and where they came from.
    pub head: ResponseHead,
    /// The body.
    pub body: BodyReader,
}

/// The head of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseHead {
    /// Where it came from, after all redirects.
    pub url: Url,
    /// The status code.
    pub status: u16,
    /// The reason phrase.
    pub status_text: String,
    /// Names in lower case, repeated ones joined as Node does; `set-cookie` may repeat.
    pub headers: Vec<(String, String)>,
    /// How many redirects led here; `response.redirected` is more than none.
    pub redirects: u32,
}

/// Sends a request and waits for the head of the response that is not a redirect to be followed.
///
/// Dropping the future, or the body, closes the connection.
///
/// # Errors
///
/// [`FetchError`], with the message, `type` and `code` that node-fetch would reject with.
pub async fn fetch(
    client: &dyn HttpClient,
    clock: &Arc<dyn Clock>,
    request: FetchRequest,
) -> Result<FetchResponse, FetchError> {
    let mut request = prepared(request)?;
    let mut url = parse_url(&request.url)?;
    let mut redirects = 0;
    loop {
        let mut response = send_hop(client, clock.as_ref(), &request, &url).await?;
        match redirect::next(&request, &url, redirects, &mut response)? {
            Next::Deliver => return Ok(deliver(&request, Arc::clone(clock), url, redirects, response)),
            Next::Follow(target) => {
                redirect::rewrite(&mut request, response.status, &url, &target);
                url = target;
                redirects += 1;
            }
        }
    }
}

/// What node-fetch's `Request` makes of the options.
fn prepared(mut request: FetchRequest) -> Result<FetchRequest, FetchError> {
    request.method = request.method.to_uppercase();
    request.timeout = request.timeout.filter(|timeout| !timeout.is_zero());
    if request.body.is_some() {
        if matches!(request.method.as_str(), "GET" | "HEAD") {
            return Err(FetchError::body_of_get_or_head());
        }
        if let Some(content_type) = request.content_type_default.take()
            && headers::get(&request.headers, "content-type").is_none()
        {
            request.headers.push(("Content-Type".to_owned(), content_type));
        }
    }
    Ok(request)
}

async fn send_hop(
    client: &dyn HttpClient,
    clock: &dyn Clock,
    request: &FetchRequest,
    url: &Url,
) -> Result<HttpResponse, FetchError> {
    request.egress.check_url(url)?;
    let sending = client.send(HttpRequest {
        method: request.method.clone(),
        url: url.clone(),
        headers: headers::for_hop(request, url),
        body: request.body.clone(),
        policy: Arc::clone(request.egress.policy()),
    });
    let outcome = match request.timeout {
        None => sending.await,
        Some(limit) => match select(sending, clock.sleep_until(clock.elapsed().saturating_add(limit))).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(_) => return Err(FetchError::request_timeout(url)),
        },
    };
    outcome.map_err(|error| FetchError::no_response(url, error))
}

fn deliver(
    request: &FetchRequest,
    clock: Arc<dyn Clock>,
    url: Url,
    redirects: u32,
    response: HttpResponse,
) -> FetchResponse {
    let headers = headers::of_response(response.headers);
    let bodyless = request.method == "HEAD" || matches!(response.status, 204 | 304);
    let coding = match request.content_decoding {
        ContentDecoding::Decode if !bodyless => Coding::of_header(headers::get(&headers, "content-encoding")),
        _ => Coding::Identity,
    };
    let body = BodyReader {
        stream: response.body,
        url: url.clone(),
        coding,
        limits: Limits { size: request.size, max_response_bytes: request.max_response_bytes },
        timeout: request.timeout,
        clock,
    };
    let head = ResponseHead { url, status: response.status, status_text: response.status_text, headers, redirects };
    FetchResponse { head, body }
}

#[cfg(test)]
mod tests;
