//! The key under which secrets are stored.

use super::Unavailable;
use async_trait::async_trait;
use std::fmt;

/// A key for AES-256.
#[derive(Clone, PartialEq, Eq)]
pub struct DataKey {
    /// Which key it is; no secret. What was sealed under it says so.
    pub id: String,
    /// The key itself.
    pub bytes: [u8; 32],
}

impl fmt::Debug for DataKey {
    /// Its name only.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("DataKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Keeps the data keys of one stack, or of one folder: the first one, and those that a rotation adds.
///
/// Guarantees: there is one first key; of several that ask for it at once all get the same; a key outlives the process until it
/// is removed, and nobody who can read the place of the installations alone can read it. Which key is used for sealing, the
/// registry says ([`crate::registry::Snapshot::data_key`]): a key that was added changes nothing.
#[async_trait]
pub trait DataKeys: Send + Sync {
    /// The first key, if one was made. Writes nothing.
    async fn find(&self) -> Result<Option<DataKey>, Unavailable>;

    /// The first key, made now if there is none.
    async fn find_or_make(&self) -> Result<DataKey, Unavailable>;

    /// The key of that id, the first one or one that was added. Writes nothing.
    async fn get(&self, id: &str) -> Result<Option<DataKey>, Unavailable>;

    /// Makes a further key, with an id that no other one has.
    async fn add(&self) -> Result<DataKey, Unavailable>;

    /// Removes the key of that id for good, if it is there: what was sealed under it never opens again.
    async fn remove(&self, id: &str) -> Result<(), Unavailable>;
}
