//! How the command ends, as its exit code says it.

use crate::console;
use std::fmt::Display;
use std::process::ExitCode;

/// The table for `--help`.
pub const HELP: &str = "\
Exit codes:
  0  everything went well
  1  run: an event could not be read or finished; with --strict, an app failed
     check: the app has an error
     test: a case failed
     dead-letters: a letter could not be redriven
     send: a line holds no event, or the queue did not take them all
     receive: an event could not be written or removed
     apply and others that change what is installed: the change was refused,
     as a setupPlugin failed or somebody else changed it meanwhile; nothing
     was changed
     plan: it cannot be made, whatever the reason
     doctor: a check failed; pause, resume: it took longer than a minute
  2  wrong usage, or something that cannot be used: an unknown option, a
     missing file, an app that does not load, a bad config, a bad case file,
     a folder without a store, an unknown dead letter, a bad payload of a job,
     a bad hedgerow.toml, files that are not those of hedgerow.lock
     plan: something would change";

/// How a command that could do its work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Exit code 0.
    Success,
    /// Exit code 1: the work was done, and something in it failed.
    Failures,
    /// Exit code 2, of `plan` alone: something would change.
    Changes,
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
        Ok(Outcome::Changes) => ExitCode::from(2),
        Err(unusable) => {
            console::error(&unusable);
            ExitCode::from(2)
        }
    }
}

/// The exit code of `plan`, which uses 2 to say that something would change.
pub fn code_of_plan(result: Result<Outcome, Unusable>) -> ExitCode {
    match result {
        Err(unusable) => {
            console::error(&unusable);
            ExitCode::from(1)
        }
        result => code(result),
    }
}
