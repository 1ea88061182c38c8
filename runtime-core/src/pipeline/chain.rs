//! The chain of `processEvent` and the whole path of one event (behaviour.md c.1, cases 71-93).

use super::Pipeline;
use super::calls::{Invocation, Subject, Tails, restate};
use super::members::Member;
use super::person;
use super::report::{Counts, EventOutcome, FailureLog};
use crate::decode::check_depth;
use crate::event::PluginEvent;
use crate::installation::{DisabledPolicy, ErrorPolicy};
use crate::isolate::{CallError, CallReport, Function};
use crate::ports::Unavailable;
use crate::ports::captures::CapturedEvent;
use crate::ports::dead_letters::{DeadLetter, DeadLetterReason};
use crate::telemetry::{LogLevel, LogSource};
use serde_json::Value;

/// What an app is told that returned something else, also an event nested so deep that no other program would read it.
const NO_EVENT: &str = "processEvent returned something that is no event: return the event, or nothing to drop it";

/// What one app made of an event.
enum Step {
    /// It goes on as this JSON text, and the app goes into this list.
    Next {
        json: String,
        mark: Mark,
    },
    /// The app is disabled and left out.
    Skip,
    Drop,
    DeadLetter {
        reason: DeadLetterReason,
        message: String,
    },
    PutOff(Unavailable),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Succeeded,
    Failed,
}

/// The lists of `$plugins_*`.
#[derive(Default)]
struct Marks {
    succeeded: Vec<String>,
    failed: Vec<String>,
    deferred: Vec<String>,
}

impl Pipeline {
    /// Takes an event all the way. When this returns, everything that the event's calls left behind has ended, and the event
    /// is in the sink, dropped by an app, a dead letter, or to be processed again.
    pub async fn process(&self, captured: CapturedEvent) -> EventOutcome {
        Counts::add(&self.counts.events, 1);
        let CapturedEvent { event, hops } = captured;
        let mut tails = Tails::default();
        let outcome = self.run_chain(event, hops, &mut tails).await;
        let outcome = match outcome {
            EventOutcome::Sent(event) => self.deliver(event, hops, &mut tails).await,
            other => other,
        };
        match (outcome, self.end_tails(tails).await) {
            (EventOutcome::PutOff(error), _) | (_, Err(error)) => EventOutcome::PutOff(error),
            (outcome, Ok(())) => outcome,
        }
    }

    async fn deliver<'a>(&'a self, event: Box<PluginEvent>, hops: u32, tails: &mut Tails<'a>) -> EventOutcome {
        if let Err(error) = self.sink.send(std::slice::from_ref(&*event)).await {
            return EventOutcome::PutOff(error);
        }
        Counts::add(&self.counts.sent, 1);
        match self.look_on(&event, hops, tails).await {
            Ok(()) => EventOutcome::Sent(event),
            Err(error) => EventOutcome::PutOff(error),
        }
    }

    /// Runs the apps of the event's team in order; `Sent` means that the event leaves the chain.
    async fn run_chain<'a>(&'a self, event: PluginEvent, hops: u32, tails: &mut Tails<'a>) -> EventOutcome {
        let team = event.team();
        // Session recordings never go through apps (case 92).
        if event.name() == "$snapshot" {
            return EventOutcome::Sent(Box::new(event));
        }
        let uuid = event.uuid().to_owned();
        let mut json = to_json(&event);
        let mut marks = Marks::default();
        for member in self.of_team(team) {
            if member.can(&Function::OnEvent) {
                marks.deferred.push(member.installation().label());
            }
            let subject = Subject { id: &uuid, is_event: true, hops };
            match self.step(member, &json, subject, tails).await {
                Step::Skip => {}
                Step::Next { json: next, mark } => {
                    json = next;
                    let label = member.installation().label();
                    if mark == Mark::Failed { marks.failed.push(label) } else { marks.succeeded.push(label) }
                }
                Step::Drop => {
                    Counts::add(&self.counts.dropped, 1);
                    return EventOutcome::Dropped { by: member.installation().id };
                }
                Step::DeadLetter { reason, message } => {
                    return self.give_up(member, reason, message, (&uuid, json)).await;
                }
                Step::PutOff(error) => return EventOutcome::PutOff(error),
            }
        }
        EventOutcome::Sent(Box::new(finish(event, &json, marks)))
    }

    async fn step<'a>(&self, member: &'a Member, json: &str, subject: Subject<'_>, tails: &mut Tails<'a>) -> Step {
        if let Some(error) = member.load_error() {
            return disabled(member, error);
        }
        if !member.can(&Function::ProcessEvent) {
            return Step::Skip;
        }
        let mut report =
            self.call(member, Invocation::with(Function::ProcessEvent, json.to_owned()), subject, tails).await;
        match &mut report.result {
            Ok(returned) if returned.is_falsy => Step::Drop,
            Ok(returned) => match returned.json.take().filter(|json| is_event(json)) {
                Some(next) if returned.team_was_changed => {
                    self.report_failure(member, "Plugin tried to change event.team_id", subject);
                    Step::Next { json: next, mark: Mark::Failed }
                }
                Some(next) => Step::Next { json: next, mark: Mark::Succeeded },
                None => {
                    self.report_failure(member, NO_EVENT, subject);
                    Step::Next { json: json.to_owned(), mark: Mark::Failed }
                }
            },
            Err(_) => failed(member, report, json),
        }
    }

    fn report_failure(&self, member: &Member, message: &str, subject: Subject<'_>) {
        Counts::add(&self.counts.failures, 1);
        member.log(LogSource::Plugin, LogLevel::Error, message, Some(subject.id));
    }

    async fn give_up(
        &self,
        member: &Member,
        reason: DeadLetterReason,
        message: String,
        (uuid, json): (&str, String),
    ) -> EventOutcome {
        let installation = member.installation();
        let letter = DeadLetter {
            id: format!("{uuid}-{}-processEvent", installation.id),
            reason,
            message,
            body: json.into_bytes(),
            installation: Some(installation.id),
            function: Some("processEvent".into()),
            team: Some(installation.team),
            created_at: self.ports.clock.now(),
        };
        self.bury(letter).await
    }

    pub(super) async fn bury(&self, mut letter: DeadLetter) -> EventOutcome {
        if let Some(installation) = letter.installation {
            letter.message = self.secrets.mask(installation, letter.message);
        }
        match self.ports.dead_letters.put(letter).await {
            Ok(()) => {
                Counts::add(&self.counts.dead_letters, 1);
                EventOutcome::DeadLettered
            }
            Err(error) => EventOutcome::PutOff(error),
        }
    }
}

/// What becomes of the event when `processEvent` failed.
fn failed(member: &Member, report: CallReport, json: &str) -> Step {
    let Err(error) = report.result else { return Step::Skip };
    if let CallError::Unavailable(cause) = &error {
        return Step::PutOff(restate(cause));
    }
    if FailureLog::of(&error) == FailureLog::Disabled {
        return disabled(member, &error);
    }
    match member.installation().on_error {
        ErrorPolicy::Drop => Step::Drop,
        ErrorPolicy::DeadLetter => Step::DeadLetter { reason: DeadLetterReason::AppFailed, message: error.to_string() },
        // Changes made in place before the error are kept (case 78).
        ErrorPolicy::Pass => Step::Next {
            json: report.argument.filter(|argument| is_event(argument)).unwrap_or_else(|| json.to_owned()),
            mark: Mark::Failed,
        },
    }
}

fn disabled(member: &Member, error: &CallError) -> Step {
    match member.installation().on_disabled {
        DisabledPolicy::Pass => Step::Skip,
        DisabledPolicy::DeadLetter => {
            Step::DeadLetter { reason: DeadLetterReason::Disabled, message: error.to_string() }
        }
    }
}

/// Whether JSON text of the engine's is an object that can be read again: the engine nests deeper than readers do.
fn is_event(json: &str) -> bool {
    json.starts_with('{') && check_depth(json).is_ok()
}

fn to_json(event: &PluginEvent) -> String {
    serde_json::to_string(event).expect("an event holds only JSON values and text keys")
}

/// The event as it leaves the chain: its team kept whatever the apps did, the person's properties settled, the apps listed.
fn finish(original: PluginEvent, json: &str, marks: Marks) -> PluginEvent {
    let Ok(Value::Object(members)) = crate::json::parse(json) else { return original };
    let mut event = PluginEvent { members };
    if let Some(team) = original.team() {
        event.members.insert("team_id".into(), team.0.into());
    }
    person::settle(&original, &mut event);
    let properties = event.properties_mut();
    for (name, list) in [
        ("$plugins_succeeded", marks.succeeded),
        ("$plugins_failed", marks.failed),
        ("$plugins_deferred", marks.deferred),
    ] {
        properties.remove(name);
        if !list.is_empty() {
            properties.insert(name.into(), list.into());
        }
    }
    event
}
