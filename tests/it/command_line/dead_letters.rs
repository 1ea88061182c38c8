//! `hedgerow dead-letters`.

use super::{AppFolder, Ran, StateFolder, event, hedgerow, run, run_bytes};
use serde_json::{Value, json};

const FAILING: &str = "export function processEvent(event) { console.log('chain', event.event); return event }
    export function onEvent(event) { throw new Error('boom ' + event.event) }";
const WORKING: &str = "export function processEvent(event) { console.log('chain', event.event); return event }
    export function onEvent(event) { console.log('seen', event.event) }";

/// A state folder in which an app has failed.
struct State {
    app: AppFolder,
    folder: StateFolder,
}

impl State {
    /// `onEvent` has failed for an event a and an event b, and a third line was no record.
    fn with_letters() -> Self {
        let state = Self { app: AppFolder::new(FAILING), folder: StateFolder::new() };
        let input = format!("{}\n{}\nnot json\n", event("a"), event("b"));
        let ran = run_bytes(&state.app, &["--state", state.path()], input.as_bytes());
        ran.assert_ends_with(1).assert_says("3 dead letters").assert_says("hedgerow dead-letters list --state DIR");
        state
    }

    fn path(&self) -> &str {
        self.folder.path()
    }

    /// `hedgerow dead-letters COMMAND --state DIR WORDS`
    fn letters(&self, command: &str, words: &[&str]) -> Ran {
        hedgerow(&[&["dead-letters", command, "--state", self.path()], words].concat(), b"")
    }

    fn listed(&self, words: &[&str]) -> Vec<Value> {
        let ran = self.letters("list", &[words, &["--json"]].concat());
        ran.assert_ends_with(0);
        serde_json::from_str(&ran.stdout).expect("a list of objects")
    }

    fn count(&self, words: &[&str]) -> usize {
        self.listed(words).len()
    }

    /// The id of the letter about an event.
    fn id_of(&self, name: &str) -> String {
        let letters = self.listed(&["--all"]);
        let letter = letters.iter().find(|letter| letter["message"] == format!("Error: boom {name}"));
        letter.expect("there is one")["id"].as_str().expect("a text").to_owned()
    }

    /// A run of the repaired app without events.
    fn run_again(&self) -> Ran {
        self.app.write("index.ts", WORKING);
        run_bytes(&self.app, &["--state", self.path()], b"")
    }
}

#[test]
fn a_list_is_a_table_with_whole_ids_where_nobody_looks() {
    let state = State::with_letters();
    let ran = state.letters("list", &[]);
    ran.assert_ends_with(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{ran:#?}");
    let head: Vec<&str> = lines[0].split("  ").filter(|word| !word.is_empty()).map(str::trim).collect();
    assert_eq!(head, ["ID", "GIVEN UP", "REASON", "APP", "FUNCTION", "MESSAGE"]);
    let line = lines.iter().find(|line| line.starts_with(&state.id_of("a"))).expect("its whole id");
    for part in ["app_failed", "demo (1)", "onEvent", "Error: boom a"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(!ran.stdout.contains('\u{1b}') && !ran.stdout.contains("REDRIVEN"));
    assert!(state.letters("list", &["--all"]).stdout.contains("REDRIVEN"));
}

#[test]
fn filters_choose_letters() {
    let state = State::with_letters();
    for (words, count) in [
        (&[][..], 3),
        (&["--app", "demo"], 2),
        (&["--app", "1"], 2),
        (&["--app", "7"], 0),
        (&["--reason", "undecodable"], 1),
        (&["--function", "onEvent"], 2),
        (&["--function", "exportEvents"], 0),
        (&["--since", "1h"], 3),
        (&["--since", "2100-01-01T00:00:00Z"], 0),
        (&["--until", "1h"], 0),
        (&["--until", "2100-01-01T00:00:00Z"], 3),
        (&["--since", "1h", "--until", "2100-01-01T00:00:00Z"], 3),
        (&["--limit", "2"], 2),
        (&["--app", "demo", "--reason", "undecodable"], 0),
    ] {
        assert_eq!(state.count(words), count, "{words:?}");
    }
    state.letters("list", &["--limit", "2"]).assert_says("there are more than 2 dead letters");
    state.letters("list", &["--app", "7"]).assert_ends_with(0).assert_says("there are no such dead letters");
}

#[test]
fn show_tells_everything_about_one() {
    let state = State::with_letters();
    let id = state.id_of("b");
    let ran = state.letters("show", &[&id[..12]]);
    ran.assert_ends_with(0);
    for part in [&id, "app_failed", "Error: boom b", "demo (1)", "at the stage on_event:1", "  \"event\": \"b\","] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    let shown: Value = serde_json::from_str(&state.letters("show", &[&id, "--json"]).stdout).expect("JSON");
    let body: Value = serde_json::from_str(shown["body"].as_str().expect("text")).expect("an event");
    assert_eq!((shown["function"].as_str(), body["event"].as_str()), (Some("onEvent"), Some("b")));
}

#[test]
fn a_body_that_is_no_text_is_shown_as_base64_and_cannot_be_sent() {
    let state = State { app: AppFolder::new(WORKING), folder: StateFolder::new() };
    run_bytes(&state.app, &["--state", state.path()], b"\xff\xfe\n").assert_ends_with(1);
    let id = state.listed(&[])[0]["id"].as_str().expect("a text").to_owned();
    assert!(state.letters("show", &[&id]).stdout.contains("2 bytes, shown as base64\n//4=\n"));
    let shown: Value = serde_json::from_str(&state.letters("show", &[&id, "--json"]).stdout).expect("JSON");
    assert_eq!(shown["body_base64"], "//4=");
    let ran = state.letters("redrive", &[&id]);
    ran.assert_ends_with(1).assert_says("cannot be sent").assert_says("no UTF-8 text from byte 0 on");
    assert_eq!(ran.stdout, "0 dead letters redriven\n");
    assert_eq!(state.count(&[]), 1);
}

#[test]
fn a_redriven_letter_runs_what_failed_and_nothing_else() {
    let state = State::with_letters();
    let id = state.id_of("a");
    let ran = state.letters("redrive", &[&id]);
    ran.assert_ends_with(0).assert_says("goes on with 1 event where it failed").assert_says("hedgerow run --state");
    assert_eq!(ran.stdout, "1 dead letter redriven\n");
    assert_eq!((state.count(&[]), state.count(&["--all"])), (2, 3));
    state.letters("redrive", &[&id]).assert_ends_with(1).assert_says("was redriven before");
    let ran = state.run_again();
    ran.assert_ends_with(0).assert_says("seen a");
    assert!(!ran.stderr.contains("chain") && !ran.stderr.contains("seen b") && ran.stdout.is_empty(), "{ran:#?}");
    assert!(!state.run_again().stderr.contains("seen a"), "it runs once");
}

#[test]
fn a_letter_whose_work_fails_again_waits_again() {
    let state = State::with_letters();
    let id = state.id_of("a");
    for _ in 0..2 {
        state.letters("redrive", &[&id]).assert_ends_with(0);
        assert_eq!(state.count(&["--app", "demo"]), 1);
        run(&state.app, &["--state", state.path()], &[]).assert_ends_with(0).assert_says("boom a");
        assert_eq!(state.count(&["--app", "demo"]), 2);
    }
}

#[test]
fn a_redriven_record_goes_through_the_whole_pipeline() {
    // A capture that came from too many others is kept as the record that it would have been.
    let source = "export async function onEvent() { await posthog.capture('loop', {}) }";
    let state = State { app: AppFolder::new(source), folder: StateFolder::new() };
    run(&state.app, &["--state", state.path()], &[event("a")]).assert_ends_with(0).assert_says("capture");
    let letters = state.listed(&["--reason", "capture_loop"]);
    assert_eq!(letters.len(), 1, "{letters:?}");
    let ran = state.letters("redrive", &["--all-matching", "--yes", "--reason", "capture_loop"]);
    ran.assert_ends_with(0).assert_says("takes 1 record through the whole pipeline");
    let ran = state.run_again();
    ran.assert_ends_with(0).assert_says("chain loop").assert_says("seen loop").assert_says("1 event, 1 sent");
    let events = ran.events();
    assert_eq!((events.len(), &events[0]["event"]), (1, &"loop".into()));
    assert!(state.run_again().events().is_empty(), "it runs once");
}

#[test]
fn a_record_that_still_cannot_be_read_is_told_and_kept() {
    let state = State::with_letters();
    let words = ["--all-matching", "--yes", "--reason", "undecodable"];
    state.letters("redrive", &words).assert_ends_with(0).assert_says("1 dead letter matches: 1 undecodable");
    state.run_again().assert_ends_with(1).assert_says("the record cannot be read as JSON").assert_says("1 dead letter");
    assert_eq!(state.count(&["--reason", "undecodable"]), 1);
}

#[test]
fn many_letters_need_a_yes_where_nobody_can_be_asked() {
    let state = State::with_letters();
    for command in ["redrive", "purge"] {
        let ran = state.letters(command, &["--all-matching"]);
        ran.assert_ends_with(2).assert_says("3 dead letters match: 2 app_failed, 1 undecodable").assert_says("--yes");
        assert_eq!(state.count(&[]), 3, "{command} did nothing");
    }
    let ran = state.letters("redrive", &["--all-matching", "--app", "demo", "--limit", "1", "--yes"]);
    ran.assert_ends_with(0);
    assert_eq!(ran.stdout, "1 dead letter redriven\n");
    let ran = state.letters("redrive", &["--all-matching", "--app", "demo", "--yes"]);
    assert_eq!(ran.stdout, "1 dead letter redriven\n");
    state.run_again().assert_ends_with(0).assert_says("seen a").assert_says("seen b");
    let ran = state.letters("redrive", &["--all-matching", "--app", "demo", "--yes"]);
    ran.assert_ends_with(0).assert_says("there are no such dead letters");
}

#[test]
fn purge_removes_letters_for_good() {
    let state = State::with_letters();
    let id = state.id_of("a");
    assert_eq!(state.letters("purge", &[&id]).assert_ends_with(0).stdout, "1 dead letter removed\n");
    state.letters("show", &[&id]).assert_ends_with(2).assert_says("there is no such dead letter");
    state.letters("redrive", &["--all-matching", "--app", "demo", "--yes"]).assert_ends_with(0);
    assert_eq!(state.letters("purge", &["--all-matching", "--yes"]).stdout, "1 dead letter removed\n");
    assert_eq!(state.count(&["--all"]), 1, "what was redriven is left");
    assert_eq!(state.letters("purge", &["--all-matching", "--all", "--yes"]).stdout, "1 dead letter removed\n");
    assert_eq!(state.count(&["--all"]), 0);
}

fn text_of(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

#[test]
fn redrive_and_purge_tell_programs_how_many_and_which() {
    let state = State::with_letters();
    let json = |ran: Ran, code| -> Value {
        ran.assert_ends_with(code);
        serde_json::from_str(&ran.stdout).expect("JSON")
    };
    // Which of two events failed first, nobody knows.
    let ids: Vec<String> = state.listed(&["--app", "demo"]).iter().map(|letter| text_of(&letter["id"])).collect();
    let [a, b] = &ids[..] else { panic!("{ids:?}") };
    let redriven = json(state.letters("redrive", &[a, b, "--rate", "50", "--json"]), 0);
    let expected = json!({"asked": 2, "redriven": 2, "ids": [a, b], "elsewhere": [], "failed": [], "not_tried": 0});
    assert_eq!(redriven, expected);
    let again = json(state.letters("redrive", &[a, "--json"]), 1);
    assert_eq!((&again["redriven"], &again["elsewhere"][0]["id"]), (&json!(0), &json!(a)));
    let none = json(state.letters("redrive", &["--all-matching", "--yes", "--app", "demo", "--json"]), 0);
    assert_eq!(none["asked"], 0);
    let purged = json(state.letters("purge", &["--all-matching", "--yes", "--app", "demo", "--all", "--json"]), 0);
    assert_eq!(purged, json!({"asked": 2, "removed": 2, "ids": [a, b]}));
}

#[test]
fn what_cannot_be_meant_ends_with_2() {
    let state = State::with_letters();
    let id = state.id_of("a");
    for (words, part) in [
        (&["redrive"][..], "ID"),
        (&["redrive", &id, "--all-matching"], "cannot be used with"),
        (&["redrive", &id, "--app", "demo"], "leave them out where ids are given"),
        (&["redrive", &id, "--limit", "1"], "leave them out where ids are given"),
        (&["redrive", &id, "other"], "\"other\": there is no such dead letter"),
        (&["show", ""], "there is no such dead letter"),
        (&["list", "--reason", "bad"], "`app_failed`"),
        (&["list", "--since", "soon"], "2023-01-01T00:00:00Z"),
        (&["list", "--app", "nobody"], "knows no such app (demo)"),
        (&["list", "--since", "1h", "--until", "2h"], "is not before --until"),
        (&["redrive", &id, "--until", "1h"], "leave them out where ids are given"),
        (&["redrive", &id, "--rate", "0"], "--rate"),
        (&["purge", &id, "--all"], "leave them out where ids are given"),
    ] {
        let ran = state.letters(words[0], &words[1..]);
        ran.assert_ends_with(2).assert_says(part);
        assert!(ran.stdout.is_empty(), "{ran:#?}");
    }
    assert_eq!(state.count(&[]), 3, "nothing was sent, not even what could have been");
}

#[test]
fn a_folder_without_a_store_is_told_and_left_as_it_is() {
    let empty = StateFolder::new();
    let path = empty.path();
    let missing = format!("{path}/missing");
    for folder in [path, &missing] {
        for words in [&["list"][..], &["show", "x"], &["redrive", "x"], &["purge", "x"]] {
            let ran = hedgerow(&[&["dead-letters"], words, &["--state", folder]].concat(), b"");
            ran.assert_ends_with(2).assert_says(folder).assert_says("there is no store in it");
        }
    }
    assert_eq!(std::fs::read_dir(path).expect("it is there").count(), 0);
}
