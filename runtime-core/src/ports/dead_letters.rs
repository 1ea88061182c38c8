//! Work that ended without success, kept whole so that it can be looked at and run again.

use super::Unavailable;
use super::clock::Timestamp;
use super::delayed_queue::Lane;
use crate::event::{InstallationId, TeamId};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Why a piece of work was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadLetterReason {
    /// The record or event could not be read.
    Undecodable,
    /// No team could be found for the event.
    UnknownTeam,
    /// A capture came from too many captures before it (behaviour.md, `posthog.capture`).
    CaptureLoop,
    /// An app failed, and its policy or its function says that this is final.
    AppFailed,
    /// The app is disabled.
    Disabled,
    /// A job names a task that the app does not have, or a payload that cannot be read (cases 151, 155).
    BadJob,
    /// A port was out of reach, for too long or where nothing could put the work off.
    Unavailable,
    /// An app asked for another attempt once too often.
    RetriesExhausted,
    /// Unfinished work that cannot be read, or that belongs to an installation which is not there.
    BadContinuation,
    /// A queue gave the message up: it was delivered again and again and never finished, as if whoever worked on it had crashed.
    Crashed,
    /// A message named a body that is not in the blob store any more.
    LostBody,
    /// The sink will never take the final event.
    Refused,
}

impl DeadLetterReason {
    /// Its name as it is stored and shown: `app_failed`, `crashed`, ...
    pub fn name(self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => name,
            _ => unreachable!("a unit variant is written as its name"),
        }
    }
}

/// From where a dead letter goes on when it is run again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Redrive {
    /// The body is a record for the head of the pipeline.
    Record,
    /// The body is a message of this lane, as it was.
    Message(Lane),
    /// The body is the subject of a continuation that goes on from this stage (its JSON text), with a first attempt.
    Stage(String),
}

/// Which letters are meant. The default is all that were not redriven.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LetterFilter {
    /// Of that installation.
    pub installation: Option<InstallationId>,
    /// Of that reason.
    pub reason: Option<DeadLetterReason>,
    /// Of that function.
    pub function: Option<String>,
    /// Given up at that time or later.
    pub since: Option<Timestamp>,
    /// Given up before that time.
    pub until: Option<Timestamp>,
    /// Which states.
    pub states: LetterStates,
}

/// Letters of which states.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LetterStates {
    /// Those that wait.
    #[default]
    Waiting,
    /// Those that were sent again, too.
    All,
}

/// What came of the attempt to redrive a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is the caller's to send, until the claim ends.
    Claimed(Box<DeadLetter>),
    /// Somebody else is about to send it.
    Taken,
    /// It was sent before.
    Redriven,
    /// There is none of that id.
    Missing,
}

/// One dead letter. Writing the same `id` again replaces it: a duplicate delivery makes no second letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Derived from the work, so that the same failure has the same id.
    pub id: String,
    /// Why.
    pub reason: DeadLetterReason,
    /// What happened, for a person; no event body and no secret in it.
    pub message: String,
    /// Everything that is needed to run it again: the record or event as it stood, byte for byte.
    pub body: Vec<u8>,
    /// Whose work it was, where it was one installation's.
    pub installation: Option<InstallationId>,
    /// The function that failed: `processEvent`, `jobs.NAME`, ...
    pub function: Option<String>,
    /// The team, where it is known.
    pub team: Option<TeamId>,
    /// When it was given up.
    pub created_at: Timestamp,
    /// How it is run again: only what failed, nothing that was done before it.
    pub redrive: Redrive,
    /// When it was sent again, if it was.
    #[serde(default)]
    pub redriven_at: Option<Timestamp>,
}

/// Where dead letters go.
///
/// Guarantees: once `put` has returned `Ok` the letter survives the process; `list` returns letters by `created_at`, then `id`;
/// of several callers that claim a letter at the same time one gets it, and after [`DeadLetters::redriven`] nobody does, unless
/// the same work fails again and is `put` again.
#[async_trait]
pub trait DeadLetters: Send + Sync {
    /// Stores the letter, replacing one of the same id, whatever its state.
    async fn put(&self, letter: DeadLetter) -> Result<(), Unavailable>;

    /// At most `limit` letters that the filter lets through, oldest first.
    async fn list(&self, filter: &LetterFilter, limit: usize) -> Result<Vec<DeadLetter>, Unavailable>;

    /// The letter of that id.
    async fn get(&self, id: &str) -> Result<Option<DeadLetter>, Unavailable>;

    /// Claims a letter in order to send it, until `until`: whoever crashes before [`DeadLetters::redriven`] leaves it to the next.
    async fn claim(&self, id: &str, now: Timestamp, until: Timestamp) -> Result<Claim, Unavailable>;

    /// A claimed letter has been sent.
    async fn redriven(&self, id: &str, at: Timestamp) -> Result<(), Unavailable>;

    /// Removes a letter for good. Whether there was one.
    async fn remove(&self, id: &str) -> Result<bool, Unavailable>;
}
