//! `hedgerow run`: the whole path of events on a laptop.

use super::{AppFolder, StateFolder, command, event, example, hedgerow, run, run_bytes};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::Command;
use tempfile::TempDir;

#[test]
fn example_events_go_through_example_apps_in_order() {
    let events = example("events.jsonl");
    let (greeter, stripper) = (example("apps/greeter"), example("apps/strip-query-secrets"));
    let words = ["run", "--app", &greeter, "--config", "greeting=Good day", "--app", &stripper, "--events", &events];
    let ran = hedgerow(&words, b"");
    ran.assert_ends_with(0).assert_says("LOG   Greeter[1] greeting with Good day");
    let text = fs::read_to_string(&events).expect("the example exists");
    let uuids = |lines: &str| -> Vec<Value> {
        let event = |line| serde_json::from_str::<Value>(line).expect("JSON")["uuid"].clone();
        lines.lines().map(event).collect()
    };
    assert_eq!(uuids(&ran.stdout), uuids(&text));
    let count = text.lines().count();
    ran.assert_says(&format!("summary: {count} events, {count} sent, 0 dropped, 0 failures"));
    for event in ran.events() {
        let greeting = event["properties"]["greeting"].as_str().unwrap_or_default();
        assert!(greeting.starts_with("Good day, "), "{event}");
        assert_eq!(
            event["properties"]["$plugins_succeeded"],
            json!(["Greeter (1)", "Strip query secrets (2)"]),
            "{event}"
        );
    }
}

#[test]
fn events_keep_their_order_however_long_each_takes() {
    let source = "export async function processEvent(event, { cache }) {
        for (let turn = 0; turn < event.properties.turns; turn++) await cache.get('k')
        return event.properties.turns === 3 ? null : event
    }";
    let numbered = |number: usize| json!({"event": "e", "distinct_id": "d", "properties": {"number": number, "turns": 7 * number % 11}});
    let events: Vec<_> = (0..200).map(numbered).collect();
    let ran = run(&AppFolder::new(source), &[], &events);
    let numbers: Vec<_> = ran.events().iter().map(|event| event["properties"]["number"].clone()).collect();
    let kept: Vec<_> = (0..200).filter(|number| 7 * number % 11 != 3).collect();
    assert_eq!(Value::from(numbers), json!(kept));
    ran.assert_ends_with(0).assert_says(&format!("200 events, {} sent, {} dropped", kept.len(), 200 - kept.len()));
}

#[test]
fn a_failing_app_changes_the_exit_code_only_if_asked() {
    let app = AppFolder::new(
        "export function processEvent(event) {\n  event.properties.seen = true\n  throw new Error('no')\n}",
    );
    let ran = run(&app, &[], &[event("a")]);
    ran.assert_ends_with(0).assert_says("ERROR Demo[1] processEvent failed: Error: no").assert_says("index.ts:3");
    assert_eq!(ran.events()[0]["properties"], json!({"seen": true, "$plugins_failed": ["Demo (1)"]}));
    run(&app, &["--strict"], &[event("a")]).assert_ends_with(1);
    let dropped = run(&app, &["--on-error", "drop"], &[event("a")]);
    dropped.assert_ends_with(0).assert_says("0 sent");
    assert_eq!(dropped.stdout, "");
    let letter = run(&app, &["--on-error", "dead_letter"], &[event("a")]);
    letter.assert_ends_with(0).assert_says("1 dead letter ").assert_says("give --state DIR to keep them");
}

#[test]
fn captured_events_go_through_the_apps_and_a_loop_of_them_ends() {
    let source = "export async function processEvent(event) {
        if (event.event !== 'other') await posthog.capture(event.event + '+')
        event.properties.seen = true
        return event
    }";
    let ran = run(&AppFolder::new(source), &[], &[event("a"), event("other")]);
    let mut names: Vec<_> =
        ran.events().iter().map(|event| event["event"].as_str().expect("text").to_owned()).collect();
    names.sort();
    assert_eq!(names, ["a", "a+", "a++", "a+++", "other"]);
    assert!(ran.events().iter().all(|event| event["properties"]["seen"] == true));
    ran.assert_ends_with(0)
        .assert_says("3 captured")
        .assert_says("1 dead letter")
        .assert_says("does the app capture on its own events");
}

#[test]
fn tasks_and_due_jobs_run_after_the_last_event() {
    let source = "export async function processEvent(event, { jobs }) {
        await jobs.now({ from: event.event }).runNow()
        await jobs.later({}).runIn(1, 'hour')
        return event
    }
    export const jobs = {
        now: ({ from }) => posthog.capture('job', { from }),
        later: () => {},
    }
    export const runEveryMinute = () => posthog.capture('task')
    export const runEveryYear = () => posthog.capture('never')
    export const teardownPlugin = () => console.log('good bye')";
    let app =
        AppFolder::new(&source.replace("await jobs.now", "if (event.event !== 'a') return event\n await jobs.now"));
    let ran = run(&app, &[], &[event("a")]);
    let names: Vec<_> = ran.events().iter().map(|event| event["event"].clone()).collect();
    assert_eq!(names, ["a", "job", "task"]);
    ran.assert_ends_with(0)
        .assert_says("1 job or retry still waits")
        .assert_says("give --state DIR to keep them")
        .assert_says("LOG   Demo[1] good bye")
        .assert_says("1 job, 1 task");
    let ran = run(&app, &["--no-schedules"], &[event("a")]);
    assert_eq!(ran.events().len(), 2);
}

#[test]
fn export_events_gets_everything_at_the_end() {
    let source = "export function exportEvents(events) { console.info('exporting', events.map((e) => e.event)) }";
    let ran = run(&AppFolder::new(source), &[], &[event("a"), event("b")]);
    ran.assert_ends_with(0).assert_says("INFO  Demo[1] exporting [\"a\",\"b\"]").assert_says("2 exported");
    assert_eq!(ran.events().len(), 2);
}

#[test]
fn state_survives_if_asked_even_if_apps_change_places() {
    let source = "export async function processEvent(event, { storage }) {
        const count = (await storage.get('count', 0)) + 1
        await storage.set('count', count)
        event.properties.count = count
        return event
    }";
    let (app, other) = (AppFolder::new(source), example("apps/greeter"));
    let state = TempDir::new().expect("a folder");
    let folder = state.path().join("state").to_str().expect("UTF-8").to_owned();
    let count = |ran: &super::Ran| ran.assert_ends_with(0).events()[0]["properties"]["count"].clone();
    assert_eq!(count(&run(&app, &["--state", &folder], &[event("a")])), 1);
    let line = event("a").to_string();
    let words = ["run", "--app", &other, "--app", app.path(), "--state", &folder];
    assert_eq!(count(&hedgerow(&words, line.as_bytes())), 2);
    assert_eq!(count(&run(&app, &[], &[event("a")])), 1, "without --state nothing is kept");
}

#[test]
fn plain_data_in_global_survives_if_asked() {
    let source = "export function processEvent(event, { global }) {
        global.count = (global.count || 0) + 1
        event.properties.count = global.count
        return event
    }";
    let app = AppFolder::new(source);
    let state = StateFolder::new();
    let folder = state.path();
    let count = |ran: &super::Ran| ran.assert_ends_with(0).events()[0]["properties"]["count"].clone();
    assert_eq!(count(&run(&app, &["--state", folder], &[event("a")])), 1);
    assert_eq!(count(&run(&app, &["--state", folder], &[event("a")])), 2);
    assert_eq!(count(&run(&app, &[], &[event("a")])), 1, "without --state nothing is kept");
}

#[test]
fn jobs_that_were_not_due_run_later_with_the_same_state() {
    let source = "export async function processEvent(event, { jobs }) {
        if (event.event === 'order') await jobs.tell({ x: 1 }).runAt(new Date(event.properties.at))
        return event
    }
    export const jobs = { tell: (payload) => console.log('told', payload) }";
    let app = AppFolder::new(source);
    let state = StateFolder::new();
    let folder = state.path();
    let order = json!({"event": "order", "distinct_id": "d", "properties": {"at": "2123-01-01T00:00:00.000Z"}});
    let ran = run(&app, &["--state", folder], &[order]);
    ran.assert_says("the first until 2123-01-01T00:00:00.000Z").assert_says("a later run with the same --state");
    let ran = run(&app, &["--state", folder], &[event("a")]);
    ran.assert_says("1 job or retry still waits").assert_says("0 jobs");
}

#[test]
fn the_first_event_says_whose_apps_they_are() {
    let of_team = |team: i64| json!({"event": "e", "distinct_id": "d", "team_id": team, "properties": {}});
    let app = AppFolder::new("export function processEvent(event) { event.properties.seen = true; return event }");
    let seen = |ran: &super::Ran| -> Vec<bool> {
        ran.assert_ends_with(0).events().iter().map(|event| event["properties"]["seen"] == true).collect()
    };
    let ran = run(&app, &[], &[of_team(7), event("without"), of_team(8)]);
    assert_eq!(seen(&ran), [true, true, false]);
    ran.assert_says("1 event of other teams than 7 went past the apps");
    assert_eq!(seen(&run(&app, &["--team", "8"], &[of_team(7), event("without"), of_team(8)])), [false, true, true]);
}

#[test]
fn secrets_are_masked_in_what_apps_say() {
    let app = AppFolder::new(
        "export const setupPlugin = ({ config }) => { console.log('key ' + config.key); throw new Error(config.key) }
        export const processEvent = (event) => event",
    );
    app.write("plugin.json", r#"{"name": "Demo", "config": [{"key": "key", "type": "string", "secret": true}]}"#);
    let ran = run(&app, &["--config", "key=hunter2!"], &[event("a")]);
    ran.assert_ends_with(0).assert_says("key ***");
    assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    assert_eq!(ran.events().len(), 1, "an app whose set-up fails is left out");
}

#[test]
fn output_goes_to_a_file_that_is_not_the_input() {
    let app = AppFolder::new("export const processEvent = (event) => event");
    let (events, output) = (app.join("events.jsonl"), app.join("out.jsonl"));
    fs::write(&events, format!("{}\n", event("a"))).expect("writable");
    let ran = run_bytes(&app, &["--events", &events, "--output", &output], b"");
    ran.assert_ends_with(0);
    assert_eq!((ran.stdout.as_str(), fs::read_to_string(&output).expect("written").lines().count()), ("", 1));
    let ran = run_bytes(&app, &["--events", &events, "--output", &events], b"");
    ran.assert_ends_with(2).assert_says("both --events and --output");
    assert!(!fs::read(&events).expect("readable").is_empty(), "the input is still there");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let events = event("a").to_string() + "\n";
    let mut child = command(&["run"]).spawn().expect("hedgerow starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    // Events come out while the input is still open.
    stdin.write_all(events.as_bytes()).expect("it reads");
    let mut line = String::new();
    stdout.read_line(&mut line).expect("it writes");
    assert!(line.contains("\"event\":\"a\""), "{line}");
    drop(stdout);
    // It notices when it writes again; by then it may have ended.
    drop(stdin.write_all(events.repeat(2_000).as_bytes()));
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !stderr.contains("error"), "{stderr}");
}

#[test]
fn an_interrupt_ends_the_reading_and_not_the_work() {
    let mut child = command(&["run"]).spawn().expect("hedgerow starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    stdin.write_all((event("a").to_string() + "\n").as_bytes()).expect("it reads");
    stdout.read_line(&mut String::new()).expect("it writes");
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("there is kill");
    assert!(interrupted.success());
    let mut stderr = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("it writes");
    assert!(child.wait().expect("it ends").success(), "{stderr}");
    assert!(stderr.contains("stopping") && stderr.contains("summary: 1 event, 1 sent"), "{stderr}");
    drop(stdin);
}
