//! The SQLite file: opening it, its versions, and how it is read and written.
//!
//! It is in WAL mode with `synchronous=NORMAL`. A commit has then been written to the operating system, so it survives the end of
//! the process however it comes, `kill -9` included; it is not synced to the disk each time, so a loss of power may take the
//! last commits, but never leaves half of one. `FULL` would sync at each commit, some milliseconds a write, which a laptop that
//! tries apps out does not need. In WAL mode readers wait for nobody, and writers for one another only.

use crate::folder::{make_private_folder, open_private_file};
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long an operation waits for another process that writes, before the port is unavailable.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The name of the SQLite file in the store's folder.
pub const FILE_NAME: &str = "hedgerow.sqlite3";

/// Held while a process opens the store, so that two of them do not both set up the file. It is a file of its own because
/// closing any handle of the SQLite file would give up SQLite's own locks on it.
const LOCK_NAME: &str = "hedgerow.lock";

/// `application_id` of a store: `hrow`.
const APPLICATION_ID: i32 = 0x6872_6f77;

/// What takes a file from version N to N + 1, N being the index. A file's version is its `user_version`. Released entries never
/// change: a change of the tables is a new entry.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_ports.sql"),
    include_str!("migrations/0002_redrive.sql"),
    include_str!("migrations/0003_logs.sql"),
];

/// How many prepared statements a connection keeps: more than there are in this crate.
const STATEMENT_CACHE: usize = 64;

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder or a file in it could not be made or opened.
    #[error("cannot make or open {}: {source}; give a folder that you may write to", path.display())]
    Files {
        /// The folder or file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A later release has used the file.
    #[error(
        "{} has version {found} and this hedgerow reads up to version {newest}; update hedgerow, or give another folder",
        path.display()
    )]
    Newer {
        /// The SQLite file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version that this release knows.
        newest: i64,
    },
    /// The file is a database of something else.
    #[error("{} is a database, but not one of hedgerow; give another folder", path.display())]
    Foreign {
        /// The SQLite file.
        path: PathBuf,
    },
    /// Another process did not let go of the file for [`BUSY_TIMEOUT`].
    #[error("{} is in use by another process; wait until it has ended, or give another folder", path.display())]
    Busy {
        /// The SQLite file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// SQLite could not open or set up the file.
    #[error(
        "cannot open {}: {source}; if it is damaged, move it away and a new one is made (what apps kept is lost)",
        path.display()
    )]
    Sqlite {
        /// The SQLite file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
}

impl OpenError {
    fn sqlite(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path, source },
            _ => Self::Sqlite { path, source },
        }
    }
}

/// One connection, used by one thread at a time.
#[derive(Debug)]
pub(crate) struct Database {
    connection: Mutex<Connection>,
}

impl Database {
    /// Opens or makes the file in `directory`, and brings it to the newest version.
    pub(crate) fn open(directory: &Path) -> Result<Self, OpenError> {
        let files_error = |path: &Path| {
            let path = path.to_owned();
            move |source| OpenError::Files { path, source }
        };
        make_private_folder(directory).map_err(files_error(directory))?;
        let lock_path = directory.join(LOCK_NAME);
        let lock = open_private_file(&lock_path).map_err(files_error(&lock_path))?;
        lock.lock().map_err(files_error(&lock_path))?;
        let path = directory.join(FILE_NAME);
        // Made here and not by SQLite, whose files would be readable by others; its WAL takes over the permissions.
        drop(open_private_file(&path).map_err(files_error(&path))?);
        let mut connection = Connection::open(&path).map_err(|source| OpenError::sqlite(&path, source))?;
        prepare(&mut connection, &path)?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// A database that ends with this value.
    pub(crate) fn in_memory() -> Self {
        let mut connection = Connection::open_in_memory().expect("SQLite opens a database in memory without any file");
        prepare(&mut connection, Path::new(":memory:")).expect("an empty database in memory takes the newest version");
        Self { connection: Mutex::new(connection) }
    }

    /// Runs `operation`, which reads with one statement.
    pub(crate) fn read<T, E>(&self, operation: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        operation(&self.lock())
    }

    /// Runs `operation`, which reads with several statements that must see the same state.
    pub(crate) fn snapshot<T, E: From<rusqlite::Error>>(
        &self,
        operation: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transaction(TransactionBehavior::Deferred, |transaction| operation(transaction))
    }

    /// Runs `operation`, which writes. All of it is done, or nothing if it fails. IMMEDIATE: the turn to write is taken at the
    /// start, where SQLite waits for it; a transaction that began by reading could only fail.
    pub(crate) fn write<T, E: From<rusqlite::Error>>(
        &self,
        operation: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transaction(TransactionBehavior::Immediate, |transaction| operation(transaction))
    }

    fn transaction<T, E: From<rusqlite::Error>>(
        &self,
        behaviour: TransactionBehavior,
        operation: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(behaviour)?;
        let result = operation(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic in the middle rolled its transaction back, so the connection of a poisoned lock is as good as before.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sets the connection up and brings the file to the newest version.
fn prepare(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let sqlite_error = |source| OpenError::sqlite(path, source);
    // Looked at before anything is changed, the journal mode included.
    refuse_what_we_do_not_know(connection, path)?;
    set_up(connection).map_err(sqlite_error)?;
    migrate(connection).map_err(sqlite_error)
}

fn refuse_what_we_do_not_know(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let sqlite_error = |source| OpenError::sqlite(path, source);
    connection.busy_timeout(BUSY_TIMEOUT).map_err(sqlite_error)?;
    let application_id: i32 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(sqlite_error)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(sqlite_error)?;
    if application_id != APPLICATION_ID && (application_id != 0 || tables > 0) {
        return Err(OpenError::Foreign { path: path.to_owned() });
    }
    let found = version(connection).map_err(sqlite_error)?;
    let newest = i64::try_from(MIGRATIONS.len()).expect("there are few migrations");
    if found > newest {
        return Err(OpenError::Newer { path: path.to_owned(), found, newest });
    }
    Ok(())
}

fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    // Answers with the mode it took ("memory" in memory), hence no plain `pragma_update`.
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", true)
}

fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = usize::try_from(version(&transaction)?).unwrap_or(0);
    for migration in MIGRATIONS.iter().skip(done) {
        transaction.execute_batch(migration)?;
    }
    if done < MIGRATIONS.len() {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", MIGRATIONS.len())?;
    }
    transaction.commit()
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

#[cfg(test)]
mod tests;
