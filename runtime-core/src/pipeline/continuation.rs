//! Unfinished work on its way to a later time: what it is, and how it is written down (design decisions 7, 8 and 19).

use super::stage::Stage;
use crate::event::{InstallationId, WorkUnit};
use crate::extensions::jobs::JobMessage;
use crate::ports::clock::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// What the body of a message says that holds a continuation; jobs share the queue and say nothing.
const KIND: &str = "continuation";

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
