//! Unfinished work on its way to a later time: what it is, and how it is written down (design decisions 7, 8 and 19).

use crate::event::{InstallationId, PluginEvent, WorkUnit};
use crate::extensions::jobs::JobMessage;
use crate::isolate::Function;
use crate::ports::clock::Timestamp;
use crate::ports::delayed_queue::Lane;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// What the body of a message says that holds a continuation; jobs share the queue and say nothing.
const KIND: &str = "continuation";

/// Where the work goes on. What lies before it is never done again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Stage {
    /// In the chain of `processEvent`.
    Chain(ChainStage),
    /// The event has left the chain and is not in the sink yet.
    Sink,
    /// `onEvent` of one installation.
    OnEvent {
        /// Whose.
        installation: InstallationId,
    },
    /// `composeWebhook` of one installation, and sending what it composes.
    Webhook {
        /// Whose.
        installation: InstallationId,
    },
    /// `exportEvents` of one installation, for a batch that stays as it is.
    Export {
        /// Whose.
        installation: InstallationId,
        /// The same at every attempt of a batch that stays as it is; none for events that are yet to be put into batches.
        #[serde(default)]
        batch_id: Option<String>,
    },
    /// A job of one installation.
    Job {
        /// Whose.
        installation: InstallationId,
        /// Its key in `exports.jobs`.
        job: String,
        /// The id under which it was enqueued.
        id: String,
    },
    /// A scheduled task of one installation.
    Task {
        /// Whose.
        installation: InstallationId,
        /// `runEveryMinute`, `runEveryHour` or `runEveryDay`.
        task: String,
        /// The time for which it was scheduled.
        tick: Timestamp,
    },
}

/// A place in the chain, with what the apps before it have left beside the event.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ChainStage {
    /// The app at which the chain goes on; the first one if there is none.
    pub from: Option<ChainPlace>,
    /// The apps so far.
    pub marks: Marks,
    /// `$set` and `$set_once` of the event as it entered the chain, where it had them: they settle which change wins.
    pub person: Map<String, Value>,
}

/// An app's place in the chain. Still a place when the app is gone by the time the work goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ChainPlace {
    /// The installation's own order.
    pub order: i64,
    /// Which of those of equal order.
    pub installation: InstallationId,
}

/// Labels of the apps that a chain has run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// For `$plugins_succeeded`.
    pub succeeded: Vec<String>,
    /// For `$plugins_failed`.
    pub failed: Vec<String>,
}

/// How far a piece of work has come at its stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Which attempt of the app is next, counted from 1.
    pub attempt: u32,
    /// How often in a row a port out of reach kept it from being done.
    pub outages: u32,
    /// How often it was parked in front of an app, or handed on for want of time.
    #[serde(default)]
    pub parks: u32,
    /// When it was put off for the first time.
    pub first_at: Option<Timestamp>,
    /// How many captures led here.
    pub hops: u32,
    /// When this invocation must have let go of it, as the clock's `elapsed` counts; a matter of this process alone.
    #[serde(skip)]
    pub until: Option<Duration>,
}

/// What the work is about, as JSON text that is kept as it stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// An event as it now is.
    Event(Box<RawValue>),
    /// Events for `exportEvents`.
    Batch(Vec<Box<RawValue>>),
    /// What a job or task is called with.
    Payload(Option<Value>),
}

/// Work that goes on later.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Continuation {
    kind: String,
    #[serde(rename = "v")]
    version: u64,
    /// From where.
    pub stage: Stage,
    /// How far it is.
    pub progress: Progress,
    /// With what.
    pub subject: Subject,
}

/// Why a message is no continuation that this release can go on with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadContinuation {
    /// It must be left to a newer release.
    #[error(
        "unfinished work of format {found} waits for a newer release: this one knows formats up to {}",
        Continuation::VERSION
    )]
    Newer {
        /// The format that it says it has.
        found: u64,
    },
    /// It is neither a continuation nor a job, so it is a newer release's.
    #[error("work of the kind \"{kind}\" waits for a newer release: this one knows jobs and continuations")]
    UnknownKind {
        /// What it says it is.
        kind: String,
    },
    /// Nothing can be made of it.
    #[error("unfinished work cannot be read: {0}")]
    Malformed(String),
}

/// What every body in the queue can be asked before it is read.
#[derive(Deserialize)]
struct Header {
    #[serde(default)]
    kind: Option<String>,
    #[serde(default, rename = "v")]
    version: Option<u64>,
}

impl Continuation {
    /// The format that this release writes.
    pub const VERSION: u64 = 1;

    /// Work on an event.
    pub fn of_event(stage: Stage, progress: Progress, json: String) -> Self {
        let event = RawValue::from_string(json).expect("the event was read or written as JSON before");
        Self { kind: KIND.into(), version: Self::VERSION, stage, progress, subject: Subject::Event(event) }
    }

    /// Work on a batch, which is frozen by this.
    pub fn of_batch(stage: Stage, progress: Progress, batch: Vec<Box<RawValue>>) -> Self {
        Self { kind: KIND.into(), version: Self::VERSION, stage, progress, subject: Subject::Batch(batch) }
    }

    /// A job or a scheduled task.
    pub fn of_run(stage: Stage, progress: Progress, payload: Option<Value>) -> Self {
        let subject = Subject::Payload(payload);
        Self { kind: KIND.into(), version: Self::VERSION, stage, progress, subject }
    }

    /// A dead letter's work, from its stage and with a first attempt.
    ///
    /// # Errors
    /// When stage or body are not what such a letter holds.
    pub fn of_letter(stage: &str, body: &[u8]) -> Result<Self, BadContinuation> {
        let malformed = |error: serde_json::Error| BadContinuation::Malformed(error.to_string());
        let stage: Stage = serde_json::from_str(stage).map_err(malformed)?;
        let subject = match &stage {
            Stage::Export { .. } => Subject::Batch(serde_json::from_slice(body).map_err(malformed)?),
            Stage::Job { .. } | Stage::Task { .. } => {
                Subject::Payload(serde_json::from_slice(body).map_err(malformed)?)
            }
            _ => Subject::Event(serde_json::from_slice(body).map_err(malformed)?),
        };
        Ok(Self { kind: KIND.into(), version: Self::VERSION, stage, progress: Progress::first(0), subject })
    }

    /// Whether the body of a message claims to be one; otherwise it is a job's, or nothing that can be read.
    ///
    /// # Errors
    /// When it is of a kind, or a job of a format, that only a newer release knows.
    pub fn is_claimed_by(body: &str) -> Result<bool, BadContinuation> {
        let Ok(header) = serde_json::from_str::<Header>(body) else { return Ok(false) };
        match (header.kind.as_deref(), header.version) {
            (Some(KIND), _) => Ok(true),
            (None, Some(found)) if found > u64::from(JobMessage::VERSION) => Err(BadContinuation::Newer { found }),
            (None, _) => Ok(false),
            (Some(kind), _) => Err(BadContinuation::UnknownKind { kind: kind.to_owned() }),
        }
    }

    /// Reads the body of a message.
    ///
    /// # Errors
    /// See [`BadContinuation`].
    pub fn parse(body: &str) -> Result<Self, BadContinuation> {
        let malformed = |error: serde_json::Error| BadContinuation::Malformed(error.to_string());
        let header: Header = serde_json::from_str(body).map_err(malformed)?;
        match header.version {
            Some(found) if found > Self::VERSION => return Err(BadContinuation::Newer { found }),
            Some(1..) => {}
            _ => return Err(BadContinuation::Malformed("it has no format".into())),
        }
        let read: Self = serde_json::from_str(body).map_err(malformed)?;
        if read.progress.attempt == 0 {
            return Err(BadContinuation::Malformed("attempts are counted from 1".into()));
        }
        let belong_together = match &read.stage {
            Stage::Export { .. } => matches!(read.subject, Subject::Batch(_)),
            Stage::Job { .. } | Stage::Task { .. } => matches!(read.subject, Subject::Payload(_)),
            _ => matches!(read.subject, Subject::Event(_)),
        };
        if !belong_together {
            return Err(BadContinuation::Malformed("its stage and its subject do not belong together".into()));
        }
        Ok(read)
    }

    /// As the body of a message.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("plain data always has a JSON form")
    }

    /// What it is about, as JSON text: an event, an array of them, or a payload.
    pub fn subject_json(&self) -> String {
        match &self.subject {
            Subject::Event(event) => event.get().to_owned(),
            Subject::Batch(batch) => serde_json::to_string(batch).expect("raw JSON values have a JSON form"),
            Subject::Payload(payload) => serde_json::to_string(payload).expect("a JSON value has a JSON form"),
        }
    }

    /// The id of its message: equal work at an equal point has an equal id, so that a duplicate is sent once. Not made of the
    /// event's uuid alone, as two events may carry the same one and neither may be lost.
    pub fn message_id(&self) -> String {
        let digest = digest(&self.subject_json());
        let Progress { outages, parks, .. } = self.progress;
        let stage = format!("{}/{outages}/{parks}", self.stage.label());
        let work = WorkUnit {
            subject: &digest,
            stage: &stage,
            installation: self.stage.installation().unwrap_or(InstallationId(0)),
            function: &self.stage.function().unwrap_or_default(),
            attempt: self.progress.attempt,
        };
        format!("{KIND}-{}", work.id())
    }

    /// Whether it has been put off before.
    pub fn has_waited(&self) -> bool {
        self.progress.first_at.is_some()
    }

    /// The same work, one attempt of the app later.
    #[must_use]
    pub fn after_attempt(mut self) -> Self {
        self.progress.attempt += 1;
        self.progress.outages = 0;
        self
    }
}

impl Stage {
    /// Its name: `chain:39`, `sink`, `on_event:39`, ...
    pub fn label(&self) -> String {
        match self {
            Self::Chain(ChainStage { from: None, .. }) => "chain".into(),
            Self::Chain(ChainStage { from: Some(place), .. }) => format!("chain:{}", place.installation),
            Self::Sink => "sink".into(),
            Self::OnEvent { installation } => format!("on_event:{installation}"),
            Self::Webhook { installation } => format!("webhook:{installation}"),
            Self::Export { installation, batch_id: None } => format!("export:{installation}"),
            Self::Export { installation, batch_id: Some(id) } => format!("export:{installation}:{id}"),
            Self::Job { installation, job, id } => format!("job:{installation}:{job}:{id}"),
            Self::Task { installation, task, tick } => format!("task:{installation}:{task}:{}", tick.0),
        }
    }

    /// As JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("plain data always has a JSON form")
    }

    /// Who works on it.
    pub fn lane(&self) -> Lane {
        match self {
            Self::Chain(_) | Self::Sink | Self::OnEvent { .. } | Self::Webhook { .. } => Lane::Continuations,
            Self::Export { .. } => Lane::Exports,
            Self::Job { .. } | Self::Task { .. } => Lane::Jobs,
        }
    }

    /// Whose work it is, if it is one installation's.
    pub fn installation(&self) -> Option<InstallationId> {
        match self {
            Self::Chain(chain) => chain.from.map(|place| place.installation),
            Self::Sink => None,
            Self::OnEvent { installation }
            | Self::Webhook { installation }
            | Self::Export { installation, .. }
            | Self::Job { installation, .. }
            | Self::Task { installation, .. } => Some(*installation),
        }
    }

    /// The function with which it goes on, if that is one installation's.
    pub fn function(&self) -> Option<String> {
        let function = match self {
            Self::Chain(chain) => chain.from.map(|_| Function::ProcessEvent),
            Self::Sink => None,
            Self::OnEvent { .. } => Some(Function::OnEvent),
            Self::Webhook { .. } => Some(Function::ComposeWebhook),
            Self::Export { .. } => Some(Function::ExportEvents),
            Self::Job { job, .. } => Some(Function::Job(job.clone())),
            Self::Task { task, .. } => Some(Function::Task(task.clone())),
        };
        function.map(|function| function.name())
    }
}

impl ChainStage {
    /// What the chain needs to know of an event as it entered.
    pub(super) fn person_of(event: &PluginEvent) -> Map<String, Value> {
        let member = |name: &str| event.members.get(name).map(|value| (name.to_owned(), value.clone()));
        ["$set", "$set_once"].into_iter().filter_map(member).collect()
    }

    /// The event as it entered the chain, as far as the end of the chain asks for it.
    pub(super) fn entered(&self, current: &PluginEvent) -> PluginEvent {
        let mut entered = current.clone();
        for name in ["$set", "$set_once"] {
            match self.person.get(name) {
                Some(value) => entered.members.insert(name.into(), value.clone()),
                None => entered.members.remove(name),
            };
        }
        entered
    }
}

impl Progress {
    /// Work that is done for the first time.
    pub fn first(hops: u32) -> Self {
        Self { attempt: 1, outages: 0, parks: 0, first_at: None, hops, until: None }
    }
}

/// The first 16 hex digits of the SHA-256 of a text: enough to tell bodies of one id apart.
pub(super) fn digest(text: &str) -> String {
    Sha256::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
