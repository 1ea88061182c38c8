//! Dead letters, a row each.

use crate::database::Database;
use async_trait::async_trait;
use runtime_core::event::{InstallationId, TeamId};
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::dead_letters::{DeadLetter, DeadLetterReason, DeadLetters};
use rusqlite::types::Type;
use rusqlite::{Row, params};
use std::sync::Arc;

/// [`DeadLetters`] over the SQLite file.
pub struct SqliteDeadLetters {
    database: Arc<Database>,
}

impl SqliteDeadLetters {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

fn unavailable(error: rusqlite::Error) -> Unavailable {
    Unavailable::caused_by("dead letters", error)
}

#[async_trait]
impl DeadLetters for SqliteDeadLetters {
    async fn put(&self, letter: DeadLetter) -> Result<(), Unavailable> {
        let put = self.database.write(|connection| {
            let mut statement = connection.prepare_cached(
                "INSERT OR REPLACE INTO dead_letter
                     (id, reason, message, body, installation, function, team, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?;
            statement.execute(params![
                letter.id,
                reason_text(letter.reason)?,
                letter.message,
                letter.body,
                letter.installation.map(|installation| installation.0),
                letter.function,
                letter.team.map(|team| team.0),
                letter.created_at.0,
            ])
        });
        put.map(|_| ()).map_err(unavailable)
    }

    async fn list(&self, limit: usize) -> Result<Vec<DeadLetter>, Unavailable> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let list = self.database.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, reason, message, body, installation, function, team, created_at
                 FROM dead_letter ORDER BY created_at, id LIMIT ?1",
            )?;
            statement.query_map([limit], letter)?.collect::<rusqlite::Result<Vec<_>>>()
        });
        list.map_err(unavailable)
    }
}

/// The reason as it is stored: its name as JSON text (`"app_failed"`).
fn reason_text(reason: DeadLetterReason) -> rusqlite::Result<String> {
    serde_json::to_string(&reason).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

fn letter(row: &Row<'_>) -> rusqlite::Result<DeadLetter> {
    let reason = serde_json::from_str(row.get_ref(1)?.as_str()?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(1, Type::Text, error.into()))?;
    Ok(DeadLetter {
        id: row.get(0)?,
        reason,
        message: row.get(2)?,
        body: row.get(3)?,
        installation: row.get::<_, Option<i64>>(4)?.map(InstallationId),
        function: row.get(5)?,
        team: row.get::<_, Option<i64>>(6)?.map(TeamId),
        created_at: Timestamp(row.get(7)?),
    })
}
