//! Keys whatever they hold: finding, making, ending and removing them.

use crate::failure::Failure;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::key_value::CacheScope;
use rusqlite::{Connection, OptionalExtension, Row, params};

const WRONG_TYPE: &str = "WRONGTYPE Operation against a key holding the wrong kind of value";

/// A key, and the time at which it is looked at.
#[derive(Clone, Copy)]
pub(super) struct Address<'a> {
    pub scope: &'a CacheScope,
    pub key: &'a str,
    pub now: Timestamp,
}

/// A live key.
pub(super) struct Entry {
    pub id: i64,
    pub value: Value,
}

/// What a key holds.
pub(super) enum Value {
    Text(String),
    /// How many elements there are, at least one.
    List(u64),
}

impl Entry {
    /// The columns `id, text, length`, as every query for entries begins.
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let value = match row.get(1)? {
            Some(text) => Value::Text(text),
            None => Value::List(row.get(2)?),
        };
        Ok(Self { id: row.get(0)?, value })
    }

    /// The id and the text.
    pub(super) fn text(self) -> Result<(i64, String), Failure> {
        match self.value {
            Value::Text(text) => Ok((self.id, text)),
            Value::List(_) => Err(Failure::refused(WRONG_TYPE)),
        }
    }

    /// The id and the number of elements.
    pub(super) fn list(self) -> Result<(i64, u64), Failure> {
        match self.value {
            Value::List(length) => Ok((self.id, length)),
            Value::Text(_) => Err(Failure::refused(WRONG_TYPE)),
        }
    }
}

/// The key, unless it is missing or has ended.
pub(super) fn find(connection: &Connection, at: Address<'_>) -> rusqlite::Result<Option<Entry>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, text, length FROM cache_key
         WHERE app = ?1 AND team = ?2 AND key = ?3 AND (expires_at IS NULL OR expires_at > ?4)",
    )?;
    statement.query_row(params![at.scope.app, at.scope.team.0, at.key, at.now.0], Entry::of).optional()
}

/// Makes a key that holds `text`, or no element yet. The key must not be there; one that has ended gives way.
pub(super) fn make(connection: &Connection, at: Address<'_>, text: Option<&str>) -> rusqlite::Result<i64> {
    remove(connection, at)?;
    sweep(connection, at.now)?;
    let mut statement =
        connection.prepare_cached("INSERT INTO cache_key (app, team, key, text, length) VALUES (?1, ?2, ?3, ?4, 0)")?;
    statement.insert(params![at.scope.app, at.scope.team.0, at.key, text])
}

/// Removes the key whatever it holds, ended or not, with its elements.
pub(super) fn remove(connection: &Connection, at: Address<'_>) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("DELETE FROM cache_key WHERE app = ?1 AND team = ?2 AND key = ?3")?;
    statement.execute(params![at.scope.app, at.scope.team.0, at.key])?;
    Ok(())
}

/// Removes some of the keys that have ended and that nobody has asked for since. More than one for each that is made, so that
/// they do not pile up, and few, so that no operation takes long.
fn sweep(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "DELETE FROM cache_key WHERE id IN
             (SELECT id FROM cache_key WHERE expires_at <= ?1 ORDER BY expires_at LIMIT 16)",
    )?;
    statement.execute([now.0])?;
    Ok(())
}

/// The time at which a time to live that begins now ends; `None` if it is beyond what Redis can count.
fn end_of(ttl_seconds: i64, now: Timestamp) -> Option<Timestamp> {
    ttl_seconds.checked_mul(1_000)?.checked_add(now.0).map(Timestamp)
}

/// When a key ends that SET stores with this time to live.
pub(super) fn end_for_set(ttl_seconds: Option<i64>, now: Timestamp) -> Result<Option<Timestamp>, Failure> {
    let Some(seconds) = ttl_seconds else { return Ok(None) };
    match end_of(seconds, now) {
        Some(end) if seconds > 0 => Ok(Some(end)),
        _ => Err(Failure::refused("ERR invalid expire time in 'set' command")),
    }
}

/// Sets when a key ends; `None` is never.
pub(super) fn set_end(connection: &Connection, id: i64, end: Option<Timestamp>) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("UPDATE cache_key SET expires_at = ?2 WHERE id = ?1")?;
    statement.execute(params![id, end.map(|end| end.0)])?;
    Ok(())
}

/// EXPIRE.
pub(super) fn expire(connection: &Connection, at: Address<'_>, ttl_seconds: i64) -> Result<bool, Failure> {
    let Some(end) = end_of(ttl_seconds, at.now) else {
        return Err(Failure::refused("ERR invalid expire time in 'expire' command"));
    };
    let Some(entry) = find(connection, at)? else { return Ok(false) };
    if ttl_seconds > 0 {
        set_end(connection, entry.id, Some(end))?;
    } else {
        remove(connection, at)?;
    }
    Ok(true)
}
