//! What is installed: the installations of a stack or of a folder, by revision.
//!
//! A **snapshot** is everything that is installed at one revision: a blob, so named by its hash and never changed. The document
//! [`HEAD`] names the snapshot that holds now. It alone is ever written over, by compare-and-set: a change becomes visible as a
//! whole or not at all, and of two at once exactly one wins. Whoever may only read the documents cannot change what is
//! installed, even if the blobs are theirs to write: a blob whose bytes do not have its name's hash does not exist.
//!
//! A snapshot lists the snapshots before it, the last [`KEPT_REVISIONS`], so that one can be made to hold again. What only older
//! ones name is removed by `prune`, and `rotate` seals all secrets anew under a new key.

mod attachments;
mod bundles;
mod install;
mod limits;
mod prune;
mod record;
mod rotate;
pub mod secrets;
mod stored;
#[cfg(test)]
mod tests;
mod watch;

pub use bundles::{BundleError, pack, unpack};
pub use install::{InstallFailure, Installed};
pub use limits::{LimitProblem, PartialLimits};
pub use prune::{PruneMode, PruneOptions, Pruned};
pub use record::{Change, Record, RevisionInfo, Snapshot, StoredAttachment};
pub use rotate::{RotateError, Rotated, opener};
pub use secrets::{Sealed, SecretBox, SecretError, SecretText};
pub use watch::{Current, Watch, WatchParts};

use crate::event::InstallationId;
use crate::ports::Unavailable;
use crate::ports::blob_store::BlobStore;
use crate::ports::clock::Clock;
use crate::ports::documents::{Document, Documents, NewDocument};
use std::sync::Arc;
use stored::{Head, StoredSnapshot};

/// The key of the document that names the snapshot which holds.
pub const HEAD: &str = "registry";

/// How many revisions can be looked up, the newest included.
pub const KEPT_REVISIONS: usize = 50;

/// The installations by revision, over the documents and blobs that were made for them.
#[derive(Clone)]
pub struct Registry {
    documents: Arc<dyn Documents>,
    blobs: Arc<dyn BlobStore>,
    clock: Arc<dyn Clock>,
}

/// Why the registry did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// A store is out of reach: try again.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// Somebody else was faster. Nothing was changed.
    #[error("{by} has written revision {revision} in the meantime: look at what changed, then try again")]
    Conflict {
        /// Who.
        by: String,
        /// What holds now.
        revision: u64,
    },
    /// A later release has written it.
    #[error("{what} has format {found} and this release reads {reads}: update hedgerow")]
    Newer {
        /// The head, a snapshot or a bundle.
        what: &'static str,
        /// Its format.
        found: u64,
        /// The newest format that is known here.
        reads: u64,
    },
    /// Something that was stored is not there any more, or not as it was.
    #[error("{what} {name} is gone or damaged: {advice}")]
    Lost {
        /// What.
        what: &'static str,
        /// The name of its blob.
        name: String,
        /// What to do.
        advice: &'static str,
    },
    /// Something stored cannot be read.
    #[error("{what} cannot be read: {reason}")]
    Unreadable {
        /// The head, or a snapshot.
        what: &'static str,
        /// What and where.
        reason: String,
    },
    /// A bundle is none.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// Two installations have one number.
    #[error("installation {0} is there twice: give each a number of its own")]
    Twice(InstallationId),
    /// An installation has no name that outlives its bundle: its cache would be another one with each version.
    #[error("installation {0} has no slug: give it one that stays the same over all versions of the app")]
    NoSlug(InstallationId),
}

impl Registry {
    /// A registry over its stores; `clock` dates what is written.
    #[must_use]
    pub fn new(documents: Arc<dyn Documents>, blobs: Arc<dyn BlobStore>, clock: Arc<dyn Clock>) -> Self {
        Self { documents, blobs, clock }
    }

    /// The revision that holds; 0 before the first. One read of a few hundred bytes.
    ///
    /// # Errors
    /// When the head is out of reach or cannot be read.
    pub async fn revision(&self) -> Result<u64, RegistryError> {
        Ok(self.head().await?.map_or(0, |(head, _)| head.revision))
    }

    /// What is installed; empty at revision 0 before the first write.
    ///
    /// # Errors
    /// When it is out of reach, lost, or of a later release.
    pub async fn read(&self) -> Result<Snapshot, RegistryError> {
        let Some((head, document)) = self.head().await? else { return Ok(Snapshot::none()) };
        let stored = self.stored(&head.snapshot).await?;
        Ok(stored.into_snapshot(Some((head.snapshot, document))))
    }

    /// What was installed at a revision; `None` if it is not among the last [`KEPT_REVISIONS`].
    ///
    /// # Errors
    /// As [`Registry::read`].
    pub async fn read_revision(&self, revision: u64) -> Result<Option<Snapshot>, RegistryError> {
        let now = self.read().await?;
        if now.revision == revision {
            return Ok(Some(now));
        }
        let Some(earlier) = now.kept().find(|earlier| earlier.revision == revision) else { return Ok(None) };
        Ok(Some(self.stored(&earlier.snapshot).await?.into_snapshot(None)))
    }

    /// Who wrote what and when, newest first, at most so many.
    ///
    /// # Errors
    /// As [`Registry::read`].
    pub async fn history(&self, newest: usize) -> Result<Vec<RevisionInfo>, RegistryError> {
        let mut infos = self.read().await?.infos();
        infos.truncate(newest);
        Ok(infos)
    }

    /// Makes `change` hold, if what holds is still what was `seen`. Returns its revision.
    ///
    /// # Errors
    /// [`RegistryError::Conflict`] if it is not; [`RegistryError::Twice`] and [`RegistryError::NoSlug`] for what cannot be; when a
    /// store is out of reach. Nothing has changed then, except that after an [`RegistryError::Unavailable`] it may have.
    pub async fn write(&self, seen: &Snapshot, change: Change) -> Result<u64, RegistryError> {
        change.check()?;
        self.hold(seen, StoredSnapshot::after(seen, change, self.clock.now())).await
    }

    /// The one way in which anything becomes visible: by compare-and-set.
    async fn hold(&self, seen: &Snapshot, stored: StoredSnapshot) -> Result<u64, RegistryError> {
        let snapshot = self.blobs.put(&stored.to_json()).await?;
        let head = Head::of(&stored, snapshot);
        let document = NewDocument { json: head.to_json(), ends_at: None };
        if self.documents.put(HEAD, document, seen.document.as_ref()).await? {
            return Ok(head.revision);
        }
        match self.head().await? {
            Some((now, _)) => Err(RegistryError::Conflict { by: now.by, revision: now.revision }),
            None => Err(RegistryError::Conflict { by: "somebody".to_owned(), revision: 0 }),
        }
    }

    async fn head(&self) -> Result<Option<(Head, Document)>, RegistryError> {
        let Some(document) = self.documents.get(HEAD).await? else { return Ok(None) };
        Ok(Some((Head::parse(&document.json)?, document)))
    }

    async fn stored(&self, name: &str) -> Result<StoredSnapshot, RegistryError> {
        let lost = || RegistryError::Lost {
            what: "the snapshot",
            name: name.to_owned(),
            advice: "restore the bucket's version of it, or apply the project again",
        };
        let json = self.blobs.get(name).await?.ok_or_else(lost)?;
        StoredSnapshot::parse(&json)
    }
}
