//! Local mode: `hedgerow run --state`, killed at points that the seed chooses and started again until it comes to its end.

mod state;

use crate::apps::APPS;
use crate::endpoint::{Endpoint, Plan};
use crate::events::{self, Shape};
use crate::files::{DEAD_LETTERS, FAULTS, Fault, FaultKind, INPUT, Lines, RECORDING, Reach, SINK};
use crate::random::Random;
use crate::work::uuids_in;
use serde_json::Value;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

/// How long one start of the program may take. It is a bound on hanging and no measure.
const PATIENCE: Duration = Duration::from_secs(1800);
/// How often the harness looks whether the point of a kill has come.
const LOOK: Duration = Duration::from_millis(1);

/// After how many records at most `hedgerow run --state` notes how far it is.
const RECORDS_A_NOTE: usize = 500;

/// A run to make.
#[derive(Debug, Clone)]
pub struct LocalRun {
    /// The folder for everything that the run leaves; emptied first.
    pub folder: PathBuf,
    /// The program.
    pub hedgerow: PathBuf,
    /// The input.
    pub shape: Shape,
    /// How often it is killed; with 0, nothing else is broken either.
    pub kills: u32,
}

/// Why a run came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// A file or process.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The program could not start its work.
    #[error("hedgerow ended with {0}; see log.txt in the folder of the run")]
    Ended(ExitStatus),
    /// The program did not end.
    #[error("hedgerow did not end within {} s; see log.txt in the folder of the run", PATIENCE.as_secs())]
    Hangs,
    /// The state could not be read.
    #[error("cannot read the dead letters: {0}")]
    State(#[from] rusqlite::Error),
}

/// Where to kill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Point {
    /// When the endpoint was told so often in this start.
    Requests(u64),
    /// So long after the start.
    After(Duration),
}

impl LocalRun {
    /// Makes the run and leaves its files in the folder.
    ///
    /// # Errors
    /// When the program does not come to its end.
    pub async fn make(&self) -> Result<(), LocalError> {
        events::prepare(&self.folder, self.shape)?;
        // Two posts for each of the events that are not dropped, and a few more.
        let requests = self.shape.events * 4 / 3;
        let plan = if self.kills == 0 { Plan::calm() } else { Plan::faulty(self.shape.seed, requests) };
        let endpoint = Endpoint::start(&self.folder.join(RECORDING), plan).await?;
        let faults = Lines::append_to(&self.folder.join(FAULTS))?;
        for point in points(self.shape.seed, self.kills, requests) {
            let mut program = self.start(&endpoint)?;
            let before = endpoint.requests();
            if self.reaches(point, &mut program, || endpoint.requests() - before).await? {
                program.kill().await?;
                self.note_kill(&faults)?;
            } else {
                return self.collect();
            }
        }
        let mut program = self.start(&endpoint)?;
        match tokio::time::timeout(PATIENCE, program.wait()).await {
            Ok(status) => accept(status?)?,
            Err(_) => return Err(LocalError::Hangs),
        }
        self.collect()
    }

    fn start(&self, endpoint: &Endpoint) -> io::Result<Child> {
        let log = File::options().create(true).append(true).open(self.folder.join("log.txt"))?;
        let mut command = Command::new(&self.hedgerow);
        command.arg("run").args(["--team", "1", "--allow-host", "127.0.0.1", "--virtual-clock"]);
        for app in APPS {
            command.arg("--app").arg(app.folder());
            if app.tells {
                command.arg("--config").arg(format!("endpoint={}", endpoint.url()));
            }
        }
        for (option, name) in [("--state", "state"), ("--events", INPUT), ("--output", SINK)] {
            command.arg(option).arg(self.folder.join(name));
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true).spawn()
    }

    /// Waits for the point. False if the program has ended before.
    async fn reaches(&self, point: Point, program: &mut Child, requests: impl Fn() -> u64) -> Result<bool, LocalError> {
        let started = Instant::now();
        loop {
            if let Some(status) = program.try_wait()? {
                accept(status)?;
                return Ok(false);
            }
            let is_there = match point {
                Point::Requests(count) => requests() >= count,
                Point::After(time) => started.elapsed() >= time,
            };
            if is_there {
                return Ok(true);
            }
            if started.elapsed() > PATIENCE {
                return Err(LocalError::Hangs);
            }
            sleep(LOOK).await;
        }
    }

    /// What the program had read since it last noted how far it is is read again; and so is what it had taken from its queue, when
    /// the lease ends.
    fn note_kill(&self, faults: &Lines) -> Result<(), LocalError> {
        let state = self.folder.join("state");
        let in_flight = self.in_flight(state::reached_line(&state).unwrap_or(0))?;
        faults.add(&Fault { fault: FaultKind::Kill, reach: Reach::Events(in_flight) })?;
        let leased = state::leased(&state).unwrap_or_default();
        if !leased.is_empty() {
            faults.add(&Fault { fault: FaultKind::Expired, reach: Reach::Events(leased) })?;
        }
        Ok(())
    }

    /// The events of the records behind that line that may have been taken in before the next note.
    fn in_flight(&self, reached: u64) -> Result<Vec<String>, LocalError> {
        let first = usize::try_from(reached).unwrap_or(usize::MAX);
        let input = BufReader::new(File::open(self.folder.join(INPUT))?);
        let mut uuids = Vec::new();
        for line in input.split(b'\n').skip(first).take(RECORDS_A_NOTE) {
            uuids.extend(uuids_in(&serde_json::from_slice(&line?).unwrap_or(Value::Null)));
        }
        Ok(uuids)
    }

    fn collect(&self) -> Result<(), LocalError> {
        let lines = Lines::append_to(&self.folder.join(DEAD_LETTERS))?;
        for letter in state::dead_letters(&self.folder.join("state"))? {
            lines.add(&letter)?;
        }
        Ok(())
    }
}

/// 1 tells of records that could not be read, which are there on purpose.
fn accept(status: ExitStatus) -> Result<(), LocalError> {
    match status.code() {
        Some(0 | 1) => Ok(()),
        _ => Err(LocalError::Ended(status)),
    }
}

/// Anywhere in the run, and one of five within its first moments.
fn points(seed: u64, kills: u32, requests: u64) -> Vec<Point> {
    let mut random = Random::new(seed, "kills");
    // Each start does what the ones before it have left, so the points lie close enough for all of them to come.
    let span = (requests / u64::from(kills).max(1)).max(1);
    let mut point = || {
        if random.chance(200) {
            Point::After(Duration::from_millis(random.below(300)))
        } else {
            Point::Requests(1 + random.below(span))
        }
    };
    (0..kills).map(|_| point()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_kills_at_the_same_points_again() {
        assert_eq!(points(3, 8, 1000), points(3, 8, 1000));
        assert_ne!(points(3, 8, 1000), points(4, 8, 1000));
        assert!(points(3, 0, 1000).is_empty());
    }
}
