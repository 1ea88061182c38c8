//! The ports of `runtime_core` on one machine: one SQLite file and a folder of blobs.
//!
//! [`LocalStore`] opens them and hands out one value a port. Several processes may have the same folder open.
//!
//! SQLite is called directly, on the thread of the caller: an unoptimised build takes some 10 to 20 microseconds for a read and
//! 10 to 80 for a write, where handing work to another thread and back (`tokio::task::spawn_blocking`) takes 40 by itself. A
//! caller waits longer only while another process writes, and at most as long as [`database::BUSY_TIMEOUT`]. Blobs have no such
//! bound, so they are read and written on tokio's threads for blocking work.

pub mod app_folder;
pub mod attachment;
pub mod blob_store;
pub mod cache;
pub mod database;
pub mod dead_letters;
pub mod delayed_queue;
pub mod documents;
mod failure;
mod folder;
mod json_text;
pub mod keeper;
pub mod key_file;
mod operations;
pub mod records;
pub mod storage;

pub use adapter_system::{clock, entropy, mapped_file};

use blob_store::LocalBlobStore;
use cache::SqliteCache;
use database::{Database, OpenError};
use dead_letters::SqliteDeadLetters;
use delayed_queue::SqliteDelayedQueue;
use documents::SqliteDocuments;
use records::SqliteRecords;
use runtime_core::ports::clock::Clock;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use storage::SqliteStorage;

/// Everything that hedgerow keeps on this machine.
#[derive(Clone)]
pub struct LocalStore {
    cache: Arc<SqliteCache>,
    storage: Arc<SqliteStorage>,
    dead_letters: Arc<SqliteDeadLetters>,
    delayed_queue: Arc<SqliteDelayedQueue>,
    documents: Arc<SqliteDocuments>,
    blob_store: Arc<LocalBlobStore>,
    records: Arc<SqliteRecords>,
}

impl LocalStore {
    /// Opens the store in the folder `directory`, made if it is missing, readable by its owner only. `clock` says when keys of the
    /// cache and documents end.
    ///
    /// What an operation has stored survives the end of the process, `kill -9` too; see [`database`] for a loss of power.
    pub fn open(directory: &Path, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let database = Database::open(directory)?;
        Ok(Self::over(database, LocalBlobStore::in_folder(directory.join("blobs")), clock))
    }

    /// A store that ends with its last handle; nothing touches the disk.
    #[must_use]
    pub fn in_memory(clock: Arc<dyn Clock>) -> Self {
        Self::over(Database::in_memory(), LocalBlobStore::in_memory(), clock)
    }

    fn over(database: Database, blob_store: LocalBlobStore, clock: Arc<dyn Clock>) -> Self {
        let database = Arc::new(database);
        Self {
            cache: Arc::new(SqliteCache::new(Arc::clone(&database), Arc::clone(&clock))),
            storage: Arc::new(SqliteStorage::new(Arc::clone(&database), Arc::clone(&clock))),
            dead_letters: Arc::new(SqliteDeadLetters::new(Arc::clone(&database))),
            delayed_queue: Arc::new(SqliteDelayedQueue::new(Arc::clone(&database))),
            documents: Arc::new(SqliteDocuments::new(Arc::clone(&database), clock)),
            blob_store: Arc::new(blob_store),
            records: Arc::new(SqliteRecords::new(database)),
        }
    }

    /// The cache of all apps.
    #[must_use]
    pub fn cache(&self) -> Arc<SqliteCache> {
        Arc::clone(&self.cache)
    }

    /// The storage of all installations.
    #[must_use]
    pub fn storage(&self) -> Arc<SqliteStorage> {
        Arc::clone(&self.storage)
    }

    /// The dead letters.
    #[must_use]
    pub fn dead_letters(&self) -> Arc<SqliteDeadLetters> {
        Arc::clone(&self.dead_letters)
    }

    /// The queue of work for later.
    #[must_use]
    pub fn delayed_queue(&self) -> Arc<SqliteDelayedQueue> {
        Arc::clone(&self.delayed_queue)
    }

    /// The documents.
    #[must_use]
    pub fn documents(&self) -> Arc<SqliteDocuments> {
        Arc::clone(&self.documents)
    }

    /// The blobs.
    #[must_use]
    pub fn blob_store(&self) -> Arc<LocalBlobStore> {
        Arc::clone(&self.blob_store)
    }

    /// What apps log, and what is counted.
    #[must_use]
    pub fn records(&self) -> Arc<SqliteRecords> {
        Arc::clone(&self.records)
    }
}

impl fmt::Debug for LocalStore {
    /// Only the name: what apps keep belongs in no log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LocalStore").finish_non_exhaustive()
    }
}
