//! Bytes by name: attachments, bundles, large bodies.

use super::Unavailable;
use super::clock::Timestamp;
use async_trait::async_trait;

/// A store of immutable blobs named by the lower-case hex SHA-256 of their content.
///
/// Guarantees: a name returned by `put` can be read until it is removed; `put` of equal bytes returns an equal name and keeps
/// one copy, whose age begins anew; `get` returns either exactly the bytes that were put or `None`, never a part of them nor bytes with another hash.
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Stores `bytes` and returns their name.
    async fn put(&self, bytes: &[u8]) -> Result<String, Unavailable>;

    /// The bytes of that name; `None` if there are none, or if what is stored no longer matches its name.
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Unavailable>;
}

/// Blobs that can be removed: for the command of an operator alone. Functions have no right to it.
///
/// Guarantees: `put` and `remove` of one name take place one after the other. So what was put at the time `put_before` or
/// later is never removed, even if it is put while it is being removed: whoever has put something recently can name it.
#[async_trait]
pub trait RemovableBlobs: BlobStore {
    /// When the blob was put last, by the clock of the store; `None` if there is none of that name.
    async fn put_at(&self, name: &str) -> Result<Option<Timestamp>, Unavailable>;

    /// Removes the blob if it was put last before that time. Whether it was there and is gone now.
    async fn remove(&self, name: &str, put_before: Timestamp) -> Result<bool, Unavailable>;
}
