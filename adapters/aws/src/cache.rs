//! The cache, with the semantics of Redis 7: an item a key.
//!
//! A text that is an integer is kept as a number, so that DynamoDB counts: `increment` is one request, however many count at once.
//! Everything else that depends on what is there reads the item and writes it back if nobody else did (`table`); lists are
//! one attribute, which is copied at each change. An item may have 400 KB, so a text or list has to stay below
//! [`MAXIMUM_BYTES`].

mod entry;
mod lists;
mod texts;

use crate::attempts::Attempts;
use crate::digest::sha256;
use crate::failure::refused;
use crate::item::{Item, item, text};
use crate::table::Table;
use async_trait::async_trait;
use entry::{Entry, Value};
use runtime_core::event::WorkId;
use runtime_core::ports::clock::{Clock, Timestamp};
use runtime_core::ports::key_value::{Cache, CacheScope, KeyValueResult};
use std::sync::Arc;

/// How many bytes a text, or the elements of a list with 8 for each, may have. What is left up to DynamoDB's 400 KB is for the
/// key, the revisions, and the operations that a counter remembers.
pub const MAXIMUM_BYTES: usize = 350_000;

/// Up to this length a key stands in its item as it is; DynamoDB takes 2,048 bytes.
const LONGEST_PLAIN_KEY: usize = 1_500;

/// [`Cache`] over a table of DynamoDB.
pub struct DynamoCache {
    table: Table,
    clock: Arc<dyn Clock>,
}

impl DynamoCache {
    pub(crate) fn new(table: Table, clock: Arc<dyn Clock>) -> Self {
        Self { table, clock }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What is at a key, if it has not ended.
    async fn find(&self, scope: &CacheScope, key: &str) -> KeyValueResult<Option<Entry>> {
        let item = self.table.get(key_of(scope, key)).await?;
        Ok(item.map(|item| Entry::of(&item)).transpose()?.and_then(|entry| entry.live(self.now())))
    }

    /// Changes what is at a key: `change` gets it, and gives what shall be there instead and a result. Called again if another
    /// writer was faster.
    async fn change<T: Send>(
        &self,
        scope: &CacheScope,
        key: &str,
        change: impl Fn(Option<Entry>, Timestamp) -> KeyValueResult<Change<T>> + Send + Sync,
    ) -> KeyValueResult<T> {
        let mut attempts = Attempts::of(self.table.port);
        loop {
            attempts.next().await?;
            let now = self.now();
            let seen = self.table.get(key_of(scope, key)).await?;
            let entry = seen.as_ref().map(Entry::of).transpose()?.and_then(|entry| entry.live(now));
            let (written, result) = match change(entry, now)? {
                Change::Keep(result) => return Ok(result),
                Change::Store(entry, result) => (entry, result),
            };
            if self.table.replace(written.into_item(key_of(scope, key))?, seen.as_ref()).await? {
                return Ok(result);
            }
        }
    }
}

/// What becomes of a key.
enum Change<T> {
    /// It stays as it is.
    Keep(T),
    /// It holds this.
    Store(Entry, T),
}

#[async_trait]
impl Cache for DynamoCache {
    async fn get(&self, scope: &CacheScope, key: &str) -> KeyValueResult<Option<String>> {
        self.find(scope, key).await?.map(|entry| entry.value.into_text()).transpose()
    }

    async fn set(&self, scope: &CacheScope, key: &str, value: &str, ttl_seconds: Option<i64>) -> KeyValueResult<()> {
        let entry = Entry::new(Value::of_text(value), end_for_set(ttl_seconds, self.now())?);
        Ok(self.table.put(entry.into_item(key_of(scope, key))?).await?)
    }

    async fn increment(&self, scope: &CacheScope, key: &str, operation: &WorkId) -> KeyValueResult<i64> {
        texts::increment(self, key_of(scope, key), operation).await
    }

    async fn expire(&self, scope: &CacheScope, key: &str, ttl_seconds: i64) -> KeyValueResult<bool> {
        if end_of(ttl_seconds, self.now()).is_none() {
            return Err(refused("ERR invalid expire time in 'expire' command"));
        }
        let expire = |entry: Option<Entry>, now: Timestamp| {
            let Some(entry) = entry else { return Ok(Change::Keep(false)) };
            // What is to go at once ends now, and DynamoDB removes it: an item remembers its writes, one that is gone does not.
            let end = end_of(ttl_seconds.max(0), now);
            Ok(Change::Store(Entry { expires_at: end, ..entry }, true))
        };
        self.change(scope, key, expire).await
    }

    async fn push(&self, scope: &CacheScope, key: &str, elements: &[String]) -> KeyValueResult<u64> {
        if elements.is_empty() {
            return Err(refused("ERR wrong number of arguments for 'lpush' command"));
        }
        self.change(scope, key, |entry, _| lists::push(entry, elements)).await
    }

    async fn range(&self, scope: &CacheScope, key: &str, start: i64, end: i64) -> KeyValueResult<Vec<String>> {
        lists::range(self.find(scope, key).await?, start, end)
    }

    async fn length(&self, scope: &CacheScope, key: &str) -> KeyValueResult<u64> {
        lists::length(self.find(scope, key).await?)
    }

    async fn pop(&self, scope: &CacheScope, key: &str, count: i64) -> KeyValueResult<Option<Vec<String>>> {
        let Ok(count) = u64::try_from(count) else {
            return Err(refused("ERR value is out of range, must be positive"));
        };
        self.change(scope, key, |entry, now| lists::pop(entry, count, now)).await
    }

    async fn remove(&self, scope: &CacheScope, key: &str, count: i64, element: &str) -> KeyValueResult<u64> {
        self.change(scope, key, |entry, now| lists::remove(entry, count, element, now)).await
    }
}

/// The key of an item. The length of the app's slug stands before it, so that no two scopes run together.
fn key_of(scope: &CacheScope, key: &str) -> Item {
    let scope = format!("{}/{}/{}", scope.team, scope.app.len(), scope.app);
    let plain = format!("plain/{scope}/{key}");
    let whole =
        if plain.len() <= LONGEST_PLAIN_KEY { plain } else { format!("hashed/{}", sha256(format!("{scope}/{key}"))) };
    item([("key", text(whole))])
}

/// The time at which a time to live that begins now ends; `None` if it is beyond what Redis can count.
fn end_of(ttl_seconds: i64, now: Timestamp) -> Option<Timestamp> {
    ttl_seconds.checked_mul(1_000)?.checked_add(now.0).map(Timestamp)
}

/// When a key ends that SET stores with this time to live.
fn end_for_set(ttl_seconds: Option<i64>, now: Timestamp) -> KeyValueResult<Option<Timestamp>> {
    let Some(seconds) = ttl_seconds else { return Ok(None) };
    match end_of(seconds, now) {
        Some(end) if seconds > 0 => Ok(Some(end)),
        _ => Err(refused("ERR invalid expire time in 'set' command")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime_core::event::TeamId;

    fn key(app: &str, key: &str) -> Item {
        key_of(&CacheScope { app: app.to_owned(), team: TeamId(2) }, key)
    }

    #[test]
    fn no_two_keys_run_together() {
        let long = "k".repeat(2_000);
        let keys = [key("a", "b/c"), key("a/b", "c"), key("a", ""), key("", "a"), key("a", &long), key("b", &long)];
        for (number, one) in keys.iter().enumerate() {
            assert!(keys[..number].iter().all(|other| other != one), "{one:?}");
            assert!(one["key"].as_s().unwrap().len() <= 2_048);
        }
    }
}
