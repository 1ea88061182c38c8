//! `cargo xtask test`: every test of the project.

mod apps;
mod upstream;

use crate::emulator::Emulator;
use crate::postgres::Postgres;
use crate::{Error, Verdict, help_or_no_arguments, imports, local_stack, node_modules, output, runner, workspace};
use std::path::PathBuf;

const HELP: &str = "Runs every test and closes with a line `N passed, N failed`.

Usage: cargo xtask test

Steps:
  1. builds the workspace
  2. the imports bundle, as `cargo xtask imports` builds it: with npm, into the cache folder
  3. the Rust tests: `cargo nextest run` where cargo-nextest is installed, else `cargo test`; and the doc tests. Those of the
     AWS adapter and of the functions use an emulator, which is installed with pip into the cache folder and runs on 127.0.0.1 meanwhile;
     those of imports also use a PostgreSQL that is made for them, of the programs that the machine has, and removed, and
     compare with Node.js 20, over packages that npm installs into the cache folder
  4. the stack of template.yaml at that emulator: an event in, the final event out; what the functions' roles allow and refuse
  5. `hedgerow test` over each folder of examples/apps
  6. `hedgerow test` over the public apps listed in tests/upstream/apps.json, installed with npm into the cache folder

In the closing line an app counts as one test, and the stack as two. Nothing but Rust, Python 3.10 for steps 3 and 4,
PostgreSQL for step 3, and Node.js 20 with npm for steps 2, 3 and 6 is needed.

Environment:
  HEDGEROW_CACHE  folder for what steps 2, 3 and 6 install [default: $HOME/.cache/hedgerow]

Exit codes: 0 all passed; 1 something failed or no test ran; 2 a step could not run.";

/// How many tests passed and failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Tally {
    passed: usize,
    failed: usize,
}

impl Tally {
    fn count(&mut self, passed: bool) {
        if passed { self.passed += 1 } else { self.failed += 1 }
    }

    fn add(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Runs the command; see the help text above.
pub fn run(arguments: &[String]) -> Result<Verdict, Error> {
    if let Some(verdict) = help_or_no_arguments(arguments, HELP)? {
        return Ok(verdict);
    }
    output::step("build");
    if !workspace::build()? {
        output::line("the workspace does not build");
        return Ok(Verdict::Failed);
    }

    output::step("imports bundle");
    let bundle = imports::bundle()?;

    output::step("Rust tests");
    let emulator = Emulator::start()?;
    let postgres = Postgres::start()?;
    let bundle = bundle.display().to_string();
    let modules = node_modules::install()?.display().to_string();
    let mut environment = [emulator.environment(), postgres.environment()].concat();
    environment.push((node_modules::TEST_FOLDER, &modules));
    environment.push((imports::VARIABLE, &bundle));
    let rust = runner::run(runner::Selection::All, &environment)?;
    drop(postgres);
    let mut tally = Tally { passed: rust.passed, failed: rust.failed };

    output::step("stack");
    tally.count(local_stack::fill(emulator.endpoint())?);
    tally.count(local_stack::check_policies(emulator.endpoint())?);
    drop(emulator);

    let hedgerow = hedgerow_binary()?;
    output::step("example apps");
    tally.add(apps::test_examples(&hedgerow)?);
    output::step("public apps");
    tally.add(upstream::test_all(&hedgerow)?);

    let verdict = verdict(tally, rust.runner_succeeded);
    if tally.failed == 0 && !rust.runner_succeeded {
        output::line("the test runner ended with an error; see above");
    }
    output::line(format_args!("\n{} passed, {} failed", tally.passed, tally.failed));
    Ok(verdict)
}

fn verdict(tally: Tally, runner_succeeded: bool) -> Verdict {
    if runner_succeeded && tally.failed == 0 && tally.passed > 0 { Verdict::Passed } else { Verdict::Failed }
}

fn hedgerow_binary() -> Result<PathBuf, Error> {
    let binary = workspace::target_folder()?.join("debug").join(format!("hedgerow{}", std::env::consts::EXE_SUFFIX));
    if binary.is_file() {
        Ok(binary)
    } else {
        Err(Error::new(format!(
            "the build left no {}; does package `hedgerow` still name its binary so?",
            binary.display()
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_passes_only_if_tests_ran_and_all_passed() {
        assert_eq!(verdict(Tally { passed: 3, failed: 0 }, true), Verdict::Passed);
        assert_eq!(verdict(Tally { passed: 3, failed: 1 }, true), Verdict::Failed);
        assert_eq!(verdict(Tally { passed: 3, failed: 0 }, false), Verdict::Failed);
        assert_eq!(verdict(Tally::default(), true), Verdict::Failed);
    }
}
