//! `cargo xtask timing`: how late retries, set-ups, exports and jobs come on real queues. What is measured is in
//! `tests/it/lambda/timing.rs`.

use crate::emulator::Emulator;
use crate::{Error, Verdict, help_or_no_arguments, output, workspace};

const HELP: &str =
    "Runs the three functions at an emulator's queues for three minutes and prints how late each retry and job came.

Usage: cargo xtask timing

Nothing may come early, and nothing more than three seconds late.

Exit codes: 0 all was in time; 1 something was not; 2 a step could not run.";

/// The one test that measures.
const TEST: &str = "lambda::timing::work_is_never_early_and_at_most_three_seconds_late";

/// Runs the command; see the help text above.
pub fn run(arguments: &[String]) -> Result<Verdict, Error> {
    if let Some(verdict) = help_or_no_arguments(arguments, HELP)? {
        return Ok(verdict);
    }
    if !workspace::build()? {
        output::line("the workspace does not build");
        return Ok(Verdict::Failed);
    }
    let emulator = Emulator::start()?;
    let mut test = workspace::cargo();
    test.args([
        "test",
        "--quiet",
        "--package",
        "tests",
        "--test",
        "it",
        "--",
        "--ignored",
        "--exact",
        "--nocapture",
        TEST,
    ]);
    test.envs(emulator.environment());
    Ok(if workspace::succeeds(&mut test)? { Verdict::Passed } else { Verdict::Failed })
}
