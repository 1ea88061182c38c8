//! Keys that hold a list: LPUSH, LRANGE, LLEN, LPOP, LREM.
//!
//! An element is a row with a position, so a push costs the same however long the list is. Positions have gaps where elements
//! were removed: only their order means something.

use super::keys::{self, Address};
use crate::failure::Failure;
use rusqlite::{Connection, params};

/// LPUSH.
pub(super) fn push(connection: &Connection, at: Address<'_>, elements: &[String]) -> Result<u64, Failure> {
    if elements.is_empty() {
        return Err(Failure::refused("ERR wrong number of arguments for 'lpush' command"));
    }
    let (id, length) = match keys::find(connection, at)? {
        Some(entry) => entry.list()?,
        None => (keys::make(connection, at, None)?, 0),
    };
    prepend(connection, id, elements.iter())?;
    let length = length + elements.len() as u64;
    set_length(connection, id, length)?;
    Ok(length)
}

/// Puts each element before those that are there, in turn.
fn prepend<'a>(connection: &Connection, id: i64, elements: impl Iterator<Item = &'a String>) -> rusqlite::Result<()> {
    let mut head =
        connection.prepare_cached("SELECT coalesce(min(position), 0) FROM cache_element WHERE key_id = ?1")?;
    let mut position: i64 = head.query_row([id], |row| row.get(0))?;
    let mut insert =
        connection.prepare_cached("INSERT INTO cache_element (key_id, position, element) VALUES (?1, ?2, ?3)")?;
    for element in elements {
        position -= 1;
        insert.execute(params![id, position, element])?;
    }
    Ok(())
}

/// Puts a list, given head first, in place of whatever is there.
pub(super) fn replace(
    connection: &Connection,
    at: Address<'_>,
    elements: &[String],
    ttl_seconds: Option<i64>,
) -> Result<(), Failure> {
    let end = keys::end_for_set(ttl_seconds, at.now)?;
    keys::remove(connection, at)?;
    if elements.is_empty() {
        return Ok(());
    }
    let id = keys::make(connection, at, None)?;
    prepend(connection, id, elements.iter().rev())?;
    set_length(connection, id, elements.len() as u64)?;
    Ok(keys::set_end(connection, id, end)?)
}

/// LLEN.
pub(super) fn length(connection: &Connection, at: Address<'_>) -> Result<u64, Failure> {
    keys::find(connection, at)?.map_or(Ok(0), |entry| Ok(entry.list()?.1))
}

/// LRANGE.
pub(super) fn range(connection: &Connection, at: Address<'_>, start: i64, end: i64) -> Result<Vec<String>, Failure> {
    let Some(entry) = keys::find(connection, at)? else { return Ok(Vec::new()) };
    let (id, length) = entry.list()?;
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let from_head = |index: i64| if index < 0 { index + length } else { index };
    let first = from_head(start).max(0);
    let last = from_head(end).min(length - 1);
    if first > last {
        return Ok(Vec::new());
    }
    Ok(slice(connection, id, first, last - first + 1)?)
}

/// Up to `count` elements, the head first, from the one with `skipped` before it.
pub(super) fn slice(connection: &Connection, id: i64, skipped: i64, count: i64) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection
        .prepare_cached("SELECT element FROM cache_element WHERE key_id = ?1 ORDER BY position LIMIT ?2 OFFSET ?3")?;
    statement.query_map([id, count, skipped], |row| row.get(0))?.collect()
}

/// LPOP with a count.
pub(super) fn pop(connection: &Connection, at: Address<'_>, count: i64) -> Result<Option<Vec<String>>, Failure> {
    if count < 0 {
        return Err(Failure::refused("ERR value is out of range, must be positive"));
    }
    let Some(entry) = keys::find(connection, at)? else { return Ok(None) };
    let (id, length) = entry.list()?;
    let taken = slice(connection, id, 0, count)?;
    let mut statement = connection.prepare_cached(
        "DELETE FROM cache_element WHERE key_id = ?1 AND position IN
             (SELECT position FROM cache_element WHERE key_id = ?1 ORDER BY position LIMIT ?2)",
    )?;
    statement.execute([id, count])?;
    shrink(connection, at, id, length - taken.len() as u64)?;
    Ok(Some(taken))
}

/// LREM.
pub(super) fn remove(connection: &Connection, at: Address<'_>, count: i64, element: &str) -> Result<u64, Failure> {
    let Some(entry) = keys::find(connection, at)? else { return Ok(0) };
    let (id, length) = entry.list()?;
    let mut statement = connection.prepare_cached(if count < 0 {
        "DELETE FROM cache_element WHERE key_id = ?1 AND position IN
             (SELECT position FROM cache_element WHERE key_id = ?1 AND element = ?2 ORDER BY position DESC LIMIT ?3)"
    } else {
        "DELETE FROM cache_element WHERE key_id = ?1 AND position IN
             (SELECT position FROM cache_element WHERE key_id = ?1 AND element = ?2 ORDER BY position LIMIT ?3)"
    })?;
    let limit = if count == 0 { i64::MAX } else { count.saturating_abs() };
    let removed = statement.execute(params![id, element, limit])? as u64;
    shrink(connection, at, id, length - removed)?;
    Ok(removed)
}

/// Notes that `length` elements are left; a list without any does not exist.
fn shrink(connection: &Connection, at: Address<'_>, id: i64, length: u64) -> rusqlite::Result<()> {
    if length == 0 { keys::remove(connection, at) } else { set_length(connection, id, length) }
}

fn set_length(connection: &Connection, id: i64, length: u64) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE cache_key SET length = ?2 WHERE id = ?1")?.execute(params![id, length])?;
    Ok(())
}
