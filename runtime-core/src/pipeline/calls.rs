//! Making one call for the pipeline: its context, its report in the log, and what it leaves behind.

use super::Pipeline;
use super::continuation::Progress;
use super::members::Member;
use super::report::Counts;
use crate::event::WorkUnit;
use crate::host::CallContext;
use crate::isolate::{CallError, CallRequest, Function, Returned, Tail};
use crate::outcome::{Outcome, Wait};
use crate::ports::Unavailable;
use crate::telemetry::{AppCall, CallEnd, LogLevel};
use std::sync::Arc;
use std::time::Duration;

/// What remains of an invocation, or of an event's share of it, after the last call could have ended: to store what is unfinished.
pub(super) const TO_LET_GO: Duration = Duration::from_secs(10);

/// With less than this left no job and no scheduled task is started.
const LEAST_FOR_OTHERS: Duration = Duration::from_secs(30);

/// What a call is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Topic<'a> {
    /// The uuid of the event, or the id of the batch, job or trigger.
    pub(super) id: &'a str,
    /// Whether `id` is an event's uuid, which logs then show.
    pub(super) is_event: bool,
    /// How many captures led here.
    pub(super) hops: u32,
    /// Which attempt of the work this is, counted from 1.
    pub(super) attempt: u32,
    /// When this invocation must have let go of the work, as the clock's `elapsed` counts.
    pub(super) until: Option<Duration>,
    /// How many events fail if the call does: those of a batch.
    pub(super) events: usize,
}

impl<'a> Topic<'a> {
    /// An event.
    pub(super) fn event(uuid: &'a str, progress: Progress) -> Self {
        let Progress { hops, attempt, until, .. } = progress;
        Self { id: uuid, is_event: true, hops, attempt, until, events: 1 }
    }

    /// A job, or the tick of a task.
    pub(super) fn run(id: &'a str, progress: Progress) -> Self {
        Self { is_event: false, ..Self::event(id, progress) }
    }

    /// A batch of that many events.
    pub(super) fn batch(id: &'a str, progress: Progress, events: usize) -> Self {
        Self { events, ..Self::run(id, progress) }
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

impl<'a> Tails<'a> {
    pub(super) fn add(&mut self, member: &'a Member, function: &str, tail: Tail) {
        self.pending.push((member, function.to_owned(), tail));
    }
}

impl Pipeline {
    /// Calls one function. What went wrong is logged and counted here, so that callers only decide what becomes of the work.
    pub(super) async fn call<'a>(
        &self,
        member: &'a Member,
        invocation: Invocation,
        topic: Topic<'_>,
        tails: &mut Tails<'a>,
    ) -> Called {
        let function = invocation.function.clone();
        let name = function.name();
        let policy = self.retry_policy(member, &function);
        let at_most = match self.permit(member, &function, topic.until, tails).await {
            Ok(at_most) => at_most,
            Err(outcome) => return Called { result: Err(outcome), argument: None },
        };
        let request = CallRequest { at_most, ..request(invocation, member, topic) };
        let context = Arc::clone(&request.context);
        let mut report = member.isolate.call(request).await;
        let event_uuid = topic.is_event.then_some(topic.id);
        for thrown in std::mem::take(&mut report.detached_errors) {
            Counts::add(&self.counts.failures, 1);
            member.log_failure(&name, &CallError::Thrown(thrown), event_uuid);
        }
        tails.add(member, &name, std::mem::take(&mut report.tail));
        let result = match report.result {
            Ok(returned) => {
                Counts::add(&self.counts.successes_on_retry, usize::from(topic.attempt > 1));
                Ok(returned)
            }
            Err(error @ CallError::Setup(_)) => Err(self.set_up_again_failed(member, &error).await),
            Err(error) => {
                let outcome = Outcome::of(&error, policy, topic.attempt);
                self.tell(member, &name, (&error, &outcome), topic);
                Err(outcome)
            }
        };
        if let Some(end) = call_end(&result, &function, topic.attempt) {
            self.ports.telemetry.app_call(AppCall {
                installation: member.installation().id,
                team: member.installation().team,
                function: name,
                end,
                events: topic.events,
                duration_ms: u64::try_from(report.duration.as_millis()).unwrap_or(u64::MAX),
                cpu_us: u64::try_from(report.cpu.as_micros()).unwrap_or(u64::MAX),
                host_calls: context.host_calls(),
            });
        }
        Called { result, argument: report.argument }
    }

    /// Logs a failed call, and counts it if that is final.
    pub(super) fn tell(&self, member: &Member, name: &str, (error, outcome): (&CallError, &Outcome), topic: Topic<'_>) {
        let event_uuid = topic.is_event.then_some(topic.id);
        match outcome {
            // Not the app's failure; whoever puts the work off says so.
            Outcome::Waits(Wait::Outage(_) | Wait::SetUp { .. } | Wait::NextInvocation) => {}
            Outcome::Waits(Wait::Again { delay, message }) => {
                let text = format!("{name} will be tried again in {} s: {message}", delay.as_secs());
                member.log_error(LogLevel::Warn, &text, error, event_uuid);
            }
            Outcome::Disabled { .. } => {
                Counts::add(&self.counts.failures, topic.events);
                member.log_failure(name, error, event_uuid);
            }
            Outcome::Failed { message, .. } => {
                Counts::add(&self.counts.failures, topic.events);
                member.log_error(LogLevel::Error, &format!("{name} failed: {message}"), error, event_uuid);
                member.note_error(name, error, event_uuid);
            }
        }
    }

    /// Lets a call begin: the app is set up, and enough of the invocation is left. The longest that the call may take, where that is
    /// less than its own limit.
    ///
    /// Enough is the call's own limit, or for functions without one [`LEAST_FOR_OTHERS`], and [`TO_LET_GO`] on top.
    async fn permit<'a>(
        &self,
        member: &'a Member,
        function: &Function,
        until: Option<Duration>,
        tails: &mut Tails<'a>,
    ) -> Result<Option<Duration>, Outcome> {
        self.admit(member, tails).await?;
        let Some(until) = until else { return Ok(None) };
        let left = until.saturating_sub(self.ports.clock.elapsed()).saturating_sub(TO_LET_GO);
        let least = if function.has_call_limit() { member.installation().limits.call } else { LEAST_FOR_OTHERS };
        if left < least { Err(Outcome::Waits(Wait::NextInvocation)) } else { Ok(Some(left)) }
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

/// How a call is counted. Calls that were no attempt of the app are not, nor are those of jobs (case 154) and of what only serves an
/// app's life.
fn call_end(result: &Result<Returned, Outcome>, function: &Function, attempt: u32) -> Option<CallEnd> {
    use Function::{GetSettings, Job, ProcessEvent, SetupPlugin, TeardownPlugin};
    match (result, function) {
        (_, Job(_) | SetupPlugin | TeardownPlugin | GetSettings) => None,
        (Ok(returned), ProcessEvent) if returned.is_falsy => Some(CallEnd::Dropped),
        _ => end_of(result, attempt),
    }
}

/// How an attempt, counted from 1, is counted; `None` if it was none of the app.
pub(super) fn end_of<T>(result: &Result<T, Outcome>, attempt: u32) -> Option<CallEnd> {
    match result {
        Ok(_) if attempt > 1 => Some(CallEnd::SuccessOnRetry),
        Ok(_) => Some(CallEnd::Success),
        Err(Outcome::Waits(Wait::Again { .. })) => Some(CallEnd::Retry),
        Err(Outcome::Failed { .. }) => Some(CallEnd::Failure),
        Err(_) => None,
    }
}

/// The same cause, to be returned from here: the original stays with the call that met it.
pub(super) fn restate(cause: &Unavailable) -> Unavailable {
    Unavailable { port: cause.port, message: cause.message.clone(), source: None }
}

fn request(invocation: Invocation, member: &Member, topic: Topic<'_>) -> CallRequest {
    let Invocation { function, argument } = invocation;
    let team = (function == Function::ProcessEvent).then_some(member.installation().team);
    let work = WorkUnit {
        subject: topic.id,
        stage: "",
        installation: member.installation().id,
        function: &function.name(),
        attempt: topic.attempt,
    };
    let event_uuid = topic.is_event.then(|| topic.id.to_owned());
    let context = Arc::new(CallContext::new(work.id(), event_uuid, topic.hops));
    CallRequest { argument, team, at_most: None, context, function }
}
