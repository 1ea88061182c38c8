//! Sending what `composeWebhook` composed (behaviour.md c.7).

use super::Pipeline;
use super::calls::Topic;
use super::members::Member;
use super::report::Counts;
use crate::host::egress::Refusal;
use crate::host::fetch::{self, FetchError, FetchErrorKind, FetchRequest};
use crate::isolate::Function;
use crate::outcome::{Outcome, Wait};
use crate::retry::{RetryPolicy, attempt_text};
use crate::telemetry::{AppCall, CallEnd, LogLevel, LogSource};
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

/// Why a web hook did not arrive.
#[derive(Debug)]
struct Undelivered {
    message: String,
    /// Whether the same web hook may arrive later.
    may_pass: bool,
}

impl Pipeline {
    /// Sends a composed web hook; null is none. How that ends is logged and counted here.
    ///
    /// # Errors
    /// What becomes of the work when it did not arrive. What may pass counts as a RetryError of `composeWebhook`: the network, a
    /// time-out, and the answers 408, 429 and 5xx. Anything else but a 2xx answer is final.
    pub(super) async fn send_webhook(
        &self,
        member: &Member,
        composed: Option<&str>,
        topic: Topic<'_>,
    ) -> Result<(), Outcome> {
        let Some(json) = composed.filter(|json| *json != "null") else { return Ok(()) };
        let started = self.ports.clock.elapsed();
        let sent = match serde_json::from_str(json) {
            Ok(webhook) => self.deliver_webhook(member, webhook).await,
            Err(error) => Err(Undelivered::none(&error)),
        };
        let policy = &self.retries.on_event;
        let result = sent.map_err(|problem| problem.outcome(policy, topic.attempt));
        let end = match &result {
            Ok(()) if topic.attempt > 1 => CallEnd::SuccessOnRetry,
            Ok(()) => CallEnd::Success,
            Err(Outcome::Waits(_)) => CallEnd::Retry,
            Err(_) => CallEnd::Failure,
        };
        if let Err(outcome) = &result {
            self.tell_undelivered(member, outcome, topic.id);
        }
        let duration = self.ports.clock.elapsed().saturating_sub(started);
        self.ports.telemetry.app_call(AppCall {
            installation: member.installation().id,
            team: member.installation().team,
            function: COUNTED_AS.to_owned(),
            end,
            events: topic.events,
            duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
            cpu_us: 0,
            host_calls: 1,
        });
        result
    }

    fn tell_undelivered(&self, member: &Member, outcome: &Outcome, event_uuid: &str) {
        match outcome {
            Outcome::Waits(Wait::Again { delay, message }) => {
                let text = format!("the web hook will be sent again in {} s: {message}", delay.as_secs());
                member.log(LogSource::Plugin, LogLevel::Warn, &text, Some(event_uuid));
            }
            Outcome::Failed { message, .. } => {
                Counts::add(&self.counts.failures, 1);
                member.report_problem(&Function::ComposeWebhook.name(), message, event_uuid);
            }
            Outcome::Waits(_) | Outcome::Disabled { .. } => {}
        }
    }

    async fn deliver_webhook(&self, member: &Member, webhook: Webhook) -> Result<(), Undelivered> {
        let mut request = FetchRequest::get(webhook.url, member.installation().egress.clone());
        request.method = webhook.method.unwrap_or_else(|| "POST".into());
        request.headers = webhook.headers.into_iter().collect();
        if !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            request.headers.push(("Content-Type".into(), "application/json".into()));
        }
        request.body = Some(webhook.body.into());
        request.timeout = Some(TIME_LIMIT);
        let response = fetch::fetch(&*self.ports.http, &self.ports.clock, request).await;
        let status = response.map_err(|error| Undelivered::without_answer(&error))?.head.status;
        if (200..300).contains(&status) { Ok(()) } else { Err(Undelivered::with_answer(status)) }
    }
}

impl Undelivered {
    /// What was returned is no web hook.
    fn none(error: &serde_json::Error) -> Self {
        let message = format!("composeWebhook returned no web hook ({error}): return null or {{ url, body }}");
        Self { message, may_pass: false }
    }

    fn without_answer(error: &FetchError) -> Self {
        // A name without an address may have one when whoever resolves it is in reach again.
        let has_no_address = error.message == Refusal::InvalidHostname.message();
        let may_pass = has_no_address || matches!(error.kind, FetchErrorKind::System | FetchErrorKind::RequestTimeout);
        Self { message: format!("the web hook was not delivered: {}", error.message), may_pass }
    }

    fn with_answer(status: u16) -> Self {
        let message = format!("the web hook was not accepted: the receiver answered {status}");
        Self { message, may_pass: matches!(status, 408 | 429 | 500..600) }
    }

    /// What becomes of the work after that attempt, counted from 1.
    fn outcome(self, policy: &RetryPolicy, attempt: u32) -> Outcome {
        if self.may_pass {
            let message = attempt_text("RetryError", attempt, policy.runs, &self.message);
            Outcome::of_attempt(message, policy, attempt)
        } else {
            Outcome::Failed { message: self.message, is_exhausted: false }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_guard_refuses_stays_refused_but_for_a_name_without_an_address() {
        let may_pass = |refusal: Refusal| Undelivered::without_answer(&refusal.into()).may_pass;
        assert!(may_pass(Refusal::InvalidHostname));
        assert!(![Refusal::InvalidUrl, Refusal::InternalHostname, Refusal::NotListed].into_iter().any(may_pass));
    }
}
