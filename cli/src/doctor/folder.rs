//! The checks of a folder on this machine.

use super::check::{Check, Question};
use super::installed::{self, Packages};
use super::{clock, letters};
use crate::imports::ImportsArguments;
use crate::installed::place::Place;
use adapter_local::clock::SystemClock;
use adapter_local::{LocalStore, database};
use runtime_core::imports::bundle::ImportsBundle;
use runtime_core::ports::clock::{Clock, Timestamp};
use runtime_core::ports::delayed_queue::DueWork;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const FOLDER: Question = Question { name: "folder", asks: "is it there, and may it be written?" };
const SPACE: Question = Question { name: "space", asks: "is there room on its disk?" };
const STORE: Question = Question { name: "store", asks: "does it open, and is it one of this release?" };
const WORK: Question = Question { name: "work", asks: "does work wait that should be done by now?" };

/// Below these many bytes it is told, and too little.
const LITTLE_BYTES: u64 = 1 << 30;
const TOO_LITTLE_BYTES: u64 = 100 << 20;
/// How late work may be before it is told.
const LATE: Duration = Duration::from_hours(24);

/// Makes every check.
pub async fn checks(folder: &Path, imports: &ImportsArguments) -> Vec<Check> {
    let mut checks = vec![is_writable(folder)];
    if !folder.is_dir() {
        return checks;
    }
    checks.extend(room(folder));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let now = clock.now();
    let store = match open(folder, &clock) {
        Ok(store) => store,
        Err(check) => {
            checks.extend([check, clock::against_history(now, Timestamp(0))]);
            return checks;
        }
    };
    checks.push(STORE.ok(format!("{} opens", database::FILE_NAME)));
    let place = Place::over(&store, folder, clock);
    let has_packages = imports.find().is_some_and(|bundle: Arc<ImportsBundle>| bundle.is_there());
    let looked = installed::look(&place, &*store.documents(), Packages::Here(has_packages)).await;
    let last_change = looked.snapshot.as_ref().map_or(Timestamp(0), |snapshot| snapshot.written_at);
    checks.extend(looked.checks);
    checks.push(clock::against_history(now, last_change));
    let waiting = store.delayed_queue().waiting().await;
    checks.push(match waiting {
        Ok((count, earliest)) => work(count, earliest, now),
        Err(error) => WORK.failed(error.to_string(), "see what is said of the store"),
    });
    checks.push(letters::check(&*store.dead_letters()).await.check);
    checks
}

fn is_writable(folder: &Path) -> Check {
    let name = folder.display();
    if !folder.is_dir() {
        return FOLDER.failed(format!("{name} is no folder"), "give the one that `hedgerow apply` or `run` has made");
    }
    let probe = folder.join(format!(".hedgerow-doctor-{}", std::process::id()));
    match std::fs::write(&probe, "").and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => FOLDER.ok(format!("{name} can be written")),
        Err(error) => FOLDER.failed(format!("{name} cannot be written: {error}"), "make it yours (chown, chmod u+rwx)"),
    }
}

/// An error if there is none, or it does not open. One that is not there is not made.
fn open(folder: &Path, clock: &Arc<dyn Clock>) -> Result<LocalStore, Check> {
    if !folder.join(database::FILE_NAME).is_file() {
        return Err(
            STORE.warning("nothing was kept here yet", "`hedgerow apply --state` or `hedgerow run --state` makes it")
        );
    }
    let opened = LocalStore::open(folder, Arc::clone(clock));
    opened.map_err(|error| STORE.failed(error.to_string(), "do as the error says; nothing of it was changed"))
}

#[cfg(unix)]
fn room(folder: &Path) -> Option<Check> {
    let found = rustix::fs::statvfs(folder).ok()?;
    Some(space(found.f_bavail.saturating_mul(found.f_frsize)))
}

#[cfg(not(unix))]
fn room(_folder: &Path) -> Option<Check> {
    None
}

fn space(free_bytes: u64) -> Check {
    let found = format!("{} MB are free", free_bytes >> 20);
    if free_bytes < TOO_LITTLE_BYTES {
        SPACE.failed(found, "make room: the store cannot grow")
    } else if free_bytes < LITTLE_BYTES {
        SPACE.warning(found, "make room: retries, jobs and dead letters are kept here")
    } else {
        SPACE.ok(found)
    }
}

fn work(count: u64, earliest: Option<Timestamp>, now: Timestamp) -> Check {
    let Some(earliest) = earliest else { return WORK.ok("none waits") };
    let found = format!("{count} pieces wait, the first of them until {earliest}");
    if earliest.plus(LATE) < now {
        return WORK.warning(found, "`hedgerow run --state` does what is due");
    }
    WORK.ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::check::Verdict;
    use super::*;

    #[test]
    fn room_is_told_before_it_is_gone() {
        assert_eq!(space(LITTLE_BYTES).verdict, Verdict::Ok);
        assert_eq!(space(LITTLE_BYTES - 1).verdict, Verdict::Warning);
        assert_eq!(space(TOO_LITTLE_BYTES - 1).verdict, Verdict::Failed);
    }

    #[test]
    fn work_that_is_a_day_late_is_told() {
        let day = 24 * 3600 * 1000;
        assert_eq!(work(0, None, Timestamp(0)).verdict, Verdict::Ok);
        assert_eq!(work(2, Some(Timestamp(0)), Timestamp(day)).verdict, Verdict::Ok);
        assert_eq!(work(2, Some(Timestamp(0)), Timestamp(day + 1)).verdict, Verdict::Warning);
    }

    #[test]
    fn a_folder_that_is_none_fails() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(is_writable(folder.path()).verdict, Verdict::Ok);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
        assert_eq!(is_writable(&folder.path().join("none")).verdict, Verdict::Failed);
    }
}
