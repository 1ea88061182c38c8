//! Final events to PostHog's capture API: `POST HOST/batch/`, gzipped, `{"api_key": TOKEN, "batch": [...]}`.
//!
//! PostHog does with them what it does with those of any client, so each goes as a client would send it: `uuid`, `event`,
//! `distinct_id`, `properties` (with the `$lib` of whoever captured it), and the `timestamp` by the server's clock; there is no
//! `sent_at`, so PostHog does not correct it a second time. An event that arrives twice has the same `uuid`, by which PostHog
//! merges the two.
//!
//! A batch that is too large (413) is cut in halves, down to single events.

mod batch;

use crate::posthog_sink::batch::{Batch, batches};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use runtime_core::event::PluginEvent;
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::Clock;
use runtime_core::ports::event_sink::{EventSink, SinkError};
use runtime_core::ports::http::{EgressPolicy, HttpClient, HttpError, HttpRequest, HttpResponse};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

const PORT: &str = "event sink";
/// How long PostHog may take for a batch.
pub const POSTHOG_TIME_LIMIT: Duration = Duration::from_secs(30);
/// How much of an answer is read.
const LONGEST_ANSWER: usize = 64 * 1024;
/// How much of an answer is quoted in an error.
const LONGEST_QUOTE: usize = 200;

/// What a sink is made of.
pub struct PosthogSinkOptions {
    /// Where the capture API is: `https://us.i.posthog.com`, `https://eu.i.posthog.com`, or a server of one's own, which may be
    /// at a private address.
    pub host: String,
    /// The project's token (`phc_...`).
    pub project_token: String,
    /// Sends the requests.
    pub http: Arc<dyn HttpClient>,
    /// Measures [`POSTHOG_TIME_LIMIT`].
    pub clock: Arc<dyn Clock>,
}

/// Why there can be no sink.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PosthogSinkError {
    /// The host is no address of a web server.
    #[error("HEDGEROW_POSTHOG_HOST is `{0}`: set it to the address of the capture API, as https://us.i.posthog.com")]
    Host(String),
    /// There is no token.
    #[error("HEDGEROW_POSTHOG_TOKEN is not set: set it to the project's token (phc_...)")]
    NoToken,
}

/// [`EventSink`] over the capture API.
pub struct PosthogSink {
    url: Url,
    project_token: String,
    policy: Arc<EgressPolicy>,
    http: Arc<dyn HttpClient>,
    clock: Arc<dyn Clock>,
}

/// What PostHog says of a batch.
enum Answer {
    Taken,
    TooLarge,
}

impl PosthogSink {
    /// A sink; sends nothing yet.
    ///
    /// # Errors
    /// A host or a token that is none.
    pub fn new(options: PosthogSinkOptions) -> Result<Self, PosthogSinkError> {
        let url = capture_url(&options.host).ok_or(PosthogSinkError::Host(options.host))?;
        if options.project_token.trim().is_empty() {
            return Err(PosthogSinkError::NoToken);
        }
        // The operator names this host, so it may be a private one; nothing else may.
        let allowed_hosts = url.host_str().map(str::to_owned).into_iter().collect();
        Ok(Self {
            url,
            project_token: options.project_token.trim().to_owned(),
            policy: Arc::new(EgressPolicy { allowed_hosts, ..EgressPolicy::default() }),
            http: options.http,
            clock: options.clock,
        })
    }

    async fn send_batch(&self, batch: &Batch) -> Result<Answer, Unavailable> {
        let body = Bytes::from(batch.to_gzip(&self.project_token));
        let limit = pin!(self.clock.sleep_until(self.clock.elapsed() + POSTHOG_TIME_LIMIT));
        match select(pin!(self.exchange(body)), limit).await {
            Either::Left((answered, _)) => answered,
            Either::Right(_) => {
                Err(self.failed(&format!("PostHog did not answer within {} s", POSTHOG_TIME_LIMIT.as_secs())))
            }
        }
    }

    async fn exchange(&self, body: Bytes) -> Result<Answer, Unavailable> {
        let response = match self.http.send(self.request(body.clone())).await {
            // A connection that was kept and that the other side has closed; an event that arrives twice is one.
            Err(HttpError::System { code: "ECONNRESET" | "EPIPE", .. }) => self.http.send(self.request(body)).await,
            outcome => outcome,
        };
        let response = response.map_err(|error| self.failed(&format!("PostHog is out of reach: {error}")))?;
        let (status, status_text) = (response.status, response.status_text.clone());
        let header = |name: &str| {
            let found = response.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.clone())
        };
        let (retry_after, location) = (header("retry-after"), header("location"));
        // Read to its end, so that the connection can be used again.
        let quote = quote(response).await;
        let what_to_do = match status {
            200..=299 => return Ok(Answer::Taken),
            413 => return Ok(Answer::TooLarge),
            429 | 500..=599 => retry_after.map(|after| format!("it asks to be left alone for {after} (Retry-After)")),
            300..=399 => Some(format!(
                "set HEDGEROW_POSTHOG_HOST to the address of the capture API itself; this one leads to {}",
                location.unwrap_or_default()
            )),
            401 | 403 => Some("set HEDGEROW_POSTHOG_TOKEN to the project's token (phc_...)".to_owned()),
            404 | 405 => Some("set HEDGEROW_POSTHOG_HOST to the address of the capture API".to_owned()),
            _ => Some(
                "it does not take the events as they are; do all of them still have `event` and `distinct_id`?"
                    .to_owned(),
            ),
        };
        let reason = [what_to_do, quote].into_iter().flatten().collect::<Vec<_>>().join("; ");
        Err(self.failed(&format!("PostHog answers {status} {status_text}: {reason}")))
    }

    fn request(&self, body: Bytes) -> HttpRequest {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        HttpRequest {
            method: "POST".to_owned(),
            url: self.url.clone(),
            headers: vec![
                header("Content-Type", "application/json"),
                header("Content-Encoding", "gzip"),
                header("User-Agent", concat!("hedgerow/", env!("CARGO_PKG_VERSION"))),
            ],
            body: Some(body),
            policy: Arc::clone(&self.policy),
        }
    }

    /// An error without the token, whoever may have quoted it.
    fn failed(&self, message: &str) -> Unavailable {
        Unavailable { port: PORT, message: message.replace(&self.project_token, "<token>"), source: None }
    }
}

#[async_trait]
impl EventSink for PosthogSink {
    async fn send(&self, events: &[PluginEvent]) -> Result<(), SinkError> {
        // The next one is last.
        let mut waiting = batches(events);
        waiting.reverse();
        while let Some(batch) = waiting.pop() {
            match self.send_batch(&batch).await? {
                Answer::Taken => {}
                Answer::TooLarge => match batch.halves() {
                    Ok([first, second]) => waiting.extend([second, first]),
                    Err(event) => {
                        let bytes = event.json.len();
                        let reason = format!(
                            "it has {bytes} bytes, which is more than PostHog takes: let an app make it smaller"
                        );
                        return Err(SinkError::Refused { index: event.index, reason });
                    }
                },
            }
        }
        Ok(())
    }
}

/// Where batches go; `None` if `host` is no address of a web server.
fn capture_url(host: &str) -> Option<Url> {
    let mut url: Url = host.trim().parse().ok()?;
    let is_web_server = matches!(url.scheme(), "http" | "https") && url.host().is_some();
    let is_bare = url.query().is_none() && url.fragment().is_none();
    if !is_web_server || !is_bare || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    url.set_path(&format!("{}/batch/", url.path().trim_end_matches('/')));
    Some(url)
}

/// The start of what an answer says; `None` if that is nothing, or if it broke off.
async fn quote(mut response: HttpResponse) -> Option<String> {
    let mut answer = Vec::new();
    while let Some(chunk) = response.body.next().await {
        answer.extend_from_slice(&chunk.ok()?);
        if answer.len() > LONGEST_ANSWER {
            break;
        }
    }
    let text = String::from_utf8_lossy(&answer);
    let text: String = text.trim().chars().filter(|character| !character.is_control()).take(LONGEST_QUOTE).collect();
    (!text.is_empty()).then(|| format!("it says: {text}"))
}

#[cfg(test)]
mod tests {
    use super::capture_url;

    #[test]
    fn a_host_is_an_address_of_a_web_server() {
        let url = |host: &str| capture_url(host).map(|url| url.to_string());
        assert_eq!(url("https://eu.i.posthog.com").as_deref(), Some("https://eu.i.posthog.com/batch/"));
        assert_eq!(url(" http://10.0.0.1:8000/posthog/ ").as_deref(), Some("http://10.0.0.1:8000/posthog/batch/"));
        for host in ["", "eu.i.posthog.com", "ftp://host", "https://", "https://host/?a", "https://user:secret@host"] {
            assert_eq!(url(host), None, "{host}");
        }
    }
}
