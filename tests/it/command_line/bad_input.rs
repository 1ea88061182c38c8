//! Input that people really have: every bad part is told and kept, and the other events come out.

use super::{AppFolder, Ran, event, run_bytes};
use serde_json::{Value, json};

fn app() -> AppFolder {
    AppFolder::new("export function processEvent(event) { event.properties.seen = true; return event }")
}

fn run(input: &[u8]) -> Ran {
    run_bytes(&app(), &[], input)
}

/// The input between two good lines: both come out, and it ends with 1 and says where the bad line is.
#[track_caller]
fn assert_neighbours_survive(bad: &[u8], part: &str) {
    let good = event("good").to_string();
    let input = [good.as_bytes(), b"\n", bad, b"\n", good.as_bytes(), b"\n"].concat();
    let ran = run(&input);
    ran.assert_ends_with(1).assert_says("error: stdin:2: ").assert_says(part).assert_says("1 dead letter");
    let names: Vec<_> = ran.events().iter().map(|event| event["event"].clone()).collect();
    assert_eq!(names, ["good", "good"]);
}

#[test]
fn truncated_json() {
    assert_neighbours_survive(br#"{"event": "bad", "distinct_id": "#, "cannot be read as JSON");
}

#[test]
fn a_truncated_first_line() {
    let input = format!("{{\"event\": \"bad\", \"prop\n{}\n", event("good"));
    let ran = run(input.as_bytes());
    ran.assert_ends_with(1).assert_says("error: stdin:1: ");
    assert_eq!(ran.events().len(), 1);
}

#[test]
fn a_truncated_file() {
    let ran = run(b"[\n  {\n    \"event\": \"bad\",\n");
    ran.assert_ends_with(1).assert_says("error: stdin:1: ").assert_says("1 dead letter");
    assert_eq!(ran.stdout, "");
}

#[test]
fn what_is_no_event() {
    assert_neighbours_survive(b"7", "a number");
    assert_neighbours_survive(br#"{"event": "no person"}"#, "distinct_id");
    assert_neighbours_survive(br#"{"event": "e", "distinct_id": "d", "properties": []}"#, "properties");
    assert_neighbours_survive(b"event,distinct_id", "cannot be read as JSON");
}

#[test]
fn ten_thousand_levels() {
    let deep = format!(
        r#"{{"event": "deep", "distinct_id": "d", "properties": {{"x": {}{}}}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    assert_neighbours_survive(deep.as_bytes(), "levels deep");
}

#[test]
fn one_bad_event_of_a_list() {
    let ran = run(json!([event("a"), {"event": 1}, event("b")]).to_string().as_bytes());
    ran.assert_ends_with(1).assert_says("error: stdin:1: event 1 ").assert_says("2 events, 2 sent");
}

#[test]
fn five_megabytes_in_one_event() {
    let text = "x".repeat(5 << 20);
    let line = json!({"event": "large", "distinct_id": "d", "properties": {"text": text}}).to_string();
    let ran = run(line.as_bytes());
    ran.assert_ends_with(0);
    let events = ran.events();
    assert_eq!(events[0]["properties"]["text"].as_str().map(str::len), Some(5 << 20));
    assert_eq!(events[0]["properties"]["seen"], true);
}

#[test]
fn bytes_that_are_no_utf_8_and_half_surrogates_become_replacement_characters() {
    let ran = run(b"{\"event\": \"a\xff\", \"distinct_id\": \"d\", \"properties\": {\"x\": \"\\ud800\"}}\n");
    ran.assert_ends_with(0);
    assert_eq!(ran.events()[0]["event"], "a\u{fffd}");
    assert_eq!(ran.events()[0]["properties"]["x"], "\u{fffd}");
}

#[test]
fn prototypes_and_duplicate_keys_are_only_keys() {
    let ran = run(br#"{"event": "a", "event": "b", "distinct_id": "d", "properties": {"__proto__": {"polluted": 1}, "x": 1, "x": 2}}"#);
    ran.assert_ends_with(0);
    let event: &Value = &ran.events()[0];
    assert_eq!((&event["event"], &event["properties"]["x"]), (&json!("b"), &json!(2)));
    assert_eq!(event["properties"]["__proto__"], json!({"polluted": 1}));
}

#[test]
fn an_empty_input_is_told_and_no_failure() {
    for input in [&b""[..], b"\n  \n", b"\xef\xbb\xbf"] {
        let ran = run(input);
        ran.assert_ends_with(0).assert_says("warning: stdin holds no events").assert_says("0 events");
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn a_document_over_many_lines() {
    let pretty = serde_json::to_string_pretty(&json!([event("a"), event("b")])).expect("JSON");
    let ran = run(pretty.as_bytes());
    ran.assert_ends_with(0);
    assert_eq!(ran.events().len(), 2);
    let one = serde_json::to_string_pretty(&event("a")).expect("JSON");
    let ran = run(format!("\u{feff}{one}\n{one}").as_bytes());
    assert_eq!(ran.assert_ends_with(0).events().len(), 2);
}

#[test]
fn bad_events_are_kept_with_the_state() {
    let app = app();
    let state = app.join("../state");
    run_bytes(&app, &["--state", &state], b"oops\n").assert_ends_with(1);
    let ran = run_bytes(&app, &["--state", &state], b"oops\n");
    assert!(!ran.stderr.contains("give --state"), "{}", ran.stderr);
}

#[test]
fn an_app_that_throws_at_load_is_left_out() {
    let app = AppFolder::new("const a = 1\nthrow new Error('at load')\nexport function processEvent() {}");
    let ran = run_bytes(&app, &[], event("a").to_string().as_bytes());
    ran.assert_ends_with(0).assert_says("ERROR Demo[1] ").assert_says("at load");
    assert_eq!(ran.events().len(), 1);
    run_bytes(&app, &["--strict"], event("a").to_string().as_bytes()).assert_ends_with(1);
}

#[test]
fn an_app_cannot_steer_the_terminal() {
    let app = AppFolder::new("export function processEvent(event) { console.log('a\\u001b[2Jb\\nc'); return event }");
    let ran = run_bytes(&app, &[], event("a").to_string().as_bytes());
    ran.assert_says("LOG   Demo[1] a\\u{1b}[2Jb\nLOG   Demo[1] c\n");
}
