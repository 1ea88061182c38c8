//! `cargo xtask conserve`: builds what the harness drives, and runs it. What is broken and how it is checked is in `conserve/`.

use crate::emulator::Emulator;
use crate::{Error, Verdict, output, workspace};
use std::process::{Command, Stdio};

const HELP: &str =
    "Takes events through four apps while breaking things, and checks that nothing was lost or doubled without cause.

Usage: cargo xtask conserve [--local | --emulator] [--seed N] [--events N] [--kills N | --calm] [--json FILE]

  --local       `hedgerow run --state`, killed again and again [default]
  --emulator    the Lambda functions over an emulator of AWS: kills, duplicates, throttling, lost replies
  --seed N      from which everything follows [default: 1]
  --events N    how many events [default: 20000]
  --kills N     how often something is killed
  --calm        break nothing: then nothing may come twice
  --sabotage B  with --emulator: put a bug in, which the checker has to find (`conserve --help` in the build folder lists all options)
  --variable N=V  with --emulator: a further variable of the functions, such as HEDGEROW_IDEMPOTENCY=on
  --json FILE   write the ledger and the differences there, too

Prints the ledger. The files of the run stay in `conserve` in the build folder; `conserve check DIR` checks them again.

Exit codes: 0 everything adds up; 1 it does not; 2 the run could not be made.";

/// Runs the command; see the help text above.
pub fn run(arguments: &[String]) -> Result<Verdict, Error> {
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        output::line(HELP);
        return Ok(Verdict::Passed);
    }
    let uses_emulator = arguments.iter().any(|argument| argument == "--emulator");
    if !workspace::build()? {
        return Err(Error::new("what the harness drives does not build"));
    }
    let emulator = if uses_emulator { Some(Emulator::start()?) } else { None };
    let program = workspace::target_folder()?.join("debug").join(format!("conserve{}", std::env::consts::EXE_SUFFIX));
    let mut command = Command::new(program);
    command.args(arguments).current_dir(workspace::root()).stdin(Stdio::null());
    if let Some(emulator) = &emulator {
        command.envs(emulator.environment());
    }
    match command.status()?.code() {
        Some(0) => Ok(Verdict::Passed),
        Some(1) => Ok(Verdict::Failed),
        _ => Err(Error::new("the run could not be made; see above")),
    }
}
