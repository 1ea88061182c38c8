//! Making one call for the pipeline: its context, its report in the log, and what it leaves behind.

use super::Pipeline;
use super::continuation::Progress;
use super::members::Member;
use super::report::Counts;
use crate::event::WorkUnit;
use crate::host::CallContext;
use crate::isolate::{CallError, CallRequest, Function, Returned, Tail};
use crate::outcome::Outcome;
use crate::ports::Unavailable;
use crate::telemetry::LogLevel;
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
    /// Which attempt of the work this is, counted from 1.
    pub(super) attempt: u32,
    /// How many events fail if the call does: those of a batch.
    pub(super) events: usize,
}

impl<'a> Subject<'a> {
    /// An event.
    pub(super) fn event(uuid: &'a str, progress: Progress) -> Self {
        Self { id: uuid, is_event: true, hops: progress.hops, attempt: progress.attempt, events: 1 }
    }

    /// A job, or the tick of a task, which has one attempt.
    pub(super) fn once(id: &'a str, hops: u32) -> Self {
        Self { id, is_event: false, hops, attempt: 1, events: 1 }
    }

    /// A batch of that many events.
    pub(super) fn batch(id: &'a str, progress: Progress, events: usize) -> Self {
        Self { id, is_event: false, hops: progress.hops, attempt: progress.attempt, events }
    }
}

/// How a call ended.
#[derive(Debug)]
pub(super) struct Called {
    /// What was returned, or what becomes of the work.
    pub(super) result: Result<Returned, Outcome>,
    /// After an error of the app: the argument with the changes made to it before the error (case 78).
    pub(super) argument: Option<String>,
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
    /// Calls one function. What went wrong is logged and counted here, so that callers only decide what becomes of the work.
    pub(super) async fn call<'a>(
        &self,
        member: &'a Member,
        invocation: Invocation,
        subject: Subject<'_>,
        tails: &mut Tails<'a>,
    ) -> Called {
        let name = invocation.function.name();
        let policy = self.retry_policy(member, &invocation.function);
        let mut report = member.isolate.call(request(invocation, member, subject)).await;
        let event_uuid = subject.is_event.then_some(subject.id);
        for thrown in std::mem::take(&mut report.detached_errors) {
            Counts::add(&self.counts.failures, 1);
            member.log_failure(&name, &CallError::Thrown(thrown), event_uuid);
        }
        tails.pending.push((member, name.clone(), std::mem::take(&mut report.tail)));
        let result = match report.result {
            Ok(returned) => {
                Counts::add(&self.counts.successes_on_retry, usize::from(subject.attempt > 1));
                Ok(returned)
            }
            Err(error) => {
                let outcome = Outcome::of(&error, policy, subject.attempt);
                self.tell(member, &name, (&error, &outcome), subject);
                Err(outcome)
            }
        };
        Called { result, argument: report.argument }
    }

    /// Logs a failed call, and counts it if that is final.
    fn tell(&self, member: &Member, name: &str, (error, outcome): (&CallError, &Outcome), subject: Subject<'_>) {
        let event_uuid = subject.is_event.then_some(subject.id);
        match outcome {
            // Not the app's failure; whoever puts the work off says so.
            Outcome::PutOff(_) => {}
            Outcome::Again { delay, message } => {
                let text = format!("{name} will be tried again in {} s: {message}", delay.as_secs());
                member.log_error(LogLevel::Warn, &text, error, event_uuid);
            }
            Outcome::Disabled { .. } => {
                Counts::add(&self.counts.failures, subject.events);
                member.log_failure(name, error, event_uuid);
            }
            Outcome::Failed { message, .. } => {
                Counts::add(&self.counts.failures, subject.events);
                member.log_error(LogLevel::Error, &format!("{name} failed: {message}"), error, event_uuid);
            }
        }
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
        attempt: subject.attempt,
    };
    let event_uuid = subject.is_event.then(|| subject.id.to_owned());
    CallRequest { argument, team, context: Arc::new(CallContext::new(work.id(), event_uuid, subject.hops)), function }
}
