//! Sending what `composeWebhook` composed (behaviour.md c.7).

use super::Pipeline;
use super::calls::Topic;
use super::members::Member;
use super::report::Counts;
use crate::host::fetch::{self, FetchRequest};
use crate::isolate::Function;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long the receiver may take.
const TIME_LIMIT: Duration = Duration::from_secs(10);

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
    /// Sends a composed web hook; null is none. Anything but a 2xx answer is a failure, logged and counted.
    pub(super) async fn send_webhook(&self, member: &Member, composed: Option<&str>, topic: Topic<'_>) {
        let Some(json) = composed.filter(|json| *json != "null") else { return };
        let problem = match serde_json::from_str::<Webhook>(json) {
            Err(error) => {
                Some(format!("composeWebhook returned no web hook ({error}): return null or {{ url, body }}"))
            }
            Ok(webhook) => self.deliver_webhook(member, webhook).await.err(),
        };
        if let Some(problem) = problem {
            Counts::add(&self.counts.failures, 1);
            member.report_problem(&Function::ComposeWebhook.name(), &problem, topic.id);
        }
    }

    async fn deliver_webhook(&self, member: &Member, webhook: Webhook) -> Result<(), String> {
        let mut request = FetchRequest::get(webhook.url, member.installation().egress.clone());
        request.method = webhook.method.unwrap_or_else(|| "POST".into());
        request.headers = webhook.headers.into_iter().collect();
        if !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            request.headers.push(("Content-Type".into(), "application/json".into()));
        }
        request.body = Some(webhook.body.into());
        request.timeout = Some(TIME_LIMIT);
        let response = fetch::fetch(&*self.ports.http, &self.ports.clock, request)
            .await
            .map_err(|error| format!("the web hook was not delivered: {}", error.message))?;
        match response.head.status {
            200..300 => Ok(()),
            status => Err(format!("the web hook was not accepted: the receiver answered {status}")),
        }
    }
}
