//! Runs the workspace's Rust tests, with cargo-nextest where it is installed and with `cargo test` elsewhere, and reads what
//! became of each.

mod parse;

use crate::{Error, output, workspace};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// How one test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It ran and passed.
    Passed,
    /// It ran and failed, crashed or overran its time.
    Failed,
}

/// What a run of tests came to.
#[derive(Debug, Default)]
pub struct Report {
    /// The outcome of each test by its name (`binary path::of::test`; without the binary under `cargo test`). A name that
    /// two binaries share has failed if either failed.
    pub outcomes: BTreeMap<String, Outcome>,
    /// How many tests passed and failed as the runner itself counts them.
    pub passed: usize,
    /// See `passed`.
    pub failed: usize,
    /// Whether the runner ended well. It does not if a test failed, and neither if something did not compile.
    pub runner_succeeded: bool,
}

impl Report {
    fn record(&mut self, name: String, outcome: Outcome) {
        let recorded = self.outcomes.entry(name).or_insert(outcome);
        if outcome == Outcome::Failed {
            *recorded = Outcome::Failed;
        }
    }

    /// Adds the counts of another run.
    pub fn add(&mut self, other: Report) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.runner_succeeded &= other.runner_succeeded;
        for (name, outcome) in other.outcomes {
            self.record(name, outcome);
        }
    }
}

/// Which tests to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// All, doc tests included.
    All,
    /// Those of the numbered behaviour cases: the names that contain `case_`.
    Cases,
}

/// Variables that tests find in their environment.
type Environment<'a> = &'a [(&'static str, &'a str)];

/// Runs the tests, printing what the runner prints.
pub fn run(selection: Selection, environment: Environment<'_>) -> Result<Report, Error> {
    if !has_nextest() {
        return with_cargo_test(selection, environment);
    }
    let mut report = with_nextest(selection, environment)?;
    if selection == Selection::All {
        // nextest runs no doc tests.
        report
            .add(read(workspace::cargo().args(["test", "--workspace", "--doc", "--no-fail-fast"]), parse::cargo_test)?);
    }
    Ok(report)
}

fn has_nextest() -> bool {
    let version =
        workspace::cargo().args(["nextest", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

fn with_nextest(selection: Selection, environment: Environment<'_>) -> Result<Report, Error> {
    let mut command = workspace::cargo();
    command.envs(environment.iter().copied());
    command.args(["nextest", "run", "--workspace", "--no-fail-fast", "--color", "never"]);
    command.args(["--status-level", "pass", "--final-status-level", "fail"]);
    if selection == Selection::Cases {
        command.arg("case_");
    }
    // nextest reports on standard error.
    command.stdout(Stdio::inherit()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let stream = child.stderr.take().expect("standard error is piped");
    let mut report = collect(BufReader::new(stream), parse::nextest)?;
    report.runner_succeeded = child.wait()?.success();
    Ok(report)
}

fn with_cargo_test(selection: Selection, environment: Environment<'_>) -> Result<Report, Error> {
    let mut command = workspace::cargo();
    command.envs(environment.iter().copied());
    command.args(["test", "--workspace", "--no-fail-fast"]);
    if selection == Selection::Cases {
        command.arg("case_");
    }
    read(&mut command, parse::cargo_test)
}

fn read(command: &mut Command, parse: fn(&str, &mut Report)) -> Result<Report, Error> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let stream = child.stdout.take().expect("standard output is piped");
    let mut report = collect(BufReader::new(stream), parse)?;
    report.runner_succeeded = child.wait()?.success();
    Ok(report)
}

fn collect(lines: impl BufRead, parse: fn(&str, &mut Report)) -> Result<Report, Error> {
    let mut report = Report::default();
    for line in lines.split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        output::line(&line);
        parse(&line, &mut report);
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_failed_once_stays_failed() {
        let mut report = Report { runner_succeeded: true, ..Report::default() };
        report.record("a".to_owned(), Outcome::Failed);
        report.record("a".to_owned(), Outcome::Passed);
        assert_eq!(report.outcomes["a"], Outcome::Failed);
    }

    #[test]
    fn adding_a_failed_run_fails_the_sum() {
        let mut sum = Report { passed: 2, runner_succeeded: true, ..Report::default() };
        sum.add(Report { passed: 1, failed: 3, runner_succeeded: false, ..Report::default() });
        assert_eq!((sum.passed, sum.failed, sum.runner_succeeded), (3, 3, false));
    }
}
