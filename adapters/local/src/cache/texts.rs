//! Keys that hold a text: GET, SET, INCR.

use super::keys::{self, Address};
use crate::failure::Failure;
use crate::operations::forgotten_at;
use runtime_core::event::WorkId;
use rusqlite::{Connection, OptionalExtension, params};

/// GET.
pub(super) fn get(connection: &Connection, at: Address<'_>) -> Result<Option<String>, Failure> {
    keys::find(connection, at)?.map(|entry| Ok(entry.text()?.1)).transpose()
}

/// SET, with EX if there is a time to live.
pub(super) fn set(
    connection: &Connection,
    at: Address<'_>,
    value: &str,
    ttl_seconds: Option<i64>,
) -> Result<(), Failure> {
    let end = keys::end_for_set(ttl_seconds, at.now)?;
    let id = keys::make(connection, at, Some(value))?;
    Ok(keys::set_end(connection, id, end)?)
}

/// INCR, once an operation.
pub(super) fn increment(connection: &Connection, at: Address<'_>, operation: &WorkId) -> Result<i64, Failure> {
    if let Some(result) = result_of(connection, at, operation)? {
        return Ok(result);
    }
    let sum = match keys::find(connection, at)? {
        None => {
            keys::make(connection, at, Some("1"))?;
            1
        }
        Some(entry) => {
            let (id, text) = entry.text()?;
            let sum = integer(&text)?
                .checked_add(1)
                .ok_or_else(|| Failure::refused("ERR increment or decrement would overflow"))?;
            let mut statement = connection.prepare_cached("UPDATE cache_key SET text = ?2 WHERE id = ?1")?;
            statement.execute(params![id, sum.to_string()])?;
            sum
        }
    };
    remember(connection, at, operation, sum)?;
    Ok(sum)
}

/// The integer that a text is. Redis takes only the form it writes itself: no plus, space, leading zero or `-0`.
fn integer(text: &str) -> Result<i64, Failure> {
    text.parse::<i64>()
        .ok()
        .filter(|integer| integer.to_string() == text)
        .ok_or_else(|| Failure::refused("ERR value is not an integer or out of range"))
}

fn result_of(connection: &Connection, at: Address<'_>, operation: &WorkId) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT result FROM cache_operation WHERE app = ?1 AND team = ?2 AND key = ?3 AND operation = ?4",
    )?;
    statement.query_row(params![at.scope.app, at.scope.team.0, at.key, operation.0], |row| row.get(0)).optional()
}

fn remember(connection: &Connection, at: Address<'_>, operation: &WorkId, result: i64) -> rusqlite::Result<()> {
    let mut forget = connection.prepare_cached(
        "DELETE FROM cache_operation WHERE rowid IN
             (SELECT rowid FROM cache_operation WHERE done_at <= ?1 ORDER BY done_at LIMIT 16)",
    )?;
    forget.execute([forgotten_at(at.now)])?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO cache_operation (app, team, key, operation, result, done_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    statement.execute(params![at.scope.app, at.scope.team.0, at.key, operation.0, result, at.now.0])?;
    Ok(())
}
