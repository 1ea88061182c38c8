//! `hedgerow run` over apps that ask for another attempt.

use super::{AppFolder, StateFolder, command, event, run, run_bytes};
use serde_json::json;
use std::io::{BufRead, BufReader, Write};

/// Fails at every attempt, or not at all.
const FAILING: &str = "export function onEvent(event) { throw new RetryError('not yet') }";
const WORKING: &str =
    "export async function onEvent(event, { cache }) { console.log('seen', event.event, event.team_id) }";

#[test]
fn a_virtual_clock_shows_the_whole_back_off() {
    let app = AppFolder::new(FAILING);
    let started = std::time::Instant::now();
    let ran = run(&app, &["--virtual-clock", "--strict"], &[event("a")]);
    ran.assert_ends_with(1)
        .assert_says("onEvent will be tried again in 5 s: RetryError (attempt 1/6): not yet")
        .assert_says("onEvent will be tried again in 80 s: RetryError (attempt 5/6): not yet")
        .assert_says("onEvent failed: RetryError (attempt 6/6): not yet")
        .assert_says("1 event, 1 sent, 0 dropped, 1 failure, 5 retries (0 succeeded), ")
        .assert_says("1 dead letter");
    assert_eq!(ran.events().len(), 1);
    assert!(started.elapsed().as_secs() < 100, "it did not wait for the 155 seconds");
}

#[test]
fn a_virtual_clock_is_the_apps_clock_and_does_not_go_on_for_ever() {
    let source = "export async function processEvent(event, { jobs }) { await jobs.tick({ left: 2, at: Date.now() }).runIn(1, 'hour'); return event }
        export const jobs = { async tick({ at }, { jobs }) {
            console.log('tick', Date.now() - at >= 3600000)
            await jobs.tick({ at: Date.now() }).runIn(1, 'hour')
        } }";
    let ran = run(&AppFolder::new(source), &["--virtual-clock"], &[event("a")]);
    ran.assert_ends_with(0).assert_says("tick true").assert_says("23 jobs").assert_says("1 job or retry still waits");
    assert!(!ran.stderr.contains("tick false"), "{ran:#?}");
}

#[test]
fn an_event_whose_chain_is_tried_again_comes_out_after_the_others() {
    let source = "let runs = 0
        export function processEvent(event) {
            if (event.event === 'a' && ++runs < 3) throw new Error('not yet')
            return event
        }";
    let app = AppFolder::new(source);
    let ran = run(&app, &["--on-error", "retry", "--virtual-clock", "--strict"], &[event("a"), event("b")]);
    let names: Vec<_> = ran.events().iter().map(|event| event["event"].clone()).collect();
    assert_eq!(names, ["b", "a"]);
    ran.assert_ends_with(0).assert_says("0 failures, 2 retries (1 succeeded)");
}

#[test]
fn what_was_not_due_goes_on_in_a_later_run_of_the_same_state_and_team() {
    let app = AppFolder::new(FAILING);
    let state = StateFolder::new();
    let folder = state.path();
    let of_team = json!({"event": "a", "distinct_id": "d", "team_id": 7, "properties": {}});
    let ran = run(&app, &["--state", folder], &[of_team]);
    ran.assert_ends_with(0).assert_says("1 job or retry still waits").assert_says("a later run with the same --state");
    app.write("index.ts", WORKING);
    let ran = run_bytes(&app, &["--state", folder, "--virtual-clock"], b"");
    ran.assert_ends_with(0).assert_says("seen a 7").assert_says("0 events, 0 sent");
    assert!(!ran.stderr.contains("still wait"), "{ran:#?}");
}

#[test]
fn a_run_that_is_killed_loses_no_retry() {
    let app = AppFolder::new(FAILING);
    let state = StateFolder::new();
    let folder = state.path();
    let mut child = command(&["run", "--app", app.path(), "--state", folder]).spawn().expect("hedgerow starts");
    let mut stdin = child.stdin.take().expect("it is a pipe");
    writeln!(stdin, "{}", event("a")).expect("hedgerow reads");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("it is a pipe")).read_line(&mut line).expect("the event comes out");
    assert!(line.contains("\"a\""), "{line}");
    child.kill().expect("it runs still, as its input has not ended");
    child.wait().expect("it was killed");
    app.write("index.ts", WORKING);
    let ran = run_bytes(&app, &["--state", folder, "--virtual-clock"], b"");
    ran.assert_ends_with(0).assert_says("seen a").assert_says("0 events, 0 sent");
}
