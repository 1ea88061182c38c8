//! `cargo xtask end-to-end`: two apps on a stack, changed, switched off, broken and mended under way (`infra/end_to_end`).

use crate::emulator::{self, Emulator};
use crate::{Error, Verdict, local_stack, output, workspace};
use std::process::{Command, Stdio};

const HELP: &str = "Sends events through two apps of a stack while they are changed, switched off, broken and mended, and checks what came of each event.

Usage: cargo xtask end-to-end [--built] [--events N] [--few N] [--sabotage KIND]
       cargo xtask end-to-end --account --stack NAME [--events N] [--few N]

Without --account the stack is made from template.yaml on an emulator of AWS, and ends with the run. With it, it is the stack of that name
in the account and Region of the environment: deployed before, and without apps. The command says what it will do and asks.

Steps, with N events each [default: 1000, and 100 from the fourth on]:
  1. `hedgerow apply` installs apps A and B, which stamp events with their config and count their deliveries
  2. events go in and come out
  3. `hedgerow config set` changes A, then `hedgerow apply` both, while more events go in: none sees a mix, none is lost, and the
     new config is used within the refresh time
  4. A is disabled with on_disabled = \"pass\": events pass it by
  5. A is disabled with on_disabled = \"park\", and enabled again: events wait for it
  6. A fails: dead letters, and the alarm; A is mended, and `hedgerow dead-letters redrive` delivers to A alone, once

  --built           take the functions that `sam build` left in .aws-sam/build instead of debug builds; elsewhere than on arm64, those
                    for arm64 run under qemu
  --sabotage KIND   tell the checks something else than what was found, so that they have to fail: lose, double, mix, deliver-twice

Exit codes: 0 everything held; 1 something did not, or the run broke off; 2 it could not begin.";

/// Runs the command; see the help text above.
pub fn run(arguments: &[String]) -> Result<Verdict, Error> {
    if let [flag] = arguments
        && (flag == "--help" || flag == "-h")
    {
        output::line(HELP);
        return Ok(Verdict::Passed);
    }
    const KNOWN: [&str; 6] = ["--account", "--built", "--stack", "--events", "--few", "--sabotage"];
    let is_strange = |word: &&String| word.starts_with('-') && !KNOWN.contains(&word.as_str());
    if let Some(unknown) = arguments.iter().find(is_strange) {
        return Err(Error::new(format!("there is no option `{unknown}`\n\n{HELP}")));
    }
    local_stack::build()?;
    if arguments.iter().any(|argument| argument == "--account") {
        // Asks a person.
        return verdict(python()?.args(arguments).stdin(Stdio::inherit()));
    }
    let emulator = Emulator::start()?;
    verdict(python()?.args(["--endpoint", emulator.endpoint()]).args(arguments).stdin(Stdio::null()))
}

/// The program, with the emulator's Python, whose boto3 it uses.
fn python() -> Result<Command, Error> {
    let mut python = emulator::python()?;
    python.arg(workspace::root().join("infra/end_to_end/run.py"));
    python.arg("--binaries").arg(workspace::target_folder()?.join("debug"));
    Ok(python)
}

fn verdict(command: &mut Command) -> Result<Verdict, Error> {
    output::step("end to end");
    Ok(if command.status()?.success() { Verdict::Passed } else { Verdict::Failed })
}
