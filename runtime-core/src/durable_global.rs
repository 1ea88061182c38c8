//! `meta.global` beyond the life of an isolate: which apps get it, and how the environments of a stack share one snapshot
//! (design decision 14).
//!
//! The isolate reads and restores (`isolate/global.rs`), the pipeline says when (`pipeline/globals.rs`). Here is what both hold:
//! keys with their JSON text, the changes between two states, and the document that changes are laid over, key by key: the last
//! writer of a key wins, and writers of different keys do not meet.

use crate::installation::Installation;
use crate::ports::Unavailable;
use crate::ports::clock::Clock;
use crate::ports::documents::{Document, Documents, MAXIMUM_BYTES, NewDocument};
use futures_util::future::{Either, select};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::time::Duration;

/// The format of snapshots that this release writes and reads.
const VERSION: u32 = 1;

/// How long the store may take: nothing depends on it, so nothing waits for it longer.
const LONGEST: Duration = Duration::from_secs(3);

/// How often a save starts again because another environment has written in between.
const ATTEMPTS: usize = 10;

/// Keys of `meta.global` with the JSON text of their values, in the order in which the app made them.
pub(crate) type Keys = Vec<(String, Box<RawValue>)>;

/// What an environment did to `meta.global` since its own last snapshot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes {
    set: Keys,
    deleted: Vec<String>,
}

impl Changes {
    /// What leads from one state to the other.
    pub(crate) fn between(before: &Keys, after: &Keys) -> Self {
        let known: HashMap<&str, &str> = before.iter().map(|(key, text)| (key.as_str(), text.get())).collect();
        let left: HashSet<&str> = after.iter().map(|(key, _)| key.as_str()).collect();
        let is_new = |(key, text): &&(String, Box<RawValue>)| known.get(key.as_str()) != Some(&text.get());
        Self {
            set: after.iter().filter(is_new).cloned().collect(),
            deleted: before.iter().map(|(key, _)| key).filter(|key| !left.contains(key.as_str())).cloned().collect(),
        }
    }

    /// Whether nothing changed.
    pub(crate) fn is_empty(&self) -> bool {
        self.set.is_empty() && self.deleted.is_empty()
    }

    /// Lays the changes over a state; whether that makes another one of it.
    fn apply(&self, keys: &mut Keys) -> bool {
        let deleted: HashSet<&str> = self.deleted.iter().map(String::as_str).collect();
        let before = keys.len();
        keys.retain(|(key, _)| !deleted.contains(key.as_str()));
        let mut is_another = keys.len() != before;
        let places: HashMap<String, usize> =
            keys.iter().enumerate().map(|(place, (key, _))| (key.clone(), place)).collect();
        for (key, text) in &self.set {
            match places.get(key) {
                Some(place) if keys[*place].1.get() == text.get() => continue,
                Some(place) => keys[*place].1 = text.clone(),
                None => keys.push((key.clone(), text.clone())),
            }
            is_another = true;
        }
        is_another
    }
}

/// A snapshot as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct Snapshot {
    #[serde(rename = "v")]
    version: u32,
    keys: Keys,
}

/// Why a snapshot was neither read nor written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SnapshotError {
    /// The documents are out of reach.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// It is not of a format that this release reads. A newer release may have written it, so it stays.
    #[error("the stored snapshot of global has a format that this release does not know")]
    Unreadable,
    /// With the changes it would be larger than a document may be.
    #[error("global has more than {MAXIMUM_BYTES} bytes of JSON: it is not kept")]
    TooLarge,
    /// Other environments were faster each time.
    #[error("global was written by other environments {ATTEMPTS} times in a row")]
    Contended,
    /// The documents took too long.
    #[error("the documents have not answered for {} s", LONGEST.as_secs())]
    Late,
}

/// Where the snapshot of this version of an installation is kept.
pub(crate) fn key(installation: &Installation) -> String {
    format!("global/{}/{}", installation.id, installation.version())
}

/// The keys of the last snapshot; none where there is no snapshot.
pub(crate) async fn load(documents: &dyn Documents, key: &str) -> Result<Keys, SnapshotError> {
    keys_of(documents.get(key).await?.as_ref())
}

/// Lays changes over the snapshot that is stored by then.
pub(crate) async fn save(documents: &dyn Documents, key: &str, changes: &Changes) -> Result<(), SnapshotError> {
    for _ in 0..ATTEMPTS {
        let seen = documents.get(key).await?;
        let mut keys = keys_of(seen.as_ref())?;
        if !changes.apply(&mut keys) {
            return Ok(());
        }
        let snapshot = Snapshot { version: VERSION, keys };
        let json = serde_json::to_string(&snapshot).expect("keys with JSON texts have a JSON form");
        if json.len() > MAXIMUM_BYTES {
            return Err(SnapshotError::TooLarge);
        }
        if documents.put(key, NewDocument { json, ends_at: None }, seen.as_ref()).await? {
            return Ok(());
        }
    }
    Err(SnapshotError::Contended)
}

fn keys_of(document: Option<&Document>) -> Result<Keys, SnapshotError> {
    let Some(document) = document else { return Ok(Keys::new()) };
    match serde_json::from_str::<Snapshot>(&document.json) {
        Ok(snapshot) if snapshot.version == VERSION => Ok(snapshot.keys),
        _ => Err(SnapshotError::Unreadable),
    }
}

/// Gives the work up when it has taken too long.
pub(crate) async fn in_time<T>(
    clock: &dyn Clock,
    work: impl Future<Output = Result<T, SnapshotError>>,
) -> Result<T, SnapshotError> {
    let late = clock.sleep_until(clock.elapsed() + LONGEST);
    match select(pin!(work), late).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => Err(SnapshotError::Late),
    }
}

#[cfg(test)]
mod tests;
