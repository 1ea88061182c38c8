//! Work for later, a row a message.

use crate::database::Database;
use crate::json_text::{from_json_text, json_text};
use async_trait::async_trait;
use runtime_core::event::TeamId;
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::delayed_queue::{DelayedMessage, DelayedQueue, DueWork};
use rusqlite::{Connection, params};
use std::sync::Arc;

/// [`DueWork`] over the SQLite file, for all lanes.
pub struct SqliteDelayedQueue {
    database: Arc<Database>,
}

impl SqliteDelayedQueue {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

fn unavailable(error: rusqlite::Error) -> Unavailable {
    Unavailable::caused_by("delayed queue", error)
}

#[async_trait]
impl DelayedQueue for SqliteDelayedQueue {
    async fn send(&self, message: DelayedMessage) -> Result<(), Unavailable> {
        let sent = self.database.write(|connection| {
            let mut statement = connection.prepare_cached(
                "INSERT INTO delayed_message (id, not_before, available_at, body, lane, team) VALUES (?1, ?2, ?2, ?3, ?4, ?5)
                 ON CONFLICT (id) DO NOTHING",
            )?;
            let (lane, team) = (json_text(&message.lane)?, message.team.map(|team| team.0));
            statement.execute(params![message.id, message.not_before.0, message.body, lane, team])
        });
        sent.map(|_| ()).map_err(unavailable)
    }
}

#[async_trait]
impl DueWork for SqliteDelayedQueue {
    async fn take(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: usize,
    ) -> Result<Vec<DelayedMessage>, Unavailable> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.database
            .write(|connection| {
                let due = due(connection, now, limit)?;
                let mut lease =
                    connection.prepare_cached("UPDATE delayed_message SET available_at = ?2 WHERE id = ?1")?;
                for message in &due {
                    lease.execute(params![message.id, lease_until.0])?;
                }
                Ok(due)
            })
            .map_err(unavailable)
    }

    async fn finish(&self, id: &str) -> Result<(), Unavailable> {
        let finished = self
            .database
            .write(|connection| connection.prepare_cached("DELETE FROM delayed_message WHERE id = ?1")?.execute([id]));
        finished.map(|_| ()).map_err(unavailable)
    }

    async fn waiting(&self) -> Result<(u64, Option<Timestamp>), Unavailable> {
        self.database
            .read(|connection| {
                let mut statement =
                    connection.prepare_cached("SELECT count(*), min(available_at) FROM delayed_message")?;
                statement.query_row([], |row| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?.map(Timestamp))))
            })
            .map_err(unavailable)
    }
}

/// What may be handed out at `now`, the earliest first, and of one time in the order in which they were sent (`rowid`).
fn due(connection: &Connection, now: Timestamp, limit: i64) -> rusqlite::Result<Vec<DelayedMessage>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, not_before, body, lane, team FROM delayed_message WHERE available_at <= ?1
         ORDER BY not_before, rowid LIMIT ?2",
    )?;
    let messages = statement.query_map([now.0, limit], |row| {
        Ok(DelayedMessage {
            id: row.get(0)?,
            not_before: Timestamp(row.get(1)?),
            body: row.get(2)?,
            lane: from_json_text(row, 3)?,
            team: row.get::<_, Option<i64>>(4)?.map(TeamId),
        })
    })?;
    messages.collect()
}
