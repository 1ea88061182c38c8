//! The two formats of the registry: the head, and a snapshot.

use super::record::{Change, Record, RevisionInfo, Snapshot};
use super::{KEPT_REVISIONS, RegistryError};
use crate::event::TeamId;
use crate::ports::clock::Timestamp;
use crate::ports::documents::Document;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The format of heads and snapshots that this release writes, and the newest that it reads.
const FORMAT: u64 = 1;

/// How many characters of who and what are kept: the head is read often, so it stays small.
const LONGEST_TEXT: usize = 200;

/// The document that names the snapshot which holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    v: u64,
    pub(super) revision: u64,
    pub(super) written_at: Timestamp,
    pub(super) by: String,
    pub(super) summary: String,
    /// The name of the snapshot's blob.
    pub(super) snapshot: String,
}

/// Everything that is installed at one revision.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredSnapshot {
    v: u64,
    revision: u64,
    written_at: Timestamp,
    by: String,
    summary: String,
    tokens: BTreeMap<String, TeamId>,
    pub(super) installations: Vec<Record>,
    pub(super) earlier: Vec<Earlier>,
    /// The id of the key under which secrets are sealed; none before the first rotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) data_key: Option<String>,
}

/// A snapshot that held before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Earlier {
    pub(super) revision: u64,
    pub(super) written_at: Timestamp,
    pub(super) by: String,
    pub(super) summary: String,
    pub(super) snapshot: String,
    /// Whether it was given up before its time: it cannot hold again, and is listed for the next upkeep alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_dropped: bool,
}

impl Earlier {
    pub(super) fn info(&self) -> RevisionInfo {
        let Self { revision, written_at, by, summary, is_dropped, .. } = self.clone();
        RevisionInfo { revision, written_at, by, summary, is_dropped }
    }
}

impl Head {
    pub(super) fn of(stored: &StoredSnapshot, snapshot: String) -> Self {
        let StoredSnapshot { revision, written_at, by, summary, .. } = stored;
        Self {
            v: FORMAT,
            revision: *revision,
            written_at: *written_at,
            by: by.clone(),
            summary: summary.clone(),
            snapshot,
        }
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("plain data always has a JSON form")
    }

    pub(super) fn parse(json: &str) -> Result<Self, RegistryError> {
        parse(json.as_bytes(), "the head of the registry")
    }
}

impl StoredSnapshot {
    /// What holds once `change` was made to what was `seen`.
    pub(super) fn after(seen: &Snapshot, change: Change, now: Timestamp) -> Self {
        let Change { by, summary, tokens, records: mut installations } = change;
        installations.sort_by_key(|record| record.id);
        let last = seen.name.as_ref().map(|snapshot| Earlier {
            revision: seen.revision,
            written_at: seen.written_at,
            by: seen.by.clone(),
            summary: seen.summary.clone(),
            snapshot: snapshot.clone(),
            is_dropped: false,
        });
        let earlier = last.into_iter().chain(seen.earlier.iter().cloned()).take(KEPT_REVISIONS - 1).collect();
        let [by, summary] = [by, summary].map(|text| text.chars().take(LONGEST_TEXT).collect());
        let (revision, data_key) = (seen.revision + 1, seen.data_key.clone());
        Self { v: FORMAT, revision, written_at: now, by, summary, tokens, installations, earlier, data_key }
    }

    pub(super) fn into_snapshot(self, held: Option<(String, Document)>) -> Snapshot {
        let Self { v: _, revision, written_at, by, summary, tokens, installations, earlier, data_key } = self;
        let (name, document) = held.unzip();
        Snapshot { revision, written_at, by, summary, tokens, installations, data_key, earlier, name, document }
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain data always has a JSON form")
    }

    pub(super) fn parse(json: &[u8]) -> Result<Self, RegistryError> {
        parse(json, "the snapshot of the registry")
    }
}

fn parse<T: DeserializeOwned>(json: &[u8], what: &'static str) -> Result<T, RegistryError> {
    #[derive(Deserialize)]
    struct Header {
        v: u64,
    }
    let unreadable = |error: serde_json::Error| RegistryError::Unreadable { what, reason: error.to_string() };
    // Asked first: a later format may be anything else.
    let found = serde_json::from_slice::<Header>(json).map_err(unreadable)?.v;
    if found > FORMAT {
        return Err(RegistryError::Newer { what, found, reads: FORMAT });
    }
    serde_json::from_slice(json).map_err(unreadable)
}
