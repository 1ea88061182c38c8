//! Documents, a row each.

use crate::database::Database;
use async_trait::async_trait;
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::{Clock, Timestamp};
use runtime_core::ports::documents::{Document, Documents, NewDocument};
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::Arc;

const PORT: &str = "documents";

/// [`Documents`] over the SQLite file.
pub struct SqliteDocuments {
    database: Arc<Database>,
    clock: Arc<dyn Clock>,
}

impl SqliteDocuments {
    pub(crate) fn new(database: Arc<Database>, clock: Arc<dyn Clock>) -> Self {
        Self { database, clock }
    }

    fn write<T>(
        &self,
        operation: impl FnOnce(&Connection, Timestamp) -> rusqlite::Result<T>,
    ) -> Result<T, Unavailable> {
        let now = self.clock.now();
        self.database.write(|connection| operation(connection, now)).map_err(unavailable)
    }
}

fn unavailable(error: rusqlite::Error) -> Unavailable {
    Unavailable::caused_by(PORT, error)
}

#[async_trait]
impl Documents for SqliteDocuments {
    async fn get(&self, key: &str) -> Result<Option<Document>, Unavailable> {
        let now = self.clock.now();
        let get = self.database.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT json, revision FROM document WHERE key = ?1 AND (ends_at IS NULL OR ends_at > ?2)",
            )?;
            let document = |row: &rusqlite::Row<'_>| Ok(Document { json: row.get(0)?, revision: row.get(1)? });
            statement.query_row(params![key, now.0], document).optional()
        });
        get.map_err(unavailable)
    }

    async fn put(&self, key: &str, document: NewDocument, seen: Option<&Document>) -> Result<bool, Unavailable> {
        document.check_size(PORT)?;
        self.write(|connection, now| match seen {
            None => insert(connection, key, &document, now),
            Some(seen) => replace(connection, (key, seen), &document, now),
        })
    }

    async fn remove(&self, key: &str, seen: &Document) -> Result<bool, Unavailable> {
        self.write(|connection, now| {
            let mut statement = connection.prepare_cached(
                "DELETE FROM document WHERE key = ?1 AND revision = ?2 AND (ends_at IS NULL OR ends_at > ?3)",
            )?;
            Ok(statement.execute(params![key, seen.revision, now.0])? > 0)
        })
    }
}

/// Writes a document unless there is one; one that has ended gives way. Revisions are random, so that those of a document which
/// was removed and made again do not meet.
fn insert(connection: &Connection, key: &str, document: &NewDocument, now: Timestamp) -> rusqlite::Result<bool> {
    sweep(connection, now)?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO document (key, json, revision, ends_at) VALUES (?1, ?2, hex(randomblob(16)), ?3)
         ON CONFLICT (key) DO UPDATE
             SET json = excluded.json, revision = excluded.revision, ends_at = excluded.ends_at
             WHERE document.ends_at <= ?4",
    )?;
    Ok(statement.execute(params![key, document.json, document.ends_at.map(|end| end.0), now.0])? > 0)
}

fn replace(
    connection: &Connection,
    (key, seen): (&str, &Document),
    document: &NewDocument,
    now: Timestamp,
) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(
        "UPDATE document SET json = ?3, revision = hex(randomblob(16)), ends_at = ?4
         WHERE key = ?1 AND revision = ?2 AND (ends_at IS NULL OR ends_at > ?5)",
    )?;
    let end = document.ends_at.map(|end| end.0);
    Ok(statement.execute(params![key, seen.revision, document.json, end, now.0])? > 0)
}

/// Removes some of the documents that have ended: more than one for each that is made, so that they do not pile up, and few, so
/// that no operation takes long.
fn sweep(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "DELETE FROM document WHERE rowid IN
             (SELECT rowid FROM document WHERE ends_at <= ?1 ORDER BY ends_at LIMIT 16)",
    )?;
    statement.execute([now.0])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime_core::ports::virtual_clock::VirtualClock;
    use std::time::Duration;

    #[tokio::test]
    async fn documents_that_have_ended_are_removed() {
        let clock = Arc::new(VirtualClock::at(Timestamp(0)));
        let database = Arc::new(Database::in_memory());
        let documents = SqliteDocuments::new(Arc::clone(&database), Arc::clone(&clock) as Arc<dyn Clock>);
        let new = |ends_at| NewDocument { json: "1".to_owned(), ends_at };
        for key in ["a", "b"] {
            documents.put(key, new(Some(Timestamp(1_000))), None).await.unwrap();
        }
        documents.put("for good", new(None), None).await.unwrap();
        clock.advance(Duration::from_secs(1));
        documents.put("c", new(None), None).await.unwrap();
        let left: rusqlite::Result<i64> =
            database.read(|connection| connection.query_row("SELECT count(*) FROM document", [], |row| row.get(0)));
        assert_eq!(left.unwrap(), 2);
    }
}
