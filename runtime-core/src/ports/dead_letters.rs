//! Work that ended without success, kept whole so that it can be looked at and run again.

use super::Unavailable;
use super::clock::Timestamp;
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
}

/// Where dead letters go.
///
/// Guarantees: once `put` has returned `Ok` the letter survives the process; `list` returns letters by `created_at`, then `id`.
#[async_trait]
pub trait DeadLetters: Send + Sync {
    /// Stores the letter, replacing one of the same id.
    async fn put(&self, letter: DeadLetter) -> Result<(), Unavailable>;

    /// At most `limit` letters, oldest first.
    async fn list(&self, limit: usize) -> Result<Vec<DeadLetter>, Unavailable>;
}
