//! Versions, foreign files, permissions.

use super::*;

fn sqlite(directory: &Path) -> Connection {
    Connection::open(directory.join(FILE_NAME)).unwrap()
}

#[test]
fn a_new_file_has_the_newest_version_and_survives_opening_again() {
    let directory = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let database = Database::open(directory.path()).unwrap();
        let connection = database.lock();
        assert_eq!(version(&connection).unwrap(), 3);
        let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
    }
}

/// A file of the first version, with what stood in it.
fn first_version(directory: &Path) {
    let file = sqlite(directory);
    file.execute_batch(MIGRATIONS[0]).unwrap();
    file.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
    file.pragma_update(None, "user_version", 1).unwrap();
    let stages = ["chain", "sink", "on_event", "webhook", "export"];
    let continuations =
        stages.map(|name| (name, format!("{{\"kind\":\"continuation\",\"stage\":{{\"name\":\"{name}\"}}}}")));
    let jobs = [("job", "{\"v\":1}".to_owned()), ("other", "{\"kind\":\"x\"}".to_owned()), ("broken", "{".to_owned())];
    for (id, body) in continuations.into_iter().chain(jobs) {
        file.execute("INSERT INTO delayed_message VALUES (?1, 0, 0, ?2)", [id, &body]).unwrap();
    }
    for (function, reason) in [
        (None, "undecodable"),
        (None, "unavailable"),
        (Some("processEvent"), "app_failed"),
        (Some("onEvent"), "app_failed"),
        (Some("composeWebhook"), "app_failed"),
        (Some("exportEvents"), "app_failed"),
        (Some("jobs.later"), "bad_job"),
    ] {
        let insert = "INSERT INTO dead_letter VALUES (?1, ?2, '', x'00', 39, ?3, NULL, 1)";
        let id = format!("{}-{reason}", function.unwrap_or("none"));
        file.execute(insert, (id, format!("\"{reason}\""), function)).unwrap();
    }
}

#[tokio::test]
async fn work_of_the_first_version_knows_its_lane_and_how_it_is_run_again() {
    use crate::LocalStore;
    use runtime_core::pipeline::Stage;
    use runtime_core::ports::clock::Timestamp;
    use runtime_core::ports::dead_letters::{DeadLetters, LetterFilter, Redrive};
    use runtime_core::ports::delayed_queue::{DueWork, Lane};
    use runtime_core::ports::virtual_clock::VirtualClock;
    let directory = tempfile::tempdir().unwrap();
    first_version(directory.path());
    let clock = std::sync::Arc::new(VirtualClock::at(Timestamp(0)));
    let store = LocalStore::open(directory.path(), clock).unwrap();
    for message in store.delayed_queue().take(Timestamp(1), Timestamp(2), 100).await.unwrap() {
        let lane = match message.id.as_str() {
            "export" => Lane::Exports,
            "job" | "other" | "broken" => Lane::Jobs,
            _ => Lane::Continuations,
        };
        assert_eq!((message.lane, message.team), (lane, None), "{}", message.id);
    }
    let letters = store.dead_letters().list(&LetterFilter::default(), 100).await.unwrap();
    assert_eq!(letters.len(), 7);
    for letter in letters {
        let stage = |redrive: &Redrive| match redrive {
            Redrive::Stage(json) => serde_json::from_str::<Stage>(json).unwrap(),
            other => panic!("{}: {other:?}", letter.id),
        };
        let installation = runtime_core::event::InstallationId(39);
        match letter.id.as_str() {
            "none-undecodable" | "processEvent-app_failed" => assert_eq!(letter.redrive, Redrive::Record),
            "jobs.later-bad_job" => assert_eq!(letter.redrive, Redrive::Message(Lane::Jobs)),
            "none-unavailable" => assert_eq!(stage(&letter.redrive), Stage::Sink),
            "onEvent-app_failed" => assert_eq!(stage(&letter.redrive), Stage::OnEvent { installation }),
            "composeWebhook-app_failed" => assert_eq!(stage(&letter.redrive), Stage::Webhook { installation }),
            id => {
                let batch_id = id.to_owned();
                assert_eq!(stage(&letter.redrive), Stage::Export { installation, batch_id: Some(batch_id) });
            }
        }
    }
}

#[test]
fn refuses_a_file_of_a_later_release_and_leaves_it_alone() {
    let directory = tempfile::tempdir().unwrap();
    drop(Database::open(directory.path()).unwrap());
    sqlite(directory.path()).pragma_update(None, "user_version", 7).unwrap();
    let error = Database::open(directory.path()).unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 7, newest: 3, .. }), "{error:?}");
    assert!(error.to_string().contains("update hedgerow"), "{error}");
    assert_eq!(version(&sqlite(directory.path())).unwrap(), 7);
}

#[test]
fn refuses_a_database_of_something_else() {
    let directory = tempfile::tempdir().unwrap();
    sqlite(directory.path()).execute_batch("CREATE TABLE theirs (a)").unwrap();
    let error = Database::open(directory.path()).unwrap_err();
    assert!(matches!(error, OpenError::Foreign { .. }), "{error:?}");
}

#[test]
fn says_so_if_the_file_is_no_database() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join(FILE_NAME), "x".repeat(4_096)).unwrap();
    let error = Database::open(directory.path()).unwrap_err();
    assert!(matches!(error, OpenError::Sqlite { .. }), "{error:?}");
    assert!(error.to_string().contains(FILE_NAME), "{error}");
}

#[test]
fn a_busy_file_is_not_called_damaged() {
    let busy = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY), None);
    let error = OpenError::sqlite(Path::new("store.sqlite3"), busy);
    assert!(error.to_string().starts_with("store.sqlite3 is in use by another process"), "{error}");
}

#[test]
fn says_so_if_the_folder_cannot_be_made() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Database::open(&file.join("store")).unwrap_err();
    assert!(matches!(error, OpenError::Files { .. }), "{error:?}");
}

#[test]
fn a_failed_write_leaves_nothing() {
    let database = Database::in_memory();
    let failed: rusqlite::Result<()> = database.write(|connection| {
        connection.execute("INSERT INTO storage VALUES (1, 'a', '1')", [])?;
        Err(rusqlite::Error::InvalidQuery)
    });
    assert!(failed.is_err());
    let count: rusqlite::Result<i64> =
        database.read(|connection| connection.query_row("SELECT count(*) FROM storage", [], |row| row.get(0)));
    assert_eq!(count.unwrap(), 0);
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().join("store");
    let database = Database::open(&store).unwrap();
    let written: rusqlite::Result<usize> =
        database.write(|connection| connection.execute("INSERT INTO storage VALUES (1, 'a', '1')", []));
    written.unwrap();
    assert_eq!(std::fs::metadata(&store).unwrap().permissions().mode() & 0o777, 0o700);
    let modes: Vec<u32> = std::fs::read_dir(&store)
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().permissions().mode() & 0o777)
        .collect();
    assert_eq!(modes, [0o600; 4], "the database, its WAL, its shared memory and the lock");
}
