//! Dead letters, a row each.
//!
//! A claim is the time at which it ends, in the letter's row. It stays there after [`DeadLetters::redriven`], which marks only
//! letters that have one: a letter that was put again in between is another failure, and stays open.

use crate::database::Database;
use crate::json_text::{from_json_text, json_text};
use async_trait::async_trait;
use runtime_core::event::{InstallationId, TeamId};
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::dead_letters::{Claim, DeadLetter, DeadLetters, LetterFilter, LetterStates};
use rusqlite::{Connection, OptionalExtension, Row, params};
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
            // Without `claimed_until`: whoever had claimed the letter that is replaced has no claim on this one.
            let mut statement = connection.prepare_cached(
                "INSERT OR REPLACE INTO dead_letter
                     (id, reason, message, body, installation, function, team, created_at, redrive, redriven_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?;
            statement.execute(params![
                letter.id,
                json_text(&letter.reason)?,
                letter.message,
                letter.body,
                letter.installation.map(|installation| installation.0),
                letter.function,
                letter.team.map(|team| team.0),
                letter.created_at.0,
                json_text(&letter.redrive)?,
                letter.redriven_at.map(|at| at.0),
            ])
        });
        put.map(|_| ()).map_err(unavailable)
    }

    async fn list(&self, filter: &LetterFilter, limit: usize) -> Result<Vec<DeadLetter>, Unavailable> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let list = self.database.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, reason, message, body, installation, function, team, created_at, redrive, redriven_at
                 FROM dead_letter
                 WHERE created_at >= ?1 AND (?7 IS NULL OR created_at < ?7) AND (?2 OR redriven_at IS NULL) AND (?3 IS NULL OR installation = ?3)
                     AND (?4 IS NULL OR reason = ?4) AND (?5 IS NULL OR function = ?5)
                 ORDER BY created_at, id LIMIT ?6",
            )?;
            let found = params![
                filter.since.map_or(i64::MIN, |since| since.0),
                filter.states == LetterStates::All,
                filter.installation.map(|installation| installation.0),
                filter.reason.map(|reason| json_text(&reason)).transpose()?,
                filter.function,
                limit,
                filter.until.map(|until| until.0),
            ];
            statement.query_map(found, letter)?.collect::<rusqlite::Result<Vec<_>>>()
        });
        list.map_err(unavailable)
    }

    async fn get(&self, id: &str) -> Result<Option<DeadLetter>, Unavailable> {
        self.database.read(|connection| get(connection, id)).map_err(unavailable)
    }

    async fn claim(&self, id: &str, now: Timestamp, until: Timestamp) -> Result<Claim, Unavailable> {
        let claim = self.database.write(|connection| {
            let mut statement = connection.prepare_cached(
                "UPDATE dead_letter SET claimed_until = ?3
                 WHERE id = ?1 AND redriven_at IS NULL AND (claimed_until IS NULL OR claimed_until <= ?2)",
            )?;
            let claimed = statement.execute(params![id, now.0, until.0])? > 0;
            Ok(match get(connection, id)? {
                None => Claim::Missing,
                Some(letter) if claimed => Claim::Claimed(Box::new(letter)),
                Some(letter) if letter.redriven_at.is_some() => Claim::Redriven,
                Some(_) => Claim::Taken,
            })
        });
        claim.map_err(unavailable)
    }

    async fn redriven(&self, id: &str, at: Timestamp) -> Result<(), Unavailable> {
        let marked = self.database.write(|connection| {
            let mut statement = connection.prepare_cached(
                "UPDATE dead_letter SET redriven_at = ?2 WHERE id = ?1 AND claimed_until IS NOT NULL",
            )?;
            statement.execute(params![id, at.0])
        });
        marked.map(|_| ()).map_err(unavailable)
    }

    async fn remove(&self, id: &str) -> Result<bool, Unavailable> {
        let removed = self
            .database
            .write(|connection| connection.prepare_cached("DELETE FROM dead_letter WHERE id = ?1")?.execute([id]));
        removed.map(|count| count > 0).map_err(unavailable)
    }
}

fn get(connection: &Connection, id: &str) -> rusqlite::Result<Option<DeadLetter>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, reason, message, body, installation, function, team, created_at, redrive, redriven_at
         FROM dead_letter WHERE id = ?1",
    )?;
    statement.query_row([id], letter).optional()
}

/// The columns as both queries name them.
fn letter(row: &Row<'_>) -> rusqlite::Result<DeadLetter> {
    Ok(DeadLetter {
        id: row.get(0)?,
        reason: from_json_text(row, 1)?,
        message: row.get(2)?,
        body: row.get(3)?,
        installation: row.get::<_, Option<i64>>(4)?.map(InstallationId),
        function: row.get(5)?,
        team: row.get::<_, Option<i64>>(6)?.map(TeamId),
        created_at: Timestamp(row.get(7)?),
        redrive: from_json_text(row, 8)?,
        redriven_at: row.get::<_, Option<i64>>(9)?.map(Timestamp),
    })
}
