//! Sending what `composeWebhook` composed (behaviour.md c.7).

use super::Pipeline;
use super::calls::{Topic, end_of};
use super::members::Member;
use crate::host::egress::Refusal;
use crate::host::fetch::{self, FetchError, FetchErrorKind, FetchRequest};
use crate::isolate::{CallError, Function, Thrown};
use crate::outcome::Outcome;
use crate::telemetry::AppCall;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long the receiver may take.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Under which name deliveries are counted: PostHog's own, beside `composeWebhook` for the calls (behaviour.md e).
const COUNTED_AS: &str = "webhook";

/// What `composeWebhook` returns.
#[derive(Debug, Deserialize)]
struct Webhook {
    url: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    method: Option<String>,
}

impl Pipeline {
    /// Sends a composed web hook; null is none. How that ends is logged and counted here.
    ///
    /// # Errors
    /// What becomes of the work when it did not arrive, as if `composeWebhook` had thrown: a RetryError for what may pass (the network,
    /// a time-out, and the answers 408, 429 and 5xx), an Error for anything else but a 2xx answer.
    pub(super) async fn send_webhook(
        &self,
        member: &Member,
        composed: Option<&str>,
        topic: Topic<'_>,
    ) -> Result<(), Outcome> {
        let Some(json) = composed.filter(|json| *json != "null") else { return Ok(()) };
        let started = self.ports.clock.elapsed();
        let webhook = serde_json::from_str::<Webhook>(json);
        let host_calls = u64::from(webhook.is_ok());
        let sent = match webhook {
            Ok(webhook) => self.deliver_webhook(member, webhook).await,
            Err(error) => {
                Err(refused(format!("composeWebhook returned no web hook ({error}): return null or {{ url, body }}")))
            }
        };
        let result = sent.map_err(|error| {
            let function = Function::ComposeWebhook;
            let outcome = Outcome::of(&error, self.retry_policy(member, &function), topic.attempt);
            self.tell(member, &function.name(), (&error, &outcome), topic);
            outcome
        });
        if let Some(end) = end_of(&result, topic.attempt) {
            let duration = self.ports.clock.elapsed().saturating_sub(started);
            self.ports.telemetry.app_call(AppCall {
                installation: member.installation().id,
                team: member.installation().team,
                function: COUNTED_AS.to_owned(),
                end,
                events: topic.events,
                duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
                cpu_us: 0,
                host_calls,
            });
        }
        result
    }

    async fn deliver_webhook(&self, member: &Member, webhook: Webhook) -> Result<(), CallError> {
        let mut request = FetchRequest::get(webhook.url, member.installation().egress.clone());
        request.method = webhook.method.unwrap_or_else(|| "POST".into());
        request.headers = webhook.headers.into_iter().collect();
        if !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            request.headers.push(("Content-Type".into(), "application/json".into()));
        }
        request.body = Some(webhook.body.into());
        request.timeout = Some(TIME_LIMIT);
        let response = fetch::fetch(&*self.ports.http, &self.ports.clock, request).await;
        let status = response.map_err(|error| without_answer(&error))?.head.status;
        let message = || format!("the web hook was not accepted: the receiver answered {status}");
        match status {
            200..300 => Ok(()),
            408 | 429 | 500..600 => Err(held_up(message())),
            _ => Err(refused(message())),
        }
    }
}

/// The error of a web hook to which nobody answered.
fn without_answer(error: &FetchError) -> CallError {
    let message = format!("the web hook was not delivered: {}", error.message);
    // A name without an address may have one when whoever resolves it is in reach again.
    let has_no_address = error.message == Refusal::InvalidHostname.message();
    let may_pass = has_no_address || matches!(error.kind, FetchErrorKind::System | FetchErrorKind::RequestTimeout);
    if may_pass { held_up(message) } else { refused(message) }
}

/// The error of a web hook that may arrive later.
fn held_up(message: String) -> CallError {
    CallError::Thrown(Thrown { name: "RetryError".to_owned(), message, stack: String::new(), is_retry: true })
}

/// The error of a web hook that will never arrive as it is.
fn refused(message: String) -> CallError {
    CallError::Thrown(Thrown { name: "Error".to_owned(), message, stack: String::new(), is_retry: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_guard_refuses_stays_refused_but_for_a_name_without_an_address() {
        let may_pass = |refusal: Refusal| without_answer(&refusal.into()).is_retry();
        assert!(may_pass(Refusal::InvalidHostname));
        assert!(![Refusal::InvalidUrl, Refusal::InternalHostname, Refusal::NotListed].into_iter().any(may_pass));
    }
}
