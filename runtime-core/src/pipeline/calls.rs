//! Making one call for the pipeline: its context, its report in the log, and what it leaves behind.

use super::Pipeline;
use super::members::Member;
use super::report::Counts;
use crate::event::WorkUnit;
use crate::host::CallContext;
use crate::isolate::{CallError, CallReport, CallRequest, Function, Tail};
use crate::ports::Unavailable;
use std::sync::Arc;

/// What a call is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    /// The uuid of the event, or the id of the batch, job or trigger.
    pub(super) id: &'a str,
    /// Whether `id` is an event's uuid, which logs then show.
    pub(super) is_event: bool,
    /// How many captures led here.
    pub(super) hops: u32,
}

/// What is called.
#[derive(Debug)]
pub(super) struct Invocation {
    pub(super) function: Function,
    /// The first argument as JSON text; `None` calls with `meta` alone.
    pub(super) argument: Option<String>,
}

impl Invocation {
    /// A function with its first argument.
    pub(super) fn with(function: Function, argument: String) -> Self {
        Self { function, argument: Some(argument) }
    }

    /// A function with `meta` alone.
    pub(super) fn alone(function: Function) -> Self {
        Self { function, argument: None }
    }
}

/// The tails of the calls of one record. The record is done when all have ended.
#[derive(Default)]
pub(super) struct Tails<'a> {
    pending: Vec<(&'a Member, String, Tail)>,
}

impl Pipeline {
    /// Calls one function. Failures are logged and counted here, so that callers only decide what becomes of the work.
    pub(super) async fn call<'a>(
        &self,
        member: &'a Member,
        invocation: Invocation,
        subject: Subject<'_>,
        tails: &mut Tails<'a>,
    ) -> CallReport {
        let name = invocation.function.name();
        let mut report = member.isolate.call(request(invocation, member, subject)).await;
        let event_uuid = subject.is_event.then_some(subject.id);
        for thrown in std::mem::take(&mut report.detached_errors) {
            Counts::add(&self.counts.failures, 1);
            member.log_failure(&name, &CallError::Thrown(thrown), event_uuid);
        }
        if let Err(error) = &report.result
            && !matches!(error, CallError::Unavailable(_))
        {
            Counts::add(&self.counts.failures, 1);
            member.log_failure(&name, error, event_uuid);
        }
        tails.pending.push((member, name, std::mem::take(&mut report.tail)));
        report
    }

    /// Waits for everything that calls left behind, and logs what failed of it.
    pub(super) async fn end_tails(&self, tails: Tails<'_>) -> Result<(), Unavailable> {
        let mut unavailable = None;
        for (member, name, tail) in tails.pending {
            for error in tail.ended().await.errors {
                if let CallError::Unavailable(cause) = &error {
                    unavailable.get_or_insert_with(|| restate(cause));
                    continue;
                }
                Counts::add(&self.counts.failures, 1);
                member.log_failure(&name, &error, None);
            }
        }
        unavailable.map_or(Ok(()), Err)
    }
}

/// The same cause, to be returned from here: the original stays with the call that met it.
pub(super) fn restate(cause: &Arc<Unavailable>) -> Unavailable {
    Unavailable { port: cause.port, message: cause.message.clone(), source: None }
}

fn request(invocation: Invocation, member: &Member, subject: Subject<'_>) -> CallRequest {
    let Invocation { function, argument } = invocation;
    let team = (function == Function::ProcessEvent).then_some(member.installation().team);
    let work = WorkUnit {
        subject: subject.id,
        stage: "",
        installation: member.installation().id,
        function: &function.name(),
        attempt: 1,
    };
    let event_uuid = subject.is_event.then(|| subject.id.to_owned());
    CallRequest { argument, team, context: Arc::new(CallContext::new(work.id(), event_uuid, subject.hops)), function }
}

impl<'a> Tails<'a> {
    /// Takes over the tails of calls that ran in parallel.
    pub(super) fn append(&mut self, other: Self) {
        self.pending.extend(other.pending);
    }
}
