//! Each bug is named by the checker; without one it has nothing to say.

use crate::miniature::{Bug, Weather, run};
use conserve::checker::{Difference, Evidence, Kind, check};
use conserve::files::{DEAD_LETTERS, FAULTS, INPUT, RECORDING, SINK};

fn differences(bug: Option<Bug>, weather: Weather) -> Vec<Difference> {
    check(&run(bug, weather)).differences
}

/// The checker says of the bug that there is `kind` at `place`.
fn is_caught(bug: Bug, weather: Weather, kind: Kind, place: &str) {
    let differences = differences(Some(bug), weather);
    let found = differences.iter().any(|difference| difference.kind == kind && difference.place == place);
    assert!(found, "{bug:?} is not told as {kind:?} at {place}: {differences:#?}");
}

#[test]
fn nothing_is_wrong_without_faults() {
    let verdict = check(&run(None, Weather::Calm));
    assert_eq!(verdict.differences, []);
    assert!(verdict.ledger.counting.must_be_exact);
    for row in verdict.ledger.stations {
        assert_eq!((row.expected, row.found + row.dead_letters), (533, 533), "{}", row.station);
        assert_eq!((row.duplicates, row.allowed), (0, 0), "{}", row.station);
    }
}

#[test]
fn nothing_is_wrong_under_faults_that_explain_what_came_twice() {
    let verdict = check(&run(None, Weather::Faulty));
    assert_eq!(verdict.differences, []);
    for row in verdict.ledger.stations {
        assert!(row.duplicates > 0 && row.duplicates <= row.allowed, "{row:?}");
    }
}

#[test]
fn acknowledging_before_sending_loses_what_a_kill_interrupts() {
    for place in ["sink", "handled", "exported", "job"] {
        is_caught(Bug::AcknowledgesBeforeSending, Weather::Faulty, Kind::Lost, place);
    }
}

#[test]
fn going_on_from_the_wrong_stage_doubles_what_was_done() {
    for weather in [Weather::Calm, Weather::Faulty] {
        is_caught(Bug::GoesOnFromTheWrongStage, weather, Kind::Doubled, "sink");
        is_caught(Bug::GoesOnFromTheWrongStage, weather, Kind::Doubled, "exported");
    }
}

#[test]
fn an_attempt_that_is_not_counted_never_ends() {
    for weather in [Weather::Calm, Weather::Faulty] {
        is_caught(Bug::DoesNotCountAttempts, weather, Kind::NotGivenUp, "retries_exhausted");
        is_caught(Bug::DoesNotCountAttempts, weather, Kind::Attempts, "onEvent");
    }
}

#[test]
fn a_lost_claim_check_loses_a_large_event() {
    is_caught(Bug::LosesClaimChecks, Weather::Calm, Kind::Lost, "exported");
}

#[test]
fn work_that_is_given_up_needs_a_letter() {
    is_caught(Bug::BuriesWithoutALetter, Weather::Calm, Kind::Lost, "handled");
    is_caught(Bug::BuriesWithoutALetter, Weather::Calm, Kind::NotGivenUp, "retries_exhausted");
}

#[test]
fn a_redelivery_without_cause_is_no_fault_of_ours() {
    for weather in [Weather::Calm, Weather::Faulty] {
        is_caught(Bug::RedeliversWithoutCause, weather, Kind::Doubled, "sink");
    }
}

#[test]
fn a_partial_failure_that_nobody_reads_loses_events() {
    is_caught(Bug::IgnoresPartialFailures, Weather::Calm, Kind::Lost, "exported");
}

#[test]
fn a_count_that_is_done_twice_leaves_a_number_out() {
    is_caught(Bug::CountsTwiceAfterALostReply, Weather::Calm, Kind::Miscounted, "cache.incr");
}

#[test]
fn bad_records_are_kept_and_kept_whole() {
    is_caught(Bug::KeepsNoBadRecords, Weather::Calm, Kind::LostMalformed, "dead letters");
    is_caught(Bug::CutsBadRecords, Weather::Calm, Kind::NotWhole, "dead letters");
}

#[test]
fn a_dropped_event_goes_nowhere() {
    for place in ["sink", "handled", "exported", "job"] {
        is_caught(Bug::ForgetsDrops, Weather::Calm, Kind::Undropped, place);
    }
}

#[test]
fn later_apps_see_what_the_chain_made() {
    for place in ["handled", "exported", "job"] {
        is_caught(Bug::ShowsTheEventBeforeTheChain, Weather::Calm, Kind::Incomplete, place);
    }
}

#[test]
fn an_event_that_was_changed_or_never_sent_is_named() {
    let mut evidence = run(None, Weather::Calm);
    evidence.sink[0]["properties"]["padding"] = "other".into();
    evidence.sink[1]["uuid"] = "00000000-0000-4000-8000-000000000000".into();
    let found: Vec<(Kind, u64)> =
        check(&evidence).differences.iter().map(|difference| (difference.kind, difference.count)).collect();
    assert_eq!(found, [(Kind::Lost, 1), (Kind::Unknown, 1), (Kind::Changed, 1)]);
}

#[test]
fn a_letter_needs_a_reason_and_a_line_its_form() {
    let mut evidence = run(None, Weather::Calm);
    let mut letter = evidence.dead_letters.iter().find(|letter| letter.reason == "retries_exhausted").unwrap().clone();
    letter.reason = "lost_body".to_owned();
    evidence.dead_letters.push(letter);
    evidence.unreadable.push("sink.jsonl:7".to_owned());
    let kinds: Vec<Kind> = check(&evidence).differences.iter().map(|difference| difference.kind).collect();
    assert_eq!(kinds, [Kind::GivenUp, Kind::Unreadable]);
}

#[test]
fn the_files_of_a_run_are_all_the_evidence() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    let missing = Evidence::read(folder.path()).expect_err("nothing is there").to_string();
    assert!(missing.starts_with("cannot read ") && missing.ends_with("give the folder of a run"), "{missing}");
    write(INPUT, "{\"uuid\":\"u\",\"event\":\"e\",\"properties\":{\"number\":1,\"failures\":0}}\n");
    write(SINK, "{\"uuid\":\"u\",\"event\":\"e\",\"properties\":{\"number\":1,\"failures\":0,\"kept\":1}}\n{\"uuid\"");
    let told = |app: &str, what: &str, more: &str| {
        format!("{{\"app\":\"{app}\",\"what\":\"{what}\",\"uuids\":[\"u\"],\"incomplete\":[]{more}}}\n")
    };
    let recording = told("retrier", "handled", ",\"attempts\":1") + &told("exporter", "exported", "");
    write(RECORDING, &(recording + &told("scheduler", "job", ",\"count\":1") + &told("scheduler", "tick", "")));
    write(DEAD_LETTERS, "");
    write(FAULTS, "{\"fault\":\"throttle\"}\n{\"fault\":\"kill\",\"reach\":{\"events\":[\"u\"]}}\n");
    let verdict = check(&Evidence::read(folder.path()).expect("all of it is there"));
    assert_eq!(verdict.differences.len(), 1, "{:?}", verdict.differences);
    let torn = &verdict.differences[0];
    assert_eq!((torn.kind, torn.examples.as_slice()), (Kind::Unreadable, &["sink.jsonl:2".to_owned()][..]));
    assert!(verdict.ledger.to_string().contains("1 kill, 1 throttle"), "{}", verdict.ledger);
}
