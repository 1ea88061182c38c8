//! After the chain: `onEvent` and `composeWebhook` of every app in parallel, and the buffers of `exportEvents` (behaviour.md c.3,
//! cases 94-98).

use super::Pipeline;
use super::calls::{Invocation, Subject, Tails, restate};
use super::members::Member;
use crate::event::{PluginEvent, processed_event, webhook_event};
use crate::isolate::{CallError, Function};
use crate::ports::Unavailable;
use futures_util::future::join_all;
use serde_json::value::RawValue;

impl Pipeline {
    /// Shows a final event to every app of its team. One app's failure touches no other.
    pub(super) async fn look_on<'a>(
        &'a self,
        event: &PluginEvent,
        hops: u32,
        tails: &mut Tails<'a>,
    ) -> Result<(), Unavailable> {
        // Session recordings are no events to apps (case 92).
        if event.name() == "$snapshot" {
            return Ok(());
        }
        let members: Vec<&Member> = self.of_team(event.team()).filter(|member| looks_on(member)).collect();
        if members.is_empty() {
            return Ok(());
        }
        let processed = json_of(&processed_event(event));
        let subject = Subject { id: event.uuid(), is_event: true, hops };
        let shown = join_all(members.into_iter().map(|member| self.show(member, event, &processed, subject))).await;
        let mut unavailable = None;
        for (result, shown_tails) in shown {
            tails.append(shown_tails);
            if let Err(error) = result {
                unavailable = Some(error);
            }
        }
        unavailable.map_or(Ok(()), Err)
    }

    async fn show<'a>(
        &'a self,
        member: &'a Member,
        event: &PluginEvent,
        processed: &str,
        subject: Subject<'_>,
    ) -> (Result<(), Unavailable>, Tails<'a>) {
        let mut tails = Tails::default();
        if member.can(&Function::ExportEvents) {
            let text = RawValue::from_string(processed.to_owned()).expect("serialised just before");
            member.buffer_export(event.name(), text);
        }
        if member.can(&Function::OnEvent) {
            let report =
                self.call(member, Invocation::with(Function::OnEvent, processed.to_owned()), subject, &mut tails).await;
            if let Err(CallError::Unavailable(cause)) = &report.result {
                return (Err(restate(cause)), tails);
            }
        }
        if member.can(&Function::ComposeWebhook) {
            let argument = json_of(&webhook_event(event));
            let report =
                self.call(member, Invocation::with(Function::ComposeWebhook, argument), subject, &mut tails).await;
            match report.result {
                Ok(returned) => self.send_webhook(member, returned.json.as_deref(), subject).await,
                Err(CallError::Unavailable(cause)) => return (Err(restate(&cause)), tails),
                Err(_) => {}
            }
        }
        (Ok(()), tails)
    }
}

fn looks_on(member: &Member) -> bool {
    [Function::OnEvent, Function::ComposeWebhook, Function::ExportEvents].iter().any(|function| member.can(function))
}

fn json_of(members: &serde_json::Map<String, serde_json::Value>) -> String {
    serde_json::to_string(members).expect("a map of JSON values has a JSON form")
}
