//! What became of cases, for people and for programs.

use super::compare::Difference;
use super::play::{Failure, Mismatch};
use crate::console::{self, BAD, FAINT, GOOD};
use serde_json::{Value, json};

/// A longer value is cut in the report for people.
const LONGEST_VALUE: usize = 1_000;

/// A played case.
pub struct CaseReport {
    /// The case file.
    pub file: String,
    /// The case's name.
    pub name: String,
    /// What was not as expected.
    pub failures: Vec<Failure>,
}

/// How many passed and failed.
pub fn totals(reports: &[CaseReport]) -> (usize, usize) {
    let passed = reports.iter().filter(|report| report.failures.is_empty()).count();
    (passed, reports.len() - passed)
}

/// Writes one case's line, and what failed of it.
pub fn tell(report: &CaseReport) {
    if report.failures.is_empty() {
        return console::line(format_args!("{GOOD}✓{GOOD:#} {}", console::printable(&report.name)));
    }
    console::line(format_args!("{BAD}✗ {}{BAD:#}", console::printable(&report.name)));
    for failure in &report.failures {
        for line in lines(failure) {
            console::line(format_args!("    {}", console::printable(&line)));
        }
    }
}

/// Writes the last line.
pub fn tell_totals(reports: &[CaseReport]) {
    let (passed, failed) = totals(reports);
    let style = if failed == 0 { GOOD } else { BAD };
    console::line(format_args!("{style}{passed} passed, {failed} failed{style:#}"));
}

/// Writes the name of a case file, where there are several.
pub fn tell_file(file: &str) {
    console::line(format_args!("{FAINT}{file}{FAINT:#}"));
}

/// Everything as JSON.
pub fn as_json(reports: &[CaseReport]) -> Value {
    let (passed, failed) = totals(reports);
    let cases: Vec<_> = reports
        .iter()
        .map(|report| {
            let failures: Vec<_> = report.failures.iter().map(failure_as_json).collect();
            json!({ "file": report.file, "name": report.name, "passed": failures.is_empty(), "failures": failures })
        })
        .collect();
    json!({ "passed": passed, "failed": failed, "cases": cases })
}

fn failure_as_json(failure: &Failure) -> Value {
    match &failure.what {
        Mismatch::Said(message) => json!({ "place": failure.place, "message": message }),
        Mismatch::Differs(Difference { path, expected, got }) => {
            let mut json = json!({ "place": failure.place, "path": path, "message": "differs" });
            for (name, value) in [("expected", expected), ("got", got)] {
                if let Some(value) = value {
                    json[name] = value.clone();
                }
            }
            json
        }
    }
}

fn lines(failure: &Failure) -> Vec<String> {
    match &failure.what {
        Mismatch::Said(sentence) => {
            let mut lines = sentence.lines();
            let first = format!("{}: {}", failure.place, lines.next().unwrap_or_default());
            std::iter::once(first).chain(lines.map(|line| format!("  {line}"))).collect()
        }
        Mismatch::Differs(difference) => {
            let place = match difference.path.as_str() {
                "" => failure.place.clone(),
                path => format!("{}: {path}", failure.place),
            };
            let (expected, got) = (shown(difference.expected.as_ref()), shown(difference.got.as_ref()));
            vec![place, format!("  expected {expected}"), format!("  got      {got}")]
        }
    }
}

fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else { return "nothing".to_owned() };
    let text = value.to_string();
    match text.char_indices().nth(LONGEST_VALUE) {
        None => text,
        Some((end, _)) => format!("{}… ({} characters)", &text[..end], text.chars().count()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(what: Mismatch) -> Failure {
        Failure { place: "calls[0] onEvent".into(), what }
    }

    #[test]
    fn a_difference_shows_both_sides() {
        let difference = Difference { path: "a.b".into(), expected: Some(json!("x")), got: None };
        let differs = failure(Mismatch::Differs(difference));
        assert_eq!(lines(&differs), ["calls[0] onEvent: a.b", "  expected \"x\"", "  got      nothing"]);
        let report = |failures| CaseReport { file: "f".into(), name: "n".into(), failures };
        let reports = [report(vec![differs]), report(Vec::new())];
        assert_eq!(totals(&reports), (1, 1));
        let json = as_json(&reports);
        assert_eq!(
            json["cases"][0]["failures"][0],
            json!({"place": "calls[0] onEvent", "path": "a.b", "message": "differs", "expected": "x"})
        );
        assert_eq!((&json["passed"], &json["cases"][1]["passed"]), (&json!(1), &json!(true)));
    }

    #[test]
    fn a_sentence_may_have_more_lines() {
        let said = failure(Mismatch::Said("it threw x\n  at a".into()));
        assert_eq!(lines(&said), ["calls[0] onEvent: it threw x", "    at a"]);
    }

    #[test]
    fn a_long_value_is_cut() {
        let text = shown(Some(&Value::from("ü".repeat(2_000))));
        assert!(text.ends_with("… (2002 characters)") && text.chars().count() < 1_100);
    }
}
