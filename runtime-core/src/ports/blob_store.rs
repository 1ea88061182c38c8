//! Bytes by name: attachments, bundles, large bodies.

use super::Unavailable;
use async_trait::async_trait;

/// A store of immutable blobs named by the lower-case hex SHA-256 of their content.
///
/// Guarantees: a name returned by `put` can be read until it is removed; `put` of equal bytes returns an equal name and keeps
/// one copy; `get` returns either exactly the bytes that were put or `None`, never a part of them nor bytes with another hash.
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Stores `bytes` and returns their name.
    async fn put(&self, bytes: &[u8]) -> Result<String, Unavailable>;

    /// The bytes of that name; `None` if there are none, or if what is stored no longer matches its name.
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Unavailable>;
}
