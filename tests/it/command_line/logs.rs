//! `hedgerow logs` and `hedgerow metrics` over a state folder.

use super::{AppFolder, Ran, StateFolder, command, event, hedgerow, ran, run};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};

const SOURCE: &str = "export const metrics = { seen: 'sum', longest: 'max', shortest: 'min' }
export function processEvent(event, { config, metrics }) {
    console.debug('debugging', event.event)
    console.log(`key ${config.key}`)
    console.warn('two\\nlines')
    metrics.seen.increment(1)
    metrics.longest.max(event.event.length)
    metrics.shortest.min(event.event.length)
    if (event.event === 'bad') throw new Error('is bad')
    return event.event === 'gone' ? null : event
}
export function onEvent() {}";

/// An app with a secret that it logs, and a state folder.
struct Place {
    app: AppFolder,
    state: StateFolder,
}

impl Place {
    fn new() -> Self {
        let place = Self { app: AppFolder::new(SOURCE), state: StateFolder::new() };
        let config = json!([{"key": "key", "type": "string", "secret": true}]);
        place.app.write("plugin.json", &json!({"name": "Demo App", "config": config}).to_string());
        place
    }

    fn state(&self) -> &str {
        self.state.path()
    }

    fn run(&self, names: &[&str]) -> Ran {
        let events: Vec<Value> = names.iter().map(|name| event(name)).collect();
        let words = ["--config", "key=hunter2hunter2", "--state", self.state(), "--concurrency", "1"];
        let ran = run(&self.app, &words, &events);
        ran.assert_ends_with(0);
        ran
    }

    fn ask(&self, words: &[&str]) -> Ran {
        hedgerow(&[words, &["--state", self.state()]].concat(), b"")
    }

    /// The messages of lines, and the lines.
    fn logged(&self, words: &[&str]) -> (Vec<String>, Vec<Value>) {
        let ran = self.ask(&[&["logs", "--json"], words].concat());
        ran.assert_ends_with(0);
        let lines = ran.events();
        (lines.iter().map(|line| line["message"].as_str().expect("a text").to_owned()).collect(), lines)
    }
}

#[test]
fn what_apps_log_is_kept_masked_and_in_order() {
    let place = Place::new();
    place.run(&["one", "bad"]);
    let (messages, lines) = place.logged(&["--search", "key"]);
    assert_eq!(messages, ["key ***", "key ***"]);
    let line = &lines[0];
    assert_eq!((&line["slug"], &line["app"]), (&json!("demo"), &json!("Demo App")), "{line}");
    assert_eq!((&line["source"], &line["level"], &line["installation"]), (&json!("CONSOLE"), &json!("log"), &json!(1)));
    assert!(line["timestamp"].as_str().is_some_and(|time| time.ends_with('Z')), "{line}");
    assert!(line["event_uuid"].is_string(), "{line}");
    let (messages, lines) = place.logged(&["--level", "error", "demo"]);
    assert!(messages.len() == 1 && messages[0].contains("is bad"), "{messages:?}");
    assert_eq!(lines[0]["source"], "PLUGIN");
    let (messages, _) = place.logged(&["--level", "warn", "--limit", "2"]);
    assert!(messages[0] == "two\nlines" && messages[1].contains("is bad"), "{messages:?}");
    let all = place.ask(&["logs"]);
    assert!(!all.stdout.contains("hunter2") && all.stdout.contains("WARN  demo lines\n"), "{all:?}");
    // Another run adds to them.
    place.run(&["two"]);
    assert_eq!(place.logged(&["1", "--search", "debugging"]).0, ["debugging one", "debugging bad", "debugging two"]);
}

#[test]
fn what_there_is_not_is_said() {
    let place = Place::new();
    let ran = place.ask(&["logs"]);
    ran.assert_ends_with(2).assert_says("there is no store in it");
    place.run(&["one"]);
    place.ask(&["logs", "--search", "nowhere"]).assert_ends_with(0).assert_says("there are no such lines");
    place.ask(&["logs", "other"]).assert_ends_with(2).assert_says("this place knows no such app (demo)");
    place.ask(&["logs", "--system"]).assert_ends_with(2).assert_says("are for --stack");
    place.ask(&["logs", "--level", "critical"]).assert_ends_with(2).assert_says("debug, log, info, warn, error");
    let ran = place.ask(&["logs", "--limit", "1"]);
    ran.assert_ends_with(0).assert_says("there are more than 1 lines");
    assert!(place.logged(&["--search", "nowhere"]).0.is_empty());
    let ran = place.ask(&["metrics", "7"]);
    ran.assert_ends_with(0).assert_says("nothing was counted since");
}

#[test]
fn following_shows_each_line_once_and_ends_when_nobody_reads() {
    let place = Place::new();
    place.run(&["one"]);
    let words = ["logs", "--follow", "--search", "debugging", "--json", "--state", place.state()];
    let mut following = command(&words).spawn().expect("hedgerow starts");
    let mut lines = BufReader::new(following.stdout.take().expect("it is a pipe")).lines();
    let mut next = || -> String {
        let line = lines.next().expect("there is more").expect("text");
        let line: Value = serde_json::from_str(&line).expect("JSON");
        line["message"].as_str().expect("a text").to_owned()
    };
    assert_eq!(next(), "debugging one");
    place.run(&["two"]);
    assert_eq!(next(), "debugging two");
    place.run(&["three"]);
    assert_eq!(next(), "debugging three");
    drop(lines);
    place.run(&["four"]);
    assert!(following.wait().expect("it ends").success());
}

#[test]
fn calls_and_own_metrics_add_up_over_runs() {
    let place = Place::new();
    place.run(&["one", "bad", "gone"]);
    place.run(&["three"]);
    let ran = place.ask(&["metrics", "demo", "--json"]);
    ran.assert_ends_with(0);
    let answer = &ran.events()[0];
    let of = |function: &str| {
        let functions = answer["functions"].as_array().expect("a list");
        functions.iter().find(|it| it["function"] == function).unwrap_or_else(|| panic!("{answer}")).clone()
    };
    let process_event = of("processEvent");
    assert_eq!((&process_event["slug"], &process_event["installation"]), (&json!("demo"), &json!(1)));
    for (name, count) in [("calls", 4), ("successes", 2), ("failures", 1), ("dropped", 1), ("retries", 0)] {
        assert_eq!(process_event[name], count, "{name}: {process_event}");
    }
    assert!(process_event["mean_duration_ms"].is_number(), "{process_event}");
    assert_eq!(of("onEvent")["successes"], 3, "one was dropped");
    let own: Vec<_> = answer["own_metrics"].as_array().expect("a list").iter().collect();
    let own: Vec<_> = own.iter().map(|it| (it["name"].as_str(), it["kind"].as_str(), it["value"].as_i64())).collect();
    assert_eq!(
        own,
        [
            (Some("longest"), Some("max"), Some(5)),
            (Some("seen"), Some("sum"), Some(4)),
            (Some("shortest"), Some("min"), Some(3)),
        ]
    );
    let ran = place.ask(&["metrics"]);
    ran.assert_ends_with(0);
    assert!(
        ran.stdout.lines().next().is_some_and(|head| head.starts_with("APP") && head.ends_with("CPU MS")),
        "{ran:?}"
    );
    assert!(ran.stdout.contains("ITS OWN METRIC"), "{ran:?}");
}

#[test]
fn ctrl_c_ends_following_with_success() {
    let place = Place::new();
    place.run(&["one"]);
    let words = ["logs", "-f", "--search", "debugging", "--state", place.state()];
    let mut following = command(&words).spawn().expect("hedgerow starts");
    let mut lines = BufReader::new(following.stdout.take().expect("it is a pipe")).lines();
    assert!(lines.next().is_some(), "it follows");
    // The handler is there once the second answer comes.
    place.run(&["two"]);
    assert!(lines.next().is_some(), "it goes on");
    let kill = std::process::Command::new("kill").args(["-INT", &following.id().to_string()]).status();
    assert!(kill.expect("there is a kill").success());
    assert_eq!(following.wait().expect("it ends").code(), Some(0));
}

#[test]
fn without_a_state_folder_nothing_is_kept() {
    let place = Place::new();
    run(&place.app, &[], &[event("one")]).assert_ends_with(0).assert_says("key undefined");
    ran(command(&["logs"]), b"").assert_ends_with(2).assert_says("--state <DIR>|--stack <NAME>");
}
