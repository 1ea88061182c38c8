//! The cache, with the semantics of Redis 7.

mod inspect;
mod keys;
mod lists;
mod texts;

pub use inspect::{CacheEntry, CacheItem};

use crate::database::Database;
use crate::failure::Failure;
use async_trait::async_trait;
use keys::Address;
use runtime_core::event::WorkId;
use runtime_core::ports::clock::Clock;
use runtime_core::ports::key_value::{Cache, CacheScope, KeyValueResult};
use rusqlite::Connection;
use std::sync::Arc;

/// [`Cache`] over the SQLite file.
pub struct SqliteCache {
    database: Arc<Database>,
    clock: Arc<dyn Clock>,
}

impl SqliteCache {
    pub(crate) fn new(database: Arc<Database>, clock: Arc<dyn Clock>) -> Self {
        Self { database, clock }
    }

    fn at<'a>(&self, scope: &'a CacheScope, key: &'a str) -> Address<'a> {
        Address { scope, key, now: self.clock.now() }
    }

    fn read<T>(&self, operation: impl FnOnce(&Connection) -> Result<T, Failure>) -> KeyValueResult<T> {
        self.database.read(operation).map_err(|failure| failure.of("cache"))
    }

    fn snapshot<T>(&self, operation: impl FnOnce(&Connection) -> Result<T, Failure>) -> KeyValueResult<T> {
        self.database.snapshot(operation).map_err(|failure| failure.of("cache"))
    }

    fn write<T>(&self, operation: impl FnOnce(&Connection) -> Result<T, Failure>) -> KeyValueResult<T> {
        self.database.write(operation).map_err(|failure| failure.of("cache"))
    }
}

#[async_trait]
impl Cache for SqliteCache {
    async fn get(&self, scope: &CacheScope, key: &str) -> KeyValueResult<Option<String>> {
        self.read(|connection| texts::get(connection, self.at(scope, key)))
    }

    async fn set(&self, scope: &CacheScope, key: &str, value: &str, ttl_seconds: Option<i64>) -> KeyValueResult<()> {
        self.write(|connection| texts::set(connection, self.at(scope, key), value, ttl_seconds))
    }

    async fn increment(&self, scope: &CacheScope, key: &str, operation: &WorkId) -> KeyValueResult<i64> {
        self.write(|connection| texts::increment(connection, self.at(scope, key), operation))
    }

    async fn expire(&self, scope: &CacheScope, key: &str, ttl_seconds: i64) -> KeyValueResult<bool> {
        self.write(|connection| keys::expire(connection, self.at(scope, key), ttl_seconds))
    }

    async fn push(&self, scope: &CacheScope, key: &str, elements: &[String]) -> KeyValueResult<u64> {
        self.write(|connection| lists::push(connection, self.at(scope, key), elements))
    }

    async fn range(&self, scope: &CacheScope, key: &str, start: i64, end: i64) -> KeyValueResult<Vec<String>> {
        self.snapshot(|connection| lists::range(connection, self.at(scope, key), start, end))
    }

    async fn length(&self, scope: &CacheScope, key: &str) -> KeyValueResult<u64> {
        self.read(|connection| lists::length(connection, self.at(scope, key)))
    }

    async fn pop(&self, scope: &CacheScope, key: &str, count: i64) -> KeyValueResult<Option<Vec<String>>> {
        self.write(|connection| lists::pop(connection, self.at(scope, key), count))
    }

    async fn remove(&self, scope: &CacheScope, key: &str, count: i64, element: &str) -> KeyValueResult<u64> {
        self.write(|connection| lists::remove(connection, self.at(scope, key), count, element))
    }
}
