//! After the chain: `onEvent` and `composeWebhook` of every app in parallel, and the buffers of `exportEvents` (behaviour.md c.3,
//! cases 94-103). What one app cannot finish goes on later for that app and event alone.

use super::Pipeline;
use super::calls::{Called, Invocation, Tails, Topic};
use super::chain::to_json;
use super::continuation::{Continuation, Progress};
use super::members::Member;
use super::stage::Stage;
use crate::event::{PluginEvent, processed_event, webhook_event};
use crate::isolate::{Function, Returned};
use crate::ports::Unavailable;
use futures_util::future::join_all;
use serde_json::value::RawValue;

impl Pipeline {
    /// Shows a final event to every app of its team. One app's failure touches no other.
    ///
    /// # Errors
    /// When something could not be finished, and not be stored for later either.
    pub(super) async fn look_on(&self, event: &PluginEvent, hops: u32) -> Result<(), Unavailable> {
        // Session recordings are no events to apps (case 92).
        if event.name() == "$snapshot" {
            return Ok(());
        }
        let members: Vec<&Member> = self.of_team(event.team()).filter(|member| looks_on(member)).collect();
        if members.is_empty() {
            return Ok(());
        }
        let processed = json_of(&processed_event(event));
        let progress = Progress::first(hops);
        let shown = join_all(members.into_iter().map(|member| self.show(member, event, &processed, progress))).await;
        shown.into_iter().collect()
    }

    async fn show(
        &self,
        member: &Member,
        event: &PluginEvent,
        processed: &str,
        progress: Progress,
    ) -> Result<(), Unavailable> {
        if member.can(&Function::ExportEvents) {
            let text = RawValue::from_string(processed.to_owned()).expect("serialised just before");
            member.buffer_export(event.name(), text);
        }
        let mut result = Ok(());
        if member.can(&Function::OnEvent) {
            result = self.show_to_on_event(member, event, processed.to_owned(), progress).await;
        }
        if member.can(&Function::ComposeWebhook) {
            result = result.and(self.show_to_webhook(member, event, progress).await);
        }
        result
    }

    /// Runs `onEvent` of one app for one event.
    pub(super) async fn show_to_on_event(
        &self,
        member: &Member,
        event: &PluginEvent,
        processed: String,
        progress: Progress,
    ) -> Result<(), Unavailable> {
        let mut tails = Tails::default();
        let topic = Topic::event(event.uuid(), progress);
        let called = self.call(member, Invocation::with(Function::OnEvent, processed), topic, &mut tails).await;
        let work = || {
            let stage = Stage::OnEvent { installation: member.installation().id };
            Continuation::of_event(stage, progress, to_json(event))
        };
        self.end_call(member, called, tails, work).await.map(|_| ())
    }

    /// Runs `composeWebhook` of one app for one event, and sends what it composed. Both begin anew if either is to be tried again.
    pub(super) async fn show_to_webhook(
        &self,
        member: &Member,
        event: &PluginEvent,
        progress: Progress,
    ) -> Result<(), Unavailable> {
        let mut tails = Tails::default();
        let topic = Topic::event(event.uuid(), progress);
        let invocation = Invocation::with(Function::ComposeWebhook, json_of(&webhook_event(event)));
        let called = self.call(member, invocation, topic, &mut tails).await;
        let work = || {
            let stage = Stage::Webhook { installation: member.installation().id };
            Continuation::of_event(stage, progress, to_json(event))
        };
        let Some(returned) = self.end_call(member, called, tails, work).await? else { return Ok(()) };
        match self.send_webhook(member, returned.json.as_deref(), topic).await {
            Ok(()) => Ok(()),
            Err(outcome) => self.settle(member, outcome, work()).await,
        }
    }

    /// Ends a call of the last stage of its work, tail included: what it returned, or nothing once what becomes of the work is
    /// stored.
    pub(super) async fn end_call(
        &self,
        member: &Member,
        called: Called,
        tails: Tails<'_>,
        work: impl FnOnce() -> Continuation,
    ) -> Result<Option<Returned>, Unavailable> {
        let tail = self.end_tails(tails).await;
        match (called.result, tail) {
            (Ok(returned), Ok(())) => Ok(Some(returned)),
            (Ok(_), Err(cause)) => self.put_off(work(), &cause).await.map(|()| None),
            (Err(outcome), _) => self.settle(member, outcome, work()).await.map(|()| None),
        }
    }
}

fn looks_on(member: &Member) -> bool {
    [Function::OnEvent, Function::ComposeWebhook, Function::ExportEvents].iter().any(|function| member.can(function))
}

pub(super) fn json_of(members: &serde_json::Map<String, serde_json::Value>) -> String {
    serde_json::to_string(members).expect("a map of JSON values has a JSON form")
}
