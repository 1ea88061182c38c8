//! Where the commands print: results to standard output, errors to standard error.

use std::fmt::Display;
use std::io::Write as _;

/// Writes one line to standard output. A reader that went away (`| head`) is no reason to fail.
pub fn line(text: impl Display) {
    let mut stdout = std::io::stdout().lock();
    let _ = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
}

/// Announces a step, set apart from what the step itself prints.
pub fn step(text: impl Display) {
    line(format_args!("\n== {text}"));
}

/// Writes one line `error: ...` to standard error.
pub fn error(text: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "error: {text}");
}
