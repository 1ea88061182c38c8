//! A state folder of the release before.

use super::stored;
use crate::command_line::{Ran, hedgerow};
use adapter_local::LocalStore;
use adapter_local::clock::SystemClock;
use adapter_local::database::FILE_NAME;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// The fixture, opened by nobody so far.
struct State {
    folder: TempDir,
}

impl State {
    fn new() -> Self {
        let state = Self { folder: TempDir::new().expect("a folder") };
        let sql = std::fs::read_to_string(stored("before-registry/state.sql")).expect("it is stored");
        state.file().execute_batch(&sql).expect("it is SQL");
        state
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn file(&self) -> Connection {
        Connection::open(self.path().join(FILE_NAME)).expect("SQLite opens it")
    }

    /// `hedgerow run` over both apps, as the release before ran them, or with everything mended.
    fn run(&self, [fails, set_up]: [&str; 2], events: &str) -> Ran {
        let app = |name: &str| stored("apps").join(name).to_str().expect("UTF-8").to_owned();
        let [keeper, later] = ["keeper", "later"].map(app);
        let [fails, set_up] = [format!("fails={fails}"), format!("set_up={set_up}")];
        let words = ["run", "--state", self.folder(), "--team", "2", "--on-error", "retry", "--no-schedules", "--app"];
        let apps = [&keeper, "--config", &fails, "--app", &later, "--config", &set_up];
        hedgerow(&[&words[..], &apps].concat(), events.as_bytes())
    }

    fn folder(&self) -> &str {
        self.path().to_str().expect("paths of tests are UTF-8")
    }

    fn letters(&self) -> Vec<Value> {
        let ran = hedgerow(&["dead-letters", "list", "--state", self.folder(), "--json"], b"");
        ran.assert_ends_with(0);
        serde_json::from_str(&ran.stdout).expect("JSON")
    }
}

/// A table of the release before: the columns that it had.
fn rows(file: &Connection, table: &str, columns: &str) -> Vec<Vec<rusqlite::types::Value>> {
    let mut statement = file.prepare(&format!("SELECT {columns} FROM {table} ORDER BY 1, 2")).expect("it is there");
    let count = statement.column_count();
    let rows = statement.query_map([], |row| (0..count).map(|index| row.get(index)).collect()).expect("it is read");
    rows.map(|row| row.expect("a row")).collect()
}

/// What the log says was finished, and how often.
fn finished(ran: &Ran) -> BTreeMap<String, usize> {
    let mut finished = BTreeMap::new();
    for line in ran.stderr.lines() {
        if let Some((_, what)) = line.split_once("finished ") {
            *finished.entry(what.to_owned()).or_default() += 1;
        }
    }
    finished
}

#[test]
fn opening_it_keeps_every_row_with_its_id_and_its_time() {
    let state = State::new();
    let tables = [
        ("cache_key", "app, key, team, text, length, expires_at"),
        ("cache_element", "key_id, position, element"),
        ("storage", "installation, key, json"),
        ("delayed_message", "id, not_before, available_at, body, lane, team"),
        ("dead_letter", "id, reason, message, body, installation, function, team, created_at, redrive, redriven_at"),
        ("document", "key, json, revision, ends_at"),
    ];
    let read = || tables.map(|(table, columns)| rows(&state.file(), table, columns));
    let before = read();
    assert!(before.iter().all(|rows| !rows.is_empty()), "the fixture has something of everything");
    let version =
        || state.file().pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0)).expect("a number");
    let old = version();
    drop(LocalStore::open(state.path(), Arc::new(SystemClock::new())).expect("it opens"));
    assert_eq!(read(), before);
    assert!(version() >= old);
}

#[test]
fn apps_find_what_they_kept() {
    let state = State::new();
    let look = json!({"event": "look", "distinct_id": "ann"}).to_string();
    // With the config that the app had: what it kept in `meta.global` is of that version of it.
    let ran = state.run(["yes", "fine"], &look);
    ran.assert_ends_with(0);
    let found = &ran.events()[0]["properties"];
    assert_eq!(
        (&found["counter"], &found["cursor"], &found["global"]),
        (&json!(10), &json!(101), &json!(8)),
        "{found}"
    );
    assert_eq!((&found["ends"], &found["setUp"]), (&json!("ended"), &json!({"by": "the release before"})));
    let stored = &found["stored"];
    assert_eq!((&stored["text"], &stored["number"]), (&json!("\u{e4} \u{1f33f} \"quoted\""), &json!(1.5)));
    let list = found["list"].as_array().expect("a list");
    assert_eq!((list.len(), list.last()), (10, Some(&json!("parked"))));
}

#[test]
fn what_waited_goes_on_from_where_it_was_and_once() {
    let state = State::new();
    let ran = state.run(["no", "fine"], "");
    ran.assert_ends_with(0);
    let expected = ["chain", "export", "job ann", "on_event", "parked chain", "parked job", "webhook"];
    let expected: BTreeMap<String, usize> = expected.map(|what| (what.to_owned(), 1)).into();
    assert_eq!(finished(&ran), expected, "{}", ran.stderr);
    // The chain goes on after the app that had failed, and only its event had not reached the sink.
    let events = ran.events();
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((&event["event"], &event["properties"]["plan"]), (&json!("chain"), &json!("free")));
    assert_eq!(event["uuid"], "018bcd01-0000-7000-8000-000000000001");
    assert_eq!(rows(&state.file(), "delayed_message", "id, body"), [[]; 0], "nothing waits any more");
    let bad_jobs = state.letters().into_iter().filter(|letter| letter["reason"] == "bad_job").count();
    assert_eq!(bad_jobs, 2, "a job that the app has lost is given up, as one was before");
    assert_eq!(finished(&state.run(["no", "fine"], "")), BTreeMap::new(), "once is enough");
}

#[test]
fn dead_letters_are_listed_and_run_again() {
    let state = State::new();
    let mut reasons: Vec<_> = state.letters().iter().map(|letter| letter["reason"].clone()).collect();
    reasons.sort_by_key(ToString::to_string);
    let expected = ["app_failed", "app_failed", "bad_job", "disabled", "retries_exhausted", "undecodable"];
    assert_eq!(reasons, expected);
    let words = ["dead-letters", "redrive", "--state", state.folder(), "--all-matching", "--yes"];
    hedgerow(&words, b"").assert_ends_with(0);
    let ran = state.run(["no", "fine"], "");
    let finished = finished(&ran);
    for what in ["exhausted", "failed", "retried job", "parked parked"] {
        assert_eq!(finished.get(what), Some(&1), "{what}: {}", ran.stderr);
    }
    let mut reasons: Vec<_> = state.letters().iter().map(|letter| letter["reason"].clone()).collect();
    reasons.sort_by_key(ToString::to_string);
    assert_eq!(reasons, ["bad_job", "bad_job", "undecodable"], "what cannot be done is given up again");
}

#[test]
fn what_is_applied_takes_over() {
    let state = State::new();
    let project = TempDir::new().expect("a folder");
    let apps: PathBuf = stored("apps");
    let toml = format!(
        "[tokens]\nphc_x = 2\n\n[[app]]\nslug = 'keeper'\nid = 1\nsource = '{0}/keeper'\nconfig = {{ fails = 'no' }}\n\n\
         [[app]]\nslug = 'later'\nid = 2\nsource = '{0}/later'\norder = 1\n",
        apps.display()
    );
    let file = project.path().join("hedgerow.toml");
    std::fs::write(&file, toml).expect("writable");
    let file = file.to_str().expect("UTF-8");
    hedgerow(&["apply", "--file", file, "--state", state.folder(), "--yes"], b"").assert_ends_with(0);
    let look = json!({"event": "look", "distinct_id": "ann"}).to_string();
    let ran = hedgerow(&["run", "--state", state.folder(), "--no-schedules"], look.as_bytes());
    ran.assert_ends_with(0);
    let look = ran.events().into_iter().find(|event| event["event"] == "look").expect("it came through");
    assert_eq!((&look["properties"]["counter"], &look["properties"]["cursor"]), (&json!(10), &json!(101)));
    assert_eq!(finished(&ran).len(), 8, "and what waited is done: {}", ran.stderr);
}
