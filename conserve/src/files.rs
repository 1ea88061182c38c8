//! The files of a run: all that the harness leaves, and all that the checker reads.

use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The records that went in, one a line.
pub const INPUT: &str = "input.jsonl";
/// The final events that came out, one a line.
pub const SINK: &str = "sink.jsonl";
/// What the apps told the endpoint, a [`Row`] a line.
pub const RECORDING: &str = "recording.jsonl";
/// The dead letters, a [`Letter`] a line.
pub const DEAD_LETTERS: &str = "dead-letters.jsonl";
/// What the harness broke, a [`Fault`] a line.
pub const FAULTS: &str = "faults.jsonl";

/// What an app told the endpoint, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// `retrier`, `exporter` or `scheduler`.
    pub app: String,
    /// `handled`, `failed`, `exported`, `job` or `tick`.
    pub what: String,
    /// The events.
    pub uuids: Vec<String>,
    /// Those of them that came without what an app before this one adds.
    pub incomplete: Vec<String>,
    /// The how-manieth attempt this was, as the app counts in its cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u64>,
    /// The number that the event got from `cache.incr`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// What the app heard; the endpoint adds it.
    #[serde(default)]
    pub reply: Reply,
}

/// How the endpoint answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Recorded, and said so.
    #[default]
    Ok,
    /// Recorded, but the connection ended before the answer.
    Cut,
    /// The endpoint was down: not recorded.
    Refused,
}

/// A dead letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Its id.
    pub id: String,
    /// Why, as the table says it: `undecodable`, `retries_exhausted`, ...
    pub reason: String,
    /// The app whose work it was, where it was one's.
    pub app: Option<String>,
    /// The function, where it was one's.
    pub function: Option<String>,
    /// The work.
    pub body: String,
}

/// Something that the harness broke on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What.
    pub fault: FaultKind,
    /// Which events may therefore be done once more.
    #[serde(default)]
    pub reach: Reach,
}

/// What can be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// A process was ended with SIGKILL.
    Kill,
    /// A message was delivered twice.
    Duplicate,
    /// A message was delivered again because its lease had ended.
    Expired,
    /// A write was done and its reply lost.
    Cut,
    /// A call was throttled.
    Throttle,
    /// The sink was down for a while.
    Outage,
    /// A function asked for a message again because calls of its failed.
    Redelivery,
    /// A call of an app waited for throttled calls until its time was up, and was tried again.
    TimedOut,
}

/// Which events a fault may have doubled.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// None.
    #[default]
    Nothing,
    /// These, once each.
    Events(Vec<String>),
    /// So many, nobody knows which.
    Any(u64),
}

/// A file to which lines are added; a line is with the operating system when the call returns.
#[derive(Debug)]
pub struct Lines {
    file: Mutex<File>,
}

impl Lines {
    /// Adds to the file, which is made if it is not there.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn append_to(path: &Path) -> io::Result<Self> {
        Ok(Self { file: Mutex::new(OpenOptions::new().create(true).append(true).open(path)?) })
    }

    /// Adds a line.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn add(&self, line: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&text)
    }
}
