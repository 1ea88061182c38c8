//! `hedgerow completions`.

use crate::arguments;
use crate::exit::Outcome;
use clap_complete::Shell;

/// Prints the script of a shell.
pub fn completions(shell: Shell) -> Outcome {
    // Into memory first: clap_complete panics where stdout is closed.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut arguments::definition(), "hedgerow", &mut script);
    crate::console::line(String::from_utf8_lossy(&script).trim_end());
    Outcome::Success
}
