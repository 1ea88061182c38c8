//! How the command ends, as its exit code says it.

use crate::console;
use std::fmt::Display;
use std::process::ExitCode;

/// The table for `--help`.
pub const HELP: &str = "Exit codes:
  0  everything went well
  1  run: input that could not be used, a port that was out of reach, or with --strict an app that failed;
     check: an error in the app; test: a case that failed
  2  unusable input or usage: an unknown option, a missing file, an app or a case file that cannot be used";

/// How a command that could do its work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Exit code 0.
    Success,
    /// Exit code 1: the work was done, and something in it failed.
    Failures,
}

/// Why a command could not do its work; exit code 2. Says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(String);

impl Unusable {
    /// From an error or a text.
    pub fn new(message: impl Display) -> Self {
        Self(message.to_string())
    }

    /// The same about a file or folder.
    pub fn at(place: impl Display, message: impl Display) -> Self {
        Self(format!("{place}: {message}"))
    }
}

/// The exit code, after telling why if the command could not do its work.
pub fn code(result: Result<Outcome, Unusable>) -> ExitCode {
    match result {
        Ok(Outcome::Success) => ExitCode::SUCCESS,
        Ok(Outcome::Failures) => ExitCode::from(1),
        Err(unusable) => {
            console::error(&unusable);
            ExitCode::from(2)
        }
    }
}
