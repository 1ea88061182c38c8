//! The chain of `processEvent` (behaviour.md c.1, cases 71-93).

use super::Pipeline;
use super::calls::{Called, Invocation, Tails, Topic};
use super::continuation::{Continuation, Progress};
use super::members::Member;
use super::person;
use super::report::Counts;
use super::stage::{ChainPlace, ChainStage, Marks, Stage};
use super::walk::Walk;
use crate::decode::check_depth;
use crate::event::{InstallationId, PluginEvent};
use crate::installation::{DisabledPolicy, ErrorPolicy};
use crate::isolate::Function;
use crate::outcome::{Outcome, Wait};
use crate::ports::dead_letters::DeadLetterReason;
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
    /// The chain stops here for now.
    Pause(Pause),
}

/// Why a chain stops before its end.
pub(super) enum Pause {
    /// It goes on later.
    Waits(Wait),
    /// An app is disabled, and the event waits until it is enabled.
    Disabled(String),
    /// The app's failure ends the event's way.
    GiveUp { reason: DeadLetterReason, message: String },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Succeeded,
    Failed,
}

/// How a chain ended.
pub(super) enum ChainEnd {
    /// The event leaves the chain as it stands here.
    Left(Box<PluginEvent>),
    /// An app dropped it.
    Dropped { by: InstallationId },
    /// This is what is left to do.
    Stopped { work: Box<Continuation>, pause: Pause },
}

impl Pipeline {
    /// Runs the apps of the event's team in order, from the walk's place on.
    pub(super) async fn run_chain<'a>(&'a self, walk: &Walk, tails: &mut Tails<'a>) -> ChainEnd {
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
            match self.step(member, &json, Topic::event(&uuid, progress), tails).await {
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
        let looks_on = |member: &&Member| member.can(&Function::OnEvent) && member.disabled().is_none();
        let deferred = self.of_team(team).filter(looks_on);
        let deferred = deferred.map(|member| member.installation().label()).collect();
        ChainEnd::Left(Box::new(finish(event, &json, marks, deferred)))
    }

    async fn step<'a>(&self, member: &'a Member, json: &str, topic: Topic<'_>, tails: &mut Tails<'a>) -> Step {
        if let Some(error) = member.load_error() {
            return disabled(member, error.to_string());
        }
        if !member.can(&Function::ProcessEvent) {
            return Step::Skip;
        }
        let mut called =
            self.call(member, Invocation::with(Function::ProcessEvent, json.to_owned()), topic, tails).await;
        match &mut called.result {
            Ok(returned) if returned.is_falsy => Step::Drop,
            Ok(returned) => match returned.json.take().filter(|json| is_event(json)) {
                Some(next) if returned.team_was_changed => {
                    self.report_failure(member, "Plugin tried to change event.team_id", topic);
                    Step::Next { json: next, mark: Mark::Failed }
                }
                Some(next) => Step::Next { json: next, mark: Mark::Succeeded },
                None => {
                    self.report_failure(member, NO_EVENT, topic);
                    Step::Next { json: json.to_owned(), mark: Mark::Failed }
                }
            },
            Err(_) => failed(member, called, json),
        }
    }

    fn report_failure(&self, member: &Member, message: &str, topic: Topic<'_>) {
        Counts::add(&self.counts.failures, 1);
        member.report_problem(&Function::ProcessEvent.name(), message, topic.id);
    }
}

/// What becomes of the event when `processEvent` failed.
fn failed(member: &Member, called: Called, json: &str) -> Step {
    let Err(outcome) = called.result else { return Step::Skip };
    let (message, is_exhausted) = match outcome {
        Outcome::Waits(wait) => return Step::Pause(Pause::Waits(wait)),
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
        DisabledPolicy::Park => Step::Pause(Pause::Disabled(message)),
        DisabledPolicy::DeadLetter => Step::Pause(Pause::GiveUp { reason: DeadLetterReason::Disabled, message }),
    }
}

fn place_of(member: &Member) -> ChainPlace {
    let installation = member.installation();
    ChainPlace { order: installation.order, installation: installation.id }
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
