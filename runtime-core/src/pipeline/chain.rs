//! The chain of `processEvent` and the whole path of one event (behaviour.md c.1, cases 71-93).

use super::Pipeline;
use super::calls::{Called, Invocation, Subject, Tails, restate};
use super::continuation::{ChainPlace, ChainStage, Continuation, Marks, Progress, Stage};
use super::members::Member;
use super::person;
use super::report::{Counts, EventOutcome};
use crate::decode::check_depth;
use crate::event::{InstallationId, PluginEvent};
use crate::installation::{DisabledPolicy, ErrorPolicy};
use crate::isolate::Function;
use crate::outcome::Outcome;
use crate::ports::Unavailable;
use crate::ports::captures::CapturedEvent;
use crate::ports::dead_letters::DeadLetterReason;
use crate::telemetry::{LogLevel, LogSource};
use serde_json::Value;
use std::time::Duration;

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
    /// The chain stops here for now.
    Pause(Pause),
}

/// Why a chain stops before its end.
enum Pause {
    /// The app is to be tried again.
    Again(Duration),
    /// A port was out of reach.
    Outage(Unavailable),
    /// The app's failure ends the event's way.
    GiveUp { reason: DeadLetterReason, message: String },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Succeeded,
    Failed,
}

/// An event on its way through the chain, from the beginning or from where it stopped.
pub(super) struct Walk {
    /// The event as it entered the chain, as far as its end asks for that.
    pub(super) entered: PluginEvent,
    /// The event as it was where the walk began.
    pub(super) json: String,
    /// Where it goes on, and with what.
    pub(super) stage: ChainStage,
    /// How far it is.
    pub(super) progress: Progress,
}

/// How a chain ended.
enum ChainEnd {
    Left(Box<PluginEvent>),
    Dropped { by: InstallationId },
    Stopped { work: Box<Continuation>, pause: Pause },
}

impl Pipeline {
    /// Takes an event all the way. When this returns, everything that the event's calls left behind has ended, and the event
    /// is in the sink, dropped by an app, a dead letter, waiting to go on, or to be processed again.
    pub async fn process(&self, captured: CapturedEvent) -> EventOutcome {
        Counts::add(&self.counts.events, 1);
        let CapturedEvent { event, hops } = captured;
        let json = to_json(&event);
        let walk = Walk { entered: event, json, stage: ChainStage::default(), progress: Progress::first(hops) };
        self.walk(walk).await
    }

    /// Takes an event from its place in the chain all the way.
    pub(super) async fn walk(&self, walk: Walk) -> EventOutcome {
        let mut tails = Tails::default();
        let end = match self.run_chain(&walk, &mut tails).await {
            ChainEnd::Left(event) => self.hand_over(event, walk.progress).await,
            end => end,
        };
        let outcome = match end {
            ChainEnd::Left(event) => self.show_to_all(event, walk.progress).await,
            ChainEnd::Dropped { by } => {
                Counts::add(&self.counts.dropped, 1);
                EventOutcome::Dropped { by }
            }
            ChainEnd::Stopped { work, pause } => {
                // Before the rest of the way is put off: what the apps before left behind may bring all of it back.
                if let Err(cause) = self.end_tails(std::mem::take(&mut tails)).await {
                    return self.begin_again(walk, cause).await;
                }
                self.stop(*work, pause).await
            }
        };
        match (outcome, self.end_tails(tails).await) {
            (EventOutcome::PutOff(error), _) => EventOutcome::PutOff(error),
            (outcome, Ok(())) => outcome,
            (outcome, Err(cause)) => match (outcome, self.begin_again(walk, cause).await) {
                (sent @ EventOutcome::Sent(_), EventOutcome::Continued) => sent,
                (_, again) => again,
            },
        }
    }

    /// Puts off what the walk began with: a call of it could not end, and which of its effects are missing is not known.
    async fn begin_again(&self, walk: Walk, cause: Unavailable) -> EventOutcome {
        let Walk { entered, json, mut stage, progress } = walk;
        stage.person = ChainStage::person_of(&entered);
        let work = Continuation::of_event(Stage::Chain(stage), progress, json);
        continued(self.put_off(work, cause).await)
    }

    async fn stop(&self, work: Continuation, pause: Pause) -> EventOutcome {
        match pause {
            Pause::Again(delay) => continued(self.try_again(work, delay).await),
            Pause::Outage(cause) => continued(self.put_off(work, cause).await),
            Pause::GiveUp { reason, message } => match self.give_up(work, reason, message).await {
                Ok(()) => EventOutcome::DeadLettered,
                Err(error) => EventOutcome::PutOff(error),
            },
        }
    }

    /// Goes on with an event that has left the chain.
    pub(super) async fn deliver(&self, event: Box<PluginEvent>, progress: Progress) -> EventOutcome {
        match self.hand_over(event, progress).await {
            ChainEnd::Left(event) => self.show_to_all(event, progress).await,
            ChainEnd::Stopped { work, pause } => self.stop(*work, pause).await,
            ChainEnd::Dropped { by } => EventOutcome::Dropped { by },
        }
    }

    /// Hands an event that has left the chain to the sink.
    async fn hand_over(&self, event: Box<PluginEvent>, progress: Progress) -> ChainEnd {
        if let Err(cause) = self.sink.send(std::slice::from_ref(&*event)).await {
            let work = Continuation::of_event(Stage::Sink, Progress { attempt: 1, ..progress }, to_json(&event));
            return ChainEnd::Stopped { work: Box::new(work), pause: Pause::Outage(cause) };
        }
        Counts::add(&self.counts.sent, 1);
        ChainEnd::Left(event)
    }

    /// Shows an event that is in the sink to the apps that look on.
    async fn show_to_all(&self, event: Box<PluginEvent>, progress: Progress) -> EventOutcome {
        match self.look_on(&event, progress.hops).await {
            Ok(()) => EventOutcome::Sent(event),
            Err(error) => EventOutcome::PutOff(error),
        }
    }

    /// Runs the apps of the event's team in order, from the walk's place on.
    async fn run_chain<'a>(&'a self, walk: &Walk, tails: &mut Tails<'a>) -> ChainEnd {
        let event = &walk.entered;
        // Session recordings never go through apps (case 92).
        if event.name() == "$snapshot" {
            return ChainEnd::Left(Box::new(event.clone()));
        }
        let team = event.team();
        let uuid = event.uuid().to_owned();
        let mut json = walk.json.clone();
        let mut marks = walk.stage.marks.clone();
        for member in self.of_team(team) {
            let place = place_of(member);
            if walk.stage.from.is_some_and(|from| place < from) {
                continue;
            }
            // The attempts are those of the app at which the chain stopped.
            let attempt = if walk.stage.from == Some(place) { walk.progress.attempt } else { 1 };
            let progress = Progress { attempt, ..walk.progress };
            match self.step(member, &json, Subject::event(&uuid, progress), tails).await {
                Step::Skip => {}
                Step::Next { json: next, mark } => {
                    json = next;
                    let label = member.installation().label();
                    if mark == Mark::Failed { marks.failed.push(label) } else { marks.succeeded.push(label) }
                }
                Step::Drop => return ChainEnd::Dropped { by: member.installation().id },
                Step::Pause(pause) => {
                    let stage = ChainStage { from: Some(place), marks, person: ChainStage::person_of(event) };
                    let work = Continuation::of_event(Stage::Chain(stage), progress, json);
                    return ChainEnd::Stopped { work: Box::new(work), pause };
                }
            }
        }
        let deferred = self.of_team(team).filter(|member| member.can(&Function::OnEvent));
        let deferred = deferred.map(|member| member.installation().label()).collect();
        ChainEnd::Left(Box::new(finish(event, &json, marks, deferred)))
    }

    async fn step<'a>(&self, member: &'a Member, json: &str, subject: Subject<'_>, tails: &mut Tails<'a>) -> Step {
        if let Some(error) = member.load_error() {
            return disabled(member, error.to_string());
        }
        if !member.can(&Function::ProcessEvent) {
            return Step::Skip;
        }
        let mut called =
            self.call(member, Invocation::with(Function::ProcessEvent, json.to_owned()), subject, tails).await;
        match &mut called.result {
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
            Err(_) => failed(member, called, json),
        }
    }

    fn report_failure(&self, member: &Member, message: &str, subject: Subject<'_>) {
        Counts::add(&self.counts.failures, 1);
        member.log(LogSource::Plugin, LogLevel::Error, message, Some(subject.id));
    }
}

/// What becomes of the event when `processEvent` failed.
fn failed(member: &Member, called: Called, json: &str) -> Step {
    let Err(outcome) = called.result else { return Step::Skip };
    let (message, is_exhausted) = match outcome {
        Outcome::PutOff(cause) => return Step::Pause(Pause::Outage(restate(&cause))),
        Outcome::Again { delay, .. } => return Step::Pause(Pause::Again(delay)),
        Outcome::Disabled { message } => return disabled(member, message),
        Outcome::Failed { message, is_exhausted } => (message, is_exhausted),
    };
    match member.installation().on_error {
        ErrorPolicy::Drop => Step::Drop,
        ErrorPolicy::DeadLetter | ErrorPolicy::Retry => {
            let reason = if is_exhausted { DeadLetterReason::RetriesExhausted } else { DeadLetterReason::AppFailed };
            Step::Pause(Pause::GiveUp { reason, message })
        }
        // Changes made in place before the error are kept (case 78).
        ErrorPolicy::Pass => Step::Next {
            json: called.argument.filter(|argument| is_event(argument)).unwrap_or_else(|| json.to_owned()),
            mark: Mark::Failed,
        },
    }
}

fn disabled(member: &Member, message: String) -> Step {
    match member.installation().on_disabled {
        DisabledPolicy::Pass => Step::Skip,
        DisabledPolicy::DeadLetter => Step::Pause(Pause::GiveUp { reason: DeadLetterReason::Disabled, message }),
    }
}

fn place_of(member: &Member) -> ChainPlace {
    let installation = member.installation();
    ChainPlace { order: installation.order, installation: installation.id }
}

/// What storing work for later came to.
fn continued(stored: Result<(), Unavailable>) -> EventOutcome {
    match stored {
        Ok(()) => EventOutcome::Continued,
        Err(error) => EventOutcome::PutOff(error),
    }
}

/// Whether JSON text of the engine's is an object that can be read again: the engine nests deeper than readers do.
fn is_event(json: &str) -> bool {
    json.starts_with('{') && check_depth(json).is_ok()
}

pub(super) fn to_json(event: &PluginEvent) -> String {
    serde_json::to_string(event).expect("an event holds only JSON values and text keys")
}

/// The event as it leaves the chain: its team kept whatever the apps did, the person's properties settled, the apps listed.
fn finish(original: &PluginEvent, json: &str, marks: Marks, deferred: Vec<String>) -> PluginEvent {
    let Ok(Value::Object(members)) = crate::json::parse(json) else { return original.clone() };
    let mut event = PluginEvent { members };
    if let Some(team) = original.team() {
        event.members.insert("team_id".into(), team.0.into());
    }
    person::settle(original, &mut event);
    let properties = event.properties_mut();
    for (name, list) in
        [("$plugins_succeeded", marks.succeeded), ("$plugins_failed", marks.failed), ("$plugins_deferred", deferred)]
    {
        properties.remove(name);
        if !list.is_empty() {
            properties.insert(name.into(), list.into());
        }
    }
    event
}
