//! `cargo xtask cases`: which of the numbered behaviour cases are covered by a passing test.

mod numbers;
mod reasons;

use crate::runner::{self, Outcome};
use crate::{Error, Verdict, help_or_no_arguments, imports, output, workspace};
use numbers::{LAST_CASE, case_number, ranges};
use reasons::Reasons;
use std::collections::{BTreeMap, BTreeSet};

const HELP: &str = "Runs the tests of the numbered behaviour cases and closes with a line `not covered: N`.

Usage: cargo xtask cases

A test belongs to case NNN if its name contains `case_NNN_`. A case is passed if a test carries its number and all that do
passed. N counts the cases of 1-172 that are not passed. Why a case has no test yet, and who will
write it, is in tests/cases.json.

Exit codes: 0 every required case is passed; 1 one is not, or a case's test failed; 2 the tests could not be run.";

/// The cases that a passing test must cover.
fn is_required(number: u16) -> bool {
    matches!(number, 1..=172)
}

/// What became of the cases that have a test.
#[derive(Debug, Default, PartialEq, Eq)]
struct Coverage {
    passed: BTreeSet<u16>,
    /// With the names of the tests that failed.
    failed: BTreeMap<u16, Vec<String>>,
}

impl Coverage {
    fn of(outcomes: &BTreeMap<String, Outcome>) -> Self {
        let mut coverage = Self::default();
        for (name, outcome) in outcomes {
            let Some(number) = case_number(name) else { continue };
            match outcome {
                Outcome::Passed => {
                    coverage.passed.insert(number);
                }
                Outcome::Failed => coverage.failed.entry(number).or_default().push(name.clone()),
            }
        }
        coverage.passed.retain(|number| !coverage.failed.contains_key(number));
        coverage
    }

    /// The cases without a test.
    fn untested(&self) -> BTreeSet<u16> {
        (1..=LAST_CASE).filter(|number| !self.passed.contains(number) && !self.failed.contains_key(number)).collect()
    }

    /// How many required cases no passing test covers.
    fn missing(&self) -> usize {
        (1..=LAST_CASE).filter(|number| is_required(*number) && !self.passed.contains(number)).count()
    }
}

/// Runs the command; see the help text above.
pub fn run(arguments: &[String]) -> Result<Verdict, Error> {
    if let Some(verdict) = help_or_no_arguments(arguments, HELP)? {
        return Ok(verdict);
    }
    let reasons = Reasons::parse(&std::fs::read_to_string(workspace::root().join("tests/cases.json"))?)?;
    let bundle = imports::bundle()?;
    let environment = [(imports::VARIABLE, &*bundle.to_string_lossy())];
    let report = runner::run(runner::Selection::Cases, &environment)?;
    let coverage = Coverage::of(&report.outcomes);
    print(&coverage, &reasons);
    let passed = report.runner_succeeded && coverage.failed.is_empty() && coverage.missing() == 0;
    Ok(if passed { Verdict::Passed } else { Verdict::Failed })
}

fn print(coverage: &Coverage, reasons: &Reasons) {
    output::step("behaviour cases");
    output::line(format_args!("passed ({}): {}", coverage.passed.len(), ranges(&coverage.passed)));
    for (number, tests) in &coverage.failed {
        output::line(format_args!("FAILED {number}: {}", tests.join(", ")));
    }
    let untested = coverage.untested();
    if !untested.is_empty() {
        output::line(format_args!("without a test ({}):", untested.len()));
        for (reason, numbers) in reasons.group(&untested) {
            output::line(format_args!("  {}: {reason}", ranges(&numbers)));
        }
    }
    output::line(format_args!("not covered: {}", coverage.missing()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coverage(tests: &[(&str, Outcome)]) -> Coverage {
        Coverage::of(&tests.iter().map(|(name, outcome)| ((*name).to_owned(), *outcome)).collect())
    }

    #[test]
    fn a_case_is_passed_only_if_all_its_tests_passed() {
        let coverage = coverage(&[
            ("a tests::case_001_empty_source", Outcome::Passed),
            ("b tests::case_001_empty_source_in_typescript", Outcome::Failed),
            ("b tests::case_002_top_level_function", Outcome::Passed),
            ("b tests::an_ordinary_test", Outcome::Failed),
        ]);
        assert_eq!(coverage.passed, BTreeSet::from([2]));
        assert_eq!(coverage.failed[&1], ["b tests::case_001_empty_source_in_typescript"]);
        assert!(!coverage.untested().contains(&1));
        assert!(coverage.untested().contains(&3));
    }

    #[test]
    fn only_required_cases_count_as_missing() {
        assert_eq!(coverage(&[]).missing(), 172);
        let one_of_each =
            [("case_172_x", Outcome::Passed), ("case_173_x", Outcome::Passed), ("case_129_x", Outcome::Failed)];
        assert_eq!(coverage(&one_of_each).missing(), 172 - 1);
    }
}
