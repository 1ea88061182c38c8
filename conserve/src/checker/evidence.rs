//! What the checker reads.

use crate::files::{DEAD_LETTERS, FAULTS, Fault, INPUT, Letter, RECORDING, Row, SINK};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The files of a run, read.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// The records, one a line.
    pub input: String,
    /// The final events.
    pub sink: Vec<Value>,
    /// What the endpoint was told.
    pub recording: Vec<Row>,
    /// The dead letters.
    pub dead_letters: Vec<Letter>,
    /// What was broken.
    pub faults: Vec<Fault>,
    /// `FILE:LINE` of what could not be read.
    pub unreadable: Vec<String>,
}

/// A file that is not there.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {source}; give the folder of a run", path.display())]
pub struct EvidenceError {
    path: PathBuf,
    source: io::Error,
}

impl Evidence {
    /// Reads the files in `folder`.
    ///
    /// # Errors
    /// When one is not there. A line that is not what it should be is a difference and no error.
    pub fn read(folder: &Path) -> Result<Self, EvidenceError> {
        let mut unreadable = Vec::new();
        Ok(Self {
            input: text(&folder.join(INPUT))?,
            sink: lines(folder, SINK, &mut unreadable)?,
            recording: lines(folder, RECORDING, &mut unreadable)?,
            dead_letters: lines(folder, DEAD_LETTERS, &mut unreadable)?,
            faults: lines(folder, FAULTS, &mut unreadable)?,
            unreadable,
        })
    }
}

fn text(path: &Path) -> Result<String, EvidenceError> {
    let bytes = fs::read(path).map_err(|source| EvidenceError { path: path.to_owned(), source })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn lines<Line: DeserializeOwned>(
    folder: &Path,
    name: &str,
    unreadable: &mut Vec<String>,
) -> Result<Vec<Line>, EvidenceError> {
    let text = text(&folder.join(name))?;
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        match serde_json::from_str(line) {
            Ok(line) => lines.push(line),
            Err(_) => unreadable.push(format!("{name}:{number}")),
        }
    }
    Ok(lines)
}
