//! Looking at the cache from outside, and filling it: for `hedgerow test`, whose cases begin and end with a cache, and the CLI.

use super::SqliteCache;
use super::keys::{Entry, Value};
use super::{lists, texts};
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::key_value::{CacheScope, KeyValueResult};
use rusqlite::params;

/// What a key of the cache holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CacheEntry {
    /// A text, as `set` took it.
    Text(String),
    /// A list, head first, with at least one element.
    List(Vec<String>),
}

/// A live key of the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheItem {
    /// The key as the app names it.
    pub key: String,
    /// What it holds.
    pub entry: CacheEntry,
    /// Seconds until it ends, to the nearest as Redis's TTL has it; `None` if it never does.
    pub ttl_seconds: Option<i64>,
}

impl SqliteCache {
    /// Every live key of the scope, by key.
    pub fn entries(&self, scope: &CacheScope) -> KeyValueResult<Vec<CacheItem>> {
        let now = self.clock.now();
        self.snapshot(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, text, length, key, expires_at FROM cache_key
                 WHERE app = ?1 AND team = ?2 AND (expires_at IS NULL OR expires_at > ?3) ORDER BY key",
            )?;
            let rows = statement.query_map(params![scope.app, scope.team.0, now.0], |row| {
                let entry = Entry::of(row)?;
                let ttl_seconds = row.get::<_, Option<i64>>(4)?.map(|end| seconds_until(Timestamp(end), now));
                let entry = match entry.value {
                    Value::Text(text) => CacheEntry::Text(text),
                    Value::List(_) => CacheEntry::List(lists::slice(connection, entry.id, 0, i64::MAX)?),
                };
                Ok(CacheItem { key: row.get(3)?, entry, ttl_seconds })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Puts an entry in place of whatever is at `key`. `ttl_seconds` as for `set`; below 1 is refused. A list without an element
    /// leaves no key.
    pub fn seed(
        &self,
        scope: &CacheScope,
        key: &str,
        entry: &CacheEntry,
        ttl_seconds: Option<i64>,
    ) -> KeyValueResult<()> {
        let at = self.at(scope, key);
        self.write(|connection| match entry {
            CacheEntry::Text(text) => texts::set(connection, at, text, ttl_seconds),
            CacheEntry::List(elements) => lists::replace(connection, at, elements, ttl_seconds),
        })
    }
}

fn seconds_until(end: Timestamp, now: Timestamp) -> i64 {
    end.0.saturating_sub(now.0).saturating_add(500) / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LocalStore;
    use runtime_core::event::TeamId;
    use runtime_core::ports::key_value::Cache;
    use runtime_core::ports::virtual_clock::VirtualClock;
    use std::sync::Arc;
    use std::time::Duration;

    fn scope() -> CacheScope {
        CacheScope { app: "app".to_owned(), team: TeamId(2) }
    }

    fn list(elements: &[&str]) -> CacheEntry {
        CacheEntry::List(elements.iter().map(|&element| element.to_owned()).collect())
    }

    fn item(key: &str, entry: CacheEntry, ttl_seconds: Option<i64>) -> CacheItem {
        CacheItem { key: key.to_owned(), entry, ttl_seconds }
    }

    #[tokio::test]
    async fn what_was_seeded_is_what_the_app_finds_and_what_entries_show() {
        let clock = Arc::new(VirtualClock::at(Timestamp(1_000)));
        let cache = LocalStore::in_memory(clock.clone()).cache();
        let text = CacheEntry::Text("1".to_owned());
        cache.seed(&scope(), "text", &text, Some(10)).unwrap();
        cache.seed(&scope(), "list", &text, None).unwrap();
        cache.seed(&scope(), "list", &list(&["a", "b", "c"]), Some(4)).unwrap();
        cache.seed(&scope(), "for ever", &list(&["x"]), None).unwrap();
        cache.seed(&scope(), "no element", &list(&[]), None).unwrap();
        cache.seed(&CacheScope { team: TeamId(3), ..scope() }, "elsewhere", &text, None).unwrap();
        assert_eq!(cache.range(&scope(), "list", 0, 0).await.unwrap(), ["a"]);

        clock.advance(Duration::from_millis(1_400));
        let expected = [
            item("for ever", list(&["x"]), None),
            item("list", list(&["a", "b", "c"]), Some(3)),
            item("text", text.clone(), Some(9)),
        ];
        assert_eq!(cache.entries(&scope()).unwrap(), expected);
        clock.advance(Duration::from_millis(2_600));
        let expected = [item("for ever", list(&["x"]), None), item("text", text, Some(6))];
        assert_eq!(cache.entries(&scope()).unwrap(), expected, "a key that has ended is not shown");
        cache.seed(&scope(), "for ever", &list(&["x"]), Some(0)).unwrap_err();
    }

    #[tokio::test]
    async fn keys_that_ended_and_their_elements_leave_the_file() {
        let clock = Arc::new(VirtualClock::at(Timestamp(0)));
        let database = Arc::new(crate::database::Database::in_memory());
        let cache = SqliteCache::new(Arc::clone(&database), clock.clone());
        for key in 0..10 {
            cache.seed(&scope(), &key.to_string(), &list(&["a", "b"]), Some(1)).unwrap();
        }
        clock.advance(Duration::from_secs(1));
        cache.set(&scope(), "new", "x", None).await.unwrap();
        for table in ["cache_key", "cache_element"] {
            let count: rusqlite::Result<i64> = database.read(|connection| {
                connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
            });
            assert_eq!(count.unwrap(), i64::from(table == "cache_key"), "rows of {table}");
        }
    }
}
