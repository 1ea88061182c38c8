//! What is in a state folder, read from its SQLite file as anybody could.

use crate::files::Letter;
use crate::work::uuids_in;
use rusqlite::{Connection, OpenFlags, Row};
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;

/// Every dead letter, oldest first.
pub fn dead_letters(state: &Path) -> rusqlite::Result<Vec<Letter>> {
    let slugs = slugs(state);
    let connection = open(state)?;
    let mut statement = connection
        .prepare("SELECT id, reason, installation, function, body FROM dead_letter ORDER BY created_at, id")?;
    let letters = statement.query_map([], |row| letter(row, &slugs))?;
    letters.collect()
}

/// The events of the work that somebody had taken from the queue and not finished, once for each message.
pub fn leased(state: &Path) -> rusqlite::Result<Vec<String>> {
    let connection = open(state)?;
    let mut statement = connection.prepare("SELECT body FROM delayed_message WHERE available_at > not_before")?;
    let bodies = statement.query_map([], |row| row.get::<_, String>("body"))?;
    let mut uuids = Vec::new();
    for body in bodies {
        uuids.extend(uuids_in(&serde_json::from_str(&body?).unwrap_or(Value::Null)));
    }
    Ok(uuids)
}

/// The line of the input up to which the program has noted that all is done; 0 if it has noted nothing.
pub fn reached_line(state: &Path) -> rusqlite::Result<u64> {
    let connection = open(state)?;
    let mut statement = connection.prepare("SELECT json FROM document WHERE key LIKE 'input/%'")?;
    let notes = statement.query_map([], |row| row.get::<_, String>("json"))?;
    let mut reached = 0;
    for note in notes {
        let note: Value = serde_json::from_str(&note?).unwrap_or(Value::Null);
        reached = note["line"].as_u64().unwrap_or(0).max(reached);
    }
    Ok(reached)
}

fn open(state: &Path) -> rusqlite::Result<Connection> {
    // Not read-only: what a killed process left in the write-ahead log must be read, too.
    Connection::open_with_flags(state.join("hedgerow.sqlite3"), OpenFlags::SQLITE_OPEN_READ_WRITE)
}

fn letter(row: &Row<'_>, slugs: &HashMap<i64, String>) -> rusqlite::Result<Letter> {
    let reason: String = row.get("reason")?;
    let installation: Option<i64> = row.get("installation")?;
    let body: Vec<u8> = row.get("body")?;
    Ok(Letter {
        id: row.get("id")?,
        reason: reason.trim_matches('"').to_owned(),
        app: installation.map(|number| slugs.get(&number).cloned().unwrap_or_else(|| number.to_string())),
        function: row.get("function")?,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

/// Which app has which number; without the file nobody has one.
fn slugs(state: &Path) -> HashMap<i64, String> {
    let text = std::fs::read(state.join("installations.json")).unwrap_or_default();
    let numbers: HashMap<String, i64> = serde_json::from_slice(&text).unwrap_or_default();
    numbers.into_iter().map(|(slug, number)| (number, slug)).collect()
}
