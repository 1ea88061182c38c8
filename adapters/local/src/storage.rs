//! Storage and cursors, a row a key.

use crate::database::Database;
use crate::failure::Failure;
use crate::operations::forgotten_at;
use async_trait::async_trait;
use runtime_core::event::{InstallationId, WorkId};
use runtime_core::ports::clock::{Clock, Timestamp};
use runtime_core::ports::key_value::{KeyValueResult, Storage};
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::Arc;

/// The longest key, in characters.
const MAXIMUM_KEY_LENGTH: usize = 200;

/// [`Storage`] over the SQLite file.
pub struct SqliteStorage {
    database: Arc<Database>,
    clock: Arc<dyn Clock>,
}

impl SqliteStorage {
    pub(crate) fn new(database: Arc<Database>, clock: Arc<dyn Clock>) -> Self {
        Self { database, clock }
    }

    /// Everything that an installation has stored, cursors included, as (key, JSON text) by key.
    pub fn entries(&self, installation: InstallationId) -> KeyValueResult<Vec<(String, String)>> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT key, json FROM storage WHERE installation = ?1 ORDER BY key")?;
            let entries = statement.query_map([installation.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(entries.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Stores an initial value, as [`Storage::set`] does, without an async runtime.
    pub fn seed(&self, installation: InstallationId, key: &str, json: &str) -> KeyValueResult<()> {
        self.write(|connection| set(connection, Address::of(installation, key)?, json))
    }

    fn read<T>(&self, operation: impl FnOnce(&Connection) -> Result<T, Failure>) -> KeyValueResult<T> {
        self.database.read(operation).map_err(|failure| failure.of("storage"))
    }

    fn write<T>(&self, operation: impl FnOnce(&Connection) -> Result<T, Failure>) -> KeyValueResult<T> {
        self.database.write(operation).map_err(|failure| failure.of("storage"))
    }
}

#[async_trait]
impl Storage for SqliteStorage {
    async fn get(&self, installation: InstallationId, key: &str) -> KeyValueResult<Option<String>> {
        self.read(|connection| Ok(get(connection, Address { installation, key })?))
    }

    async fn set(&self, installation: InstallationId, key: &str, json: &str) -> KeyValueResult<()> {
        self.seed(installation, key, json)
    }

    async fn delete(&self, installation: InstallationId, key: &str) -> KeyValueResult<()> {
        self.write(|connection| {
            let mut statement =
                connection.prepare_cached("DELETE FROM storage WHERE installation = ?1 AND key = ?2")?;
            statement.execute(params![installation.0, key])?;
            Ok(())
        })
    }

    async fn init_cursor(&self, installation: InstallationId, key: &str, value: f64) -> KeyValueResult<()> {
        self.write(|connection| {
            let at = Address::of(installation, key)?;
            let json = number_text(value)?;
            if get(connection, at)?.is_none() {
                set(connection, at, &json)?;
            }
            Ok(())
        })
    }

    async fn increment_cursor(
        &self,
        installation: InstallationId,
        key: &str,
        by: f64,
        operation: &WorkId,
    ) -> KeyValueResult<f64> {
        let now = self.clock.now();
        self.write(|connection| {
            let at = Address::of(installation, key)?;
            if let Some(result) = result_of(connection, at, operation)? {
                return Ok(result);
            }
            let sum = get(connection, at)?.map_or(Ok(0.0), |json| number(&json))? + by;
            set(connection, at, &number_text(sum)?)?;
            remember(connection, at, (operation, sum), now)?;
            Ok(sum)
        })
    }
}

/// A key of an installation.
#[derive(Clone, Copy)]
struct Address<'a> {
    installation: InstallationId,
    key: &'a str,
}

impl<'a> Address<'a> {
    /// A key that may be written.
    fn of(installation: InstallationId, key: &'a str) -> Result<Self, Failure> {
        if key.chars().nth(MAXIMUM_KEY_LENGTH).is_some() {
            return Err(Failure::refused("value too long for type character varying(200)"));
        }
        Ok(Self { installation, key })
    }
}

fn get(connection: &Connection, at: Address<'_>) -> rusqlite::Result<Option<String>> {
    let mut statement = connection.prepare_cached("SELECT json FROM storage WHERE installation = ?1 AND key = ?2")?;
    statement.query_row(params![at.installation.0, at.key], |row| row.get(0)).optional()
}

fn set(connection: &Connection, at: Address<'_>, json: &str) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO storage (installation, key, json) VALUES (?1, ?2, ?3)
         ON CONFLICT (installation, key) DO UPDATE SET json = excluded.json",
    )?;
    statement.execute(params![at.installation.0, at.key, json])?;
    Ok(())
}

fn result_of(connection: &Connection, at: Address<'_>, operation: &WorkId) -> rusqlite::Result<Option<f64>> {
    let mut statement = connection.prepare_cached(
        "SELECT result FROM storage_operation WHERE installation = ?1 AND key = ?2 AND operation = ?3",
    )?;
    statement.query_row(params![at.installation.0, at.key, operation.0], |row| row.get(0)).optional()
}

fn remember(
    connection: &Connection,
    at: Address<'_>,
    (operation, result): (&WorkId, f64),
    now: Timestamp,
) -> rusqlite::Result<()> {
    let mut forget = connection.prepare_cached(
        "DELETE FROM storage_operation WHERE rowid IN
             (SELECT rowid FROM storage_operation WHERE done_at <= ?1 ORDER BY done_at LIMIT 16)",
    )?;
    forget.execute([forgotten_at(now)])?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO storage_operation (installation, key, operation, result, done_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    statement.execute(params![at.installation.0, at.key, operation.0, result, now.0])?;
    Ok(())
}

/// The number in a JSON text.
fn number(json: &str) -> Result<f64, Failure> {
    serde_json::from_str(json).map_err(|_| not_numeric())
}

/// The number as JSON text: digits without an exponent, and without a fraction for an integer.
fn number_text(number: f64) -> Result<String, Failure> {
    if number.is_finite() { Ok(number.to_string()) } else { Err(not_numeric()) }
}

fn not_numeric() -> Failure {
    Failure::refused("invalid input syntax for type numeric")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LocalStore;
    use runtime_core::ports::virtual_clock::VirtualClock;
    use std::time::Duration;

    const INSTALLATION: InstallationId = InstallationId(39);

    #[tokio::test]
    async fn entries_are_those_of_the_installation_by_key() {
        let store = LocalStore::in_memory(Arc::new(VirtualClock::at(Timestamp(0)))).storage();
        store.seed(INSTALLATION, "b", "{\"x\":1}").unwrap();
        store.seed(INSTALLATION, "a", "null").unwrap();
        store.seed(InstallationId(40), "c", "1").unwrap();
        store.init_cursor(INSTALLATION, "cursor", 2.5).await.unwrap();
        let pair = |key: &str, json: &str| (key.to_owned(), json.to_owned());
        let expected = [pair("a", "null"), pair("b", "{\"x\":1}"), pair("cursor", "2.5")];
        assert_eq!(store.entries(INSTALLATION).unwrap(), expected);
    }

    #[tokio::test]
    async fn operations_are_forgotten_after_an_hour() {
        let clock = Arc::new(VirtualClock::at(Timestamp(0)));
        let database = Arc::new(Database::in_memory());
        let storage = SqliteStorage::new(Arc::clone(&database), Arc::clone(&clock) as Arc<dyn Clock>);
        let remembered = || {
            let count: rusqlite::Result<i64> = database.read(|connection| {
                connection.query_row("SELECT count(*) FROM storage_operation", [], |row| row.get(0))
            });
            count.unwrap()
        };
        for operation in ["1", "2"] {
            storage.increment_cursor(INSTALLATION, "a", 1.0, &WorkId(operation.to_owned())).await.unwrap();
        }
        clock.advance(Duration::from_secs(3_599));
        assert_eq!(storage.increment_cursor(INSTALLATION, "a", 1.0, &WorkId("1".to_owned())).await.unwrap(), 1.0);
        assert_eq!(remembered(), 2);
        clock.advance(Duration::from_secs(1));
        storage.increment_cursor(INSTALLATION, "a", 1.0, &WorkId("3".to_owned())).await.unwrap();
        assert_eq!(remembered(), 1, "only the operation that was just done");
    }
}
