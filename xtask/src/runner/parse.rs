//! Reads the lines of cargo-nextest and of `cargo test`.

use super::{Outcome, Report};

/// Reads one line of nextest: `PASS [   0.011s] (1/9) runtime-core decode::tests::case_155_empty_body` and, at the end,
/// `Summary [   0.5s] 9 tests run: 8 passed (1 slow), 1 failed, 2 skipped`.
///
/// A failed test is listed a second time after the summary; the counts are the summary's, so that does not matter.
pub fn nextest(line: &str, report: &mut Report) {
    let line = line.trim();
    let Some((status, rest)) = line.split_once('[') else { return };
    let status = status.trim();
    let Some((_, rest)) = rest.split_once(']') else { return };
    if status == "Summary" {
        let Some((_, counts)) = rest.split_once(" run: ") else { return };
        // A test that was stopped for its time counts beside the failed ones.
        report.passed += count_before(counts, "passed");
        report.failed +=
            ["failed", "exec failed", "timed out"].iter().map(|word| count_before(counts, word)).sum::<usize>();
        return;
    }
    let Some(outcome) = nextest_outcome(status) else { return };
    let name = without_counter(rest.trim());
    if !name.is_empty() {
        report.record(name.to_owned(), outcome);
    }
}

/// `None` for what is not the end of a test (`SLOW`, `START`, `SETUP PASS`, ...).
fn nextest_outcome(status: &str) -> Option<Outcome> {
    match status {
        "PASS" | "LEAK" => Some(Outcome::Passed),
        "FAIL" | "TIMEOUT" | "ABORT" | "XFAIL" | "LEAK-FAIL" | "FAIL + LEAK" => Some(Outcome::Failed),
        signal if signal.starts_with("SIG") => Some(Outcome::Failed),
        _ => None,
    }
}

/// Without the `(3/120)` that nextest puts before a name.
fn without_counter(name: &str) -> &str {
    match name.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        Some((_, name)) => name.trim_start(),
        None => name,
    }
}

/// Reads one line of the standard harness: `test decode::tests::case_155_empty_body ... ok` and, per binary,
/// `test result: FAILED. 8 passed; 1 failed; 0 ignored; ...`.
pub fn cargo_test(line: &str, report: &mut Report) {
    if let Some(counts) = line.strip_prefix("test result: ") {
        report.passed += count_before(counts, "passed");
        report.failed += count_before(counts, "failed");
        return;
    }
    let Some((name, result)) = line.strip_prefix("test ").and_then(|rest| rest.rsplit_once(" ... ")) else { return };
    let outcome = match result {
        "ok" => Outcome::Passed,
        "FAILED" => Outcome::Failed,
        _ => return,
    };
    report.record(name.trim_end_matches(" - should panic").to_owned(), outcome);
}

/// The number before `word` in a list such as `8 passed (1 slow), 1 failed`; 0 where the word is absent.
fn count_before(counts: &str, word: &str) -> usize {
    let part = counts.split([',', ';', '.']).map(str::trim).find_map(|part| {
        let (number, rest) = part.split_once(' ')?;
        let rest = rest.split(" (").next().unwrap_or(rest);
        (rest == word).then(|| number.parse().ok())?
    });
    part.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(parse: fn(&str, &mut Report), text: &str) -> Report {
        let mut report = Report::default();
        text.lines().for_each(|line| parse(line, &mut report));
        report
    }

    #[test]
    fn nextest_lines_give_outcomes_and_counts() {
        let report = report(
            nextest,
            "    Starting 4 tests across 2 binaries (1 test skipped)
        PASS [   0.011s] (1/4) runtime-core decode::tests::case_155_empty_body
        SLOW [> 60.000s] (───) tests::it cases::case_046_endless_while
     TIMEOUT [  90.000s] (2/4) tests::it cases::case_046_endless_while
     SIGABRT [   0.020s] (3/4) tests::it cases::case_060_recursion
        FAIL [   0.020s] (4/4) runtime-core event::tests::shape
     Summary [  90.031s] 4 tests run: 1 passed (1 slow), 2 failed, 1 timed out, 1 skipped
        FAIL [   0.020s] (4/4) runtime-core event::tests::shape",
        );
        assert_eq!((report.passed, report.failed), (1, 3));
        assert_eq!(report.outcomes.len(), 4);
        assert_eq!(report.outcomes["runtime-core decode::tests::case_155_empty_body"], Outcome::Passed);
        assert_eq!(report.outcomes["tests::it cases::case_046_endless_while"], Outcome::Failed);
        assert_eq!(report.outcomes["tests::it cases::case_060_recursion"], Outcome::Failed);
    }

    #[test]
    fn an_older_nextest_prints_no_counter() {
        let report = report(nextest, "        PASS [   0.004s] xtask tests::every_command_has_help");
        assert_eq!(report.outcomes["xtask tests::every_command_has_help"], Outcome::Passed);
    }

    #[test]
    fn lines_of_the_standard_harness_give_outcomes_and_counts() {
        let report = report(
            cargo_test,
            "running 3 tests
test decode::tests::case_155_empty_body ... ok
test event::tests::shape ... FAILED
test limits::tests::slow ... ignored, needs an hour
test exits - should panic ... ok
test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        );
        assert_eq!((report.passed, report.failed), (2, 1));
        assert_eq!(report.outcomes.len(), 3);
        assert_eq!(report.outcomes["event::tests::shape"], Outcome::Failed);
        assert_eq!(report.outcomes["exits"], Outcome::Passed);
    }
}
