//! What apps keep: `cache` (Redis semantics, behaviour.md b.1), `storage` (b.2) and `utils.cursor` (b.3).

use super::Unavailable;
use crate::event::{InstallationId, TeamId, WorkId};
use async_trait::async_trait;

/// Whose cache: an app (by the stable slug of its installation) in a team, shared by all installations of the two (case 138).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CacheScope {
    /// The app's slug.
    pub app: String,
    /// The team.
    pub team: TeamId,
}

/// Why a cache or storage operation has no result.
#[derive(Debug, thiserror::Error)]
pub enum KeyValueError {
    /// The operation cannot be done on what is stored; the message is thrown into the app, in Redis's words
    /// (`WRONGTYPE Operation against a key holding the wrong kind of value`, `ERR value is not an integer or out of range`).
    #[error("{0}")]
    Refused(String),
    /// The store is out of reach; never thrown into the app.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// What an operation returns.
pub type KeyValueResult<T> = Result<T, KeyValueError>;

/// The cache. Values are text; JSON is the extension's business.
///
/// Guarantees: every operation is atomic; a key whose time to live has ended (to the second of the clock given at
/// construction) does not exist for any operation; lists with no element left do not exist; `set` replaces a value of
/// either kind and its time to live.
#[async_trait]
pub trait Cache: Send + Sync {
    /// The text at `key`. Refused with WRONGTYPE on a list.
    async fn get(&self, scope: &CacheScope, key: &str) -> KeyValueResult<Option<String>>;

    /// Stores text. `ttl_seconds`: `None` never ends; below 1 is refused with `ERR invalid expire time in 'set' command`.
    async fn set(&self, scope: &CacheScope, key: &str, value: &str, ttl_seconds: Option<i64>) -> KeyValueResult<()>;

    /// Adds 1 to the integer text at `key`, which starts at 0; keeps its time to live. `operation` makes a repeat after a lost
    /// reply count once.
    async fn increment(&self, scope: &CacheScope, key: &str, operation: &WorkId) -> KeyValueResult<i64>;

    /// Sets the time to live; 0 or less removes the key at once. Whether the key existed.
    async fn expire(&self, scope: &CacheScope, key: &str, ttl_seconds: i64) -> KeyValueResult<bool>;

    /// Puts each element at the head in turn, so that the last ends up first; returns the new length. An empty slice is
    /// refused with `ERR wrong number of arguments for 'lpush' command`.
    async fn push(&self, scope: &CacheScope, key: &str, elements: &[String]) -> KeyValueResult<u64>;

    /// Elements `start..=end`, negative ones counted from the tail; none for a missing key.
    async fn range(&self, scope: &CacheScope, key: &str, start: i64, end: i64) -> KeyValueResult<Vec<String>>;

    /// How many elements; 0 for a missing key.
    async fn length(&self, scope: &CacheScope, key: &str) -> KeyValueResult<u64>;

    /// Takes up to `count` elements from the head; `None` for a missing key. A negative count is refused with
    /// `ERR value is out of range, must be positive`.
    async fn pop(&self, scope: &CacheScope, key: &str, count: i64) -> KeyValueResult<Option<Vec<String>>>;

    /// Removes up to `count` elements equal to `element` (LREM: positive from the head, negative from the tail, 0 all);
    /// returns how many.
    async fn remove(&self, scope: &CacheScope, key: &str, count: i64, element: &str) -> KeyValueResult<u64>;
}

/// Storage and cursors: one space of keys per installation. Values are JSON text. Writes to keys of more than 200 characters are
/// refused with `value too long for type character varying(200)`; reading or deleting one finds nothing.
///
/// Guarantees: every operation is atomic and durable when it returns; last writer wins.
#[async_trait]
pub trait Storage: Send + Sync {
    /// The JSON text at `key`.
    async fn get(&self, installation: InstallationId, key: &str) -> KeyValueResult<Option<String>>;

    /// Stores JSON text.
    async fn set(&self, installation: InstallationId, key: &str, json: &str) -> KeyValueResult<()>;

    /// Removes the key, if it is there.
    async fn delete(&self, installation: InstallationId, key: &str) -> KeyValueResult<()>;

    /// Stores `value` unless the key is there already (case 144). One that is not finite is refused as by
    /// [`Storage::increment_cursor`].
    async fn init_cursor(&self, installation: InstallationId, key: &str, value: f64) -> KeyValueResult<()>;

    /// Adds `by` to the number at `key`, which starts at 0, and returns the sum. Refused with
    /// `invalid input syntax for type numeric` if what is stored is no number, or the sum is not finite. `operation` as for
    /// [`Cache::increment`].
    async fn increment_cursor(
        &self,
        installation: InstallationId,
        key: &str,
        by: f64,
        operation: &WorkId,
    ) -> KeyValueResult<f64>;
}
