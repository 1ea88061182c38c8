//! The network of a case: mocks in order, and nothing else.

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use http::StatusCode;
use regress::Regex;
use runtime_core::ports::http::{EgressPolicy, HttpClient, HttpError, HttpRequest, HttpResponse};
use std::sync::{Mutex, MutexGuard, PoisonError};
use url::Url;

/// What a mocked host answers to the requests that match.
#[derive(Debug, Clone)]
pub struct Mock {
    /// Searched for in the URL.
    pub regex: Regex,
    /// The text of the expression.
    pub pattern: String,
    /// The only method that matches, in any case; `None` is any.
    pub method: Option<String>,
    /// How many requests it answers; `None` is any number.
    pub times: Option<u64>,
    /// The answer.
    pub reply: Reply,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// A response.
    Response {
        /// The status code.
        status: u16,
        /// The headers.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// The network's error, by Node's code.
    Error(String),
}

/// An HTTP client that only knows mocks.
pub struct MockNetwork(Mutex<State>);

struct State {
    mocks: Vec<Mock>,
    unmatched: Vec<String>,
}

impl MockNetwork {
    /// Answers by these mocks: the first one that matches and is not used up.
    pub fn new(mocks: Vec<Mock>) -> Self {
        Self(Mutex::new(State { mocks, unmatched: Vec::new() }))
    }

    /// The requests so far that no mock answered.
    pub fn unmatched(&self) -> Vec<String> {
        self.state().unmatched.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reply(&self, method: &str, url: &Url) -> Option<Reply> {
        let mut state = self.state();
        let found = state.mocks.iter_mut().find(|mock| {
            mock.times != Some(0)
                && mock.method.as_ref().is_none_or(|only| only.eq_ignore_ascii_case(method))
                && mock.regex.find(url.as_str()).is_some()
        });
        match found {
            Some(mock) => {
                mock.times = mock.times.map(|times| times - 1);
                Some(mock.reply.clone())
            }
            None => {
                state.unmatched.push(format!("{method} {url}"));
                None
            }
        }
    }
}

#[async_trait]
impl HttpClient for MockNetwork {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        match self.reply(&request.method, &request.url) {
            None => Err(HttpError::System { code: "ENOTFOUND", message: "no mock of the case matches".to_owned() }),
            Some(Reply::Error(code)) => {
                let port = request.url.port_or_known_default().unwrap_or_default();
                let host = request.url.host_str().unwrap_or_default();
                let message = format!("connect {code} {host}:{port}");
                // A handful of short codes, and the process ends after the case file.
                Err(HttpError::System { code: code.leak(), message })
            }
            Some(Reply::Response { status, headers, body }) => {
                let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
                Ok(HttpResponse {
                    status,
                    status_text: reason.unwrap_or_default().to_owned(),
                    headers,
                    body: stream::iter([Ok(body.into())]).boxed(),
                    remote_address: None,
                })
            }
        }
    }
}

/// What an app may reach in a case. Mocks stand for the network, so a private host that a mock names is allowed, and any host if
/// some mock names none. The guard is in force for the rest: a request that it refuses never gets to the mocks.
pub fn policy(mocks: &[Mock]) -> EgressPolicy {
    let mut policy = EgressPolicy::default();
    for mock in mocks {
        match host_in(&mock.pattern) {
            Some(host) => policy.allowed_hosts.push(host),
            None => policy.allowed_networks.extend(["0.0.0.0/0".to_owned(), "::/0".to_owned()]),
        }
    }
    policy
}

/// The host that stands literally after `://` in a regular expression. A dot counts as a dot, escaped or not.
fn host_in(pattern: &str) -> Option<String> {
    let pattern = pattern.replace("\\/", "/");
    let (_, rest) = pattern.split_once("://")?;
    if let Some(address) = rest.strip_prefix("\\[") {
        return address.split_once("\\]").map(|(address, _)| address.to_lowercase());
    }
    let mut host = String::new();
    let mut characters = rest.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' if matches!(characters.peek(), Some('.' | '-')) => host.extend(characters.next()),
            '.' | '-' | '_' => host.push(character),
            _ if character.is_ascii_alphanumeric() => host.push(character.to_ascii_lowercase()),
            '/' | ':' | '?' | '$' | ')' => break,
            // Anything else makes the name a part of the expression.
            _ => return None,
        }
    }
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mock(pattern: &str, method: Option<&str>, times: Option<u64>) -> Mock {
        let regex = Regex::new(pattern).expect("valid");
        let reply = Reply::Error(pattern.to_owned());
        Mock { regex, pattern: pattern.to_owned(), method: method.map(str::to_owned), times, reply }
    }

    #[test]
    fn the_first_live_match_wins() {
        let network =
            MockNetwork::new(vec![mock("a", Some("post"), None), mock("/a$", None, Some(1)), mock("a", None, None)]);
        let reply = |method: &str| match network.reply(method, &Url::parse("http://x/a").expect("valid")) {
            Some(Reply::Error(code)) => code,
            other => panic!("{other:?}"),
        };
        assert_eq!(["GET", "GET", "POST"].map(reply), ["/a$", "a", "a"]);
        assert!(network.reply("GET", &Url::parse("http://x/").expect("valid")).is_none());
        assert_eq!(network.unmatched(), ["GET http://x/"]);
    }

    #[test]
    fn the_host_of_a_pattern_is_what_stands_there_literally() {
        for (pattern, host) in [
            (r"^https://api\.example\.com/", Some("api.example.com")),
            (r"^http:\/\/LOCALHOST:8000/x", Some("localhost")),
            (r"http://127\.0\.0\.1", Some("127.0.0.1")),
            (r"http://\[::1\]:1/", Some("::1")),
            (r"^https?://10\.0\.0\.1$", Some("10.0.0.1")),
            (r"https://.*", None),
            (r"https://[a-z]+/", None),
            (r"https://api\.(eu|us)/", None),
            (r"/batch$", None),
            ("", None),
        ] {
            assert_eq!(host_in(pattern).as_deref(), host, "{pattern}");
        }
    }
}
