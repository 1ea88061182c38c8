//! Removing what no revision needs that can hold again: snapshots, bundles, attachments and data keys.
//!
//! Blobs that are no revision's, such as the bodies of dead letters, have names of the same kind. So only what a dropped
//! revision names is ever looked at: each snapshot names those before it, which leads to all that are left. What an apply
//! stored that then failed is named by nothing, and stays.
//!
//! Nothing that is needed can go, whatever is changed meanwhile:
//! - A change names what the revision that it saw names, what one of the revisions listed there names (a rollback), or what it
//!   has put itself. The first two are kept, and one that saw an earlier head has lost the compare-and-set, before anything is
//!   removed.
//! - What was put recently is not removed ([`RemovableBlobs`]), so what it has put stays until it is named.
//!
//! Snapshots go after what they name, the oldest first, and none before one that has to stay: so each that is left can be reached
//! from those that are kept, and whatever a break leaves is found the next time.

use super::record::{Record, Snapshot};
use super::stored::StoredSnapshot;
use super::{KEPT_REVISIONS, Registry, RegistryError};
use crate::ports::Unavailable;
use crate::ports::blob_store::RemovableBlobs;
use crate::ports::clock::Timestamp;
use crate::ports::data_keys::DataKeys;
use std::collections::{BTreeMap, BTreeSet};

/// Whether anything is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PruneMode {
    /// It is only looked what would go.
    Look,
    /// It goes.
    Remove,
}

/// What is to stay, and who wants it.
#[derive(Debug, Clone)]
pub struct PruneOptions {
    /// How many revisions stay, the newest included; at least one.
    pub keep: usize,
    /// What was put at this time or later stays: longer ago than any change takes.
    pub put_before: Timestamp,
    /// Whether anything is changed.
    pub mode: PruneMode,
    /// Who, for the history.
    pub by: String,
}

/// What went, or would go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The revision that holds now.
    pub revision: u64,
    /// Revisions that can hold, the newest included.
    pub kept: usize,
    /// Revisions that could hold again before, and cannot any more.
    pub dropped: Vec<u64>,
    /// Snapshots of dropped revisions.
    pub snapshots: usize,
    /// Bundles that only those named.
    pub bundles: usize,
    /// Attachments that only those named.
    pub attachments: usize,
    /// Data keys under which only those had secrets.
    pub data_keys: usize,
    /// Blobs that no revision needs and that were put too recently.
    pub too_recent: usize,
}

/// What revisions name.
#[derive(Debug, Default)]
struct Named {
    bundles: BTreeSet<String>,
    attachments: BTreeSet<String>,
    keys: BTreeSet<String>,
}

/// A snapshot that is left of a dropped revision.
struct Dropped {
    name: String,
    named: Named,
}

impl Registry {
    /// Removes what none of the newest [`PruneOptions::keep`] revisions needs. `seen` is what holds. Where that drops revisions
    /// which could hold again, a revision is written first that says so.
    ///
    /// # Errors
    /// As [`Registry::write`], and when a kept revision cannot be read: nothing is removed then. After an
    /// [`RegistryError::Unavailable`] some of it may be.
    pub async fn prune(
        &self,
        seen: &Snapshot,
        blobs: &dyn RemovableBlobs,
        keys: &dyn DataKeys,
        options: &PruneOptions,
    ) -> Result<Pruned, RegistryError> {
        let keep = options.keep.clamp(1, KEPT_REVISIONS);
        let dropped: Vec<u64> = seen.kept().skip(keep - 1).map(|earlier| earlier.revision).collect();
        let (now, stay) = match options.mode {
            PruneMode::Look => (seen.clone(), keep - 1),
            PruneMode::Remove => {
                if !dropped.is_empty() {
                    self.drop_revisions(seen, keep, &options.by).await?;
                }
                // From here on nobody can make a dropped revision hold again.
                (self.read().await?, KEPT_REVISIONS)
            }
        };
        let kept = now.kept().take(stay).map(|earlier| &earlier.snapshot).chain(&now.name).cloned().collect();
        let (needed, left) = self.needed_and_left(&now, &kept, keys).await?;
        let mut pruned = Pruned { revision: now.revision, kept: kept.len(), dropped, ..Pruned::default() };
        let removal = Removal { blobs, options, needed: &needed };
        removal.remove_all(&left, keys, &mut pruned).await?;
        Ok(pruned)
    }

    /// Writes what was seen as a revision before which only `keep - 1` can hold again; not the one that was seen, which is this one.
    async fn drop_revisions(&self, seen: &Snapshot, keep: usize, by: &str) -> Result<u64, RegistryError> {
        let change = seen.again(by, format!("prune --keep {keep}"));
        let mut stored = StoredSnapshot::after(seen, change, self.clock.now());
        let listed = stored.earlier.iter_mut().filter(|earlier| !earlier.is_dropped);
        for (index, earlier) in listed.enumerate() {
            earlier.is_dropped = !(1..keep).contains(&index);
        }
        self.hold(seen, stored).await
    }

    /// What the kept snapshots name, and every other snapshot that is left, the oldest first.
    async fn needed_and_left(
        &self,
        now: &Snapshot,
        kept: &BTreeSet<String>,
        keys: &dyn DataKeys,
    ) -> Result<(Named, Vec<Dropped>), RegistryError> {
        let mut needed = Named::default();
        let mut left = BTreeMap::new();
        let mut to_read: Vec<(u64, String)> = Vec::new();
        let mut known = kept.clone();
        let mut follow = |stored: &StoredSnapshot, to_read: &mut Vec<(u64, String)>| {
            let earlier = stored.earlier.iter().filter(|earlier| known.insert(earlier.snapshot.clone()));
            to_read.extend(earlier.map(|earlier| (earlier.revision, earlier.snapshot.clone())));
        };
        for name in kept {
            let stored = self.stored(name).await?;
            needed.add(&stored);
            follow(&stored, &mut to_read);
        }
        if now.data_key.is_none()
            && let Some(first) = keys.find().await?
        {
            needed.keys.insert(first.id);
        }
        while let Some((revision, name)) = to_read.pop() {
            let stored = match self.stored(&name).await {
                Ok(stored) => stored,
                // Removed before, or never to be read again; what it named is not known then, and stays.
                Err(RegistryError::Lost { .. } | RegistryError::Unreadable { .. }) => continue,
                Err(error) => return Err(error),
            };
            follow(&stored, &mut to_read);
            let mut named = Named::default();
            named.add(&stored);
            left.insert((revision, name.clone()), Dropped { name, named });
        }
        Ok((needed, left.into_values().collect()))
    }
}

impl Named {
    fn add(&mut self, stored: &StoredSnapshot) {
        for Record { bundle, attachments, secrets, .. } in &stored.installations {
            self.bundles.insert(bundle.clone());
            self.attachments.extend(attachments.values().map(|attachment| attachment.blob.clone()));
            self.keys.extend(secrets.values().map(|sealed| sealed.key.clone()));
        }
        self.keys.extend(stored.data_key.clone());
    }

    fn has_blob(&self, name: &str) -> bool {
        self.bundles.contains(name) || self.attachments.contains(name)
    }
}

/// How what is left is removed.
struct Removal<'a> {
    blobs: &'a dyn RemovableBlobs,
    options: &'a PruneOptions,
    needed: &'a Named,
}

impl Removal<'_> {
    async fn remove_all(
        &self,
        left: &[Dropped],
        keys: &dyn DataKeys,
        pruned: &mut Pruned,
    ) -> Result<(), RegistryError> {
        let all = |names: fn(&Named) -> &BTreeSet<String>| -> BTreeSet<&String> {
            left.iter().flat_map(|dropped| names(&dropped.named)).collect()
        };
        let mut stay = BTreeSet::new();
        for (names, count) in [
            (all(|named| &named.bundles), &mut pruned.bundles),
            (all(|named| &named.attachments), &mut pruned.attachments),
        ] {
            for name in names.into_iter().filter(|name| !self.needed.has_blob(name)) {
                match self.remove(name).await? {
                    Fate::Gone => *count += 1,
                    Fate::WasGone => {}
                    Fate::Stays => drop(stay.insert(name)),
                }
            }
        }
        for id in all(|named| &named.keys).into_iter().filter(|id| !self.needed.keys.contains(*id)) {
            let is_there = keys.get(id).await?.is_some();
            pruned.data_keys += usize::from(is_there);
            if is_there && self.options.mode == PruneMode::Remove {
                keys.remove(id).await?;
            }
        }
        pruned.too_recent += stay.len();
        for Dropped { name, named } in left {
            if named.bundles.iter().chain(&named.attachments).any(|name| stay.contains(name)) {
                break;
            }
            match self.remove(name).await? {
                Fate::Gone => pruned.snapshots += 1,
                Fate::WasGone => {}
                Fate::Stays => {
                    pruned.too_recent += 1;
                    break;
                }
            }
        }
        Ok(())
    }

    async fn remove(&self, name: &str) -> Result<Fate, Unavailable> {
        let PruneOptions { put_before, mode, .. } = *self.options;
        if mode == PruneMode::Remove && self.blobs.remove(name, put_before).await? {
            return Ok(Fate::Gone);
        }
        Ok(match self.blobs.put_at(name).await? {
            None => Fate::WasGone,
            Some(put_at) if put_at < put_before && mode == PruneMode::Look => Fate::Gone,
            Some(_) => Fate::Stays,
        })
    }
}

enum Fate {
    Gone,
    WasGone,
    Stays,
}
