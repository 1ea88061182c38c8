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

/// Keeps the data key of one stack, or of one folder.
///
/// Guarantees: there is one key; of several that ask for the first one at once all get the same; it outlives the process, and
/// nobody who can read the place of the installations alone can read it.
#[async_trait]
pub trait DataKeys: Send + Sync {
    /// The key, if one was made. Writes nothing.
    async fn find(&self) -> Result<Option<DataKey>, Unavailable>;

    /// The key, made now if there is none.
    async fn find_or_make(&self) -> Result<DataKey, Unavailable>;
}
