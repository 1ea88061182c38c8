//! `hedgerow jobs run` (case 156).

use super::{AppFolder, Ran, StateFolder, hedgerow, run_bytes};
use serde_json::{Value, json};
use tempfile::TempDir;

const SOURCE: &str = "export const jobs = {
    work(payload, { config }) { console.log('work', payload, config.greeting) },
    hidden() { console.log('hidden') },
}";

/// An app with a public job, and a state folder.
struct Place {
    app: AppFolder,
    state: StateFolder,
}

impl Place {
    fn new() -> Self {
        let place = Self { app: AppFolder::new(SOURCE), state: StateFolder::new() };
        let manifest = json!({
            "name": "Demo",
            "config": [{"key": "greeting", "type": "choice", "choices": ["hi", "ho"], "default": "hi"}],
            "publicJobs": {
                "work": {"payload": {
                    "count": {"type": "number", "required": true},
                    "mode": {"type": "string", "default": "fast"},
                    "limit": {"type": "number", "default": 10, "staff_only": true},
                }},
                "gone": {},
            },
        });
        place.app.write("plugin.json", &manifest.to_string());
        place
    }

    fn state(&self) -> &str {
        self.state.path()
    }

    fn start(&self, words: &[&str]) -> Ran {
        hedgerow(&[&["jobs", "run", "--state", self.state(), "--app", self.app.path()], words].concat(), b"")
    }

    fn run(&self, words: &[&str]) -> Ran {
        run_bytes(&self.app, &[&["--state", self.state()], words].concat(), b"")
    }

    /// The payload with which the job ran.
    fn payload(&self) -> Value {
        let ran = self.run(&[]);
        ran.assert_ends_with(0).assert_says("1 job");
        let line = ran.stderr.lines().find_map(|line| line.split_once("work ")).expect("the job ran").1;
        serde_json::from_str(line.trim_end_matches(" hi")).unwrap_or_else(|error| panic!("{error}: {line}"))
    }
}

#[test]
fn case_156_a_public_job_gets_payload_operation_and_job_id() {
    let place = Place::new();
    let ran = place.start(&["work", "--payload", r#"{"count": 3}"#]);
    ran.assert_ends_with(0).assert_says("the job \"work\" waits").assert_says("hedgerow run --state");
    let job_id = ran.stdout.trim();
    let payload = place.payload();
    assert_eq!(
        payload,
        json!({"count": 3, "mode": "fast", "limit": 10, "$operation": "start", "$job_id": job_id}),
        "{payload}"
    );
    assert_eq!(job_id.len(), 36);
    assert!(!place.run(&[]).stderr.contains("work"), "it runs once");
    let ran = place.start(&["work", "--payload", r#"{"count": 3, "limit": 99}"#, "--staff", "--operation", "stop"]);
    ran.assert_ends_with(0);
    let payload = place.payload();
    assert_eq!((&payload["limit"], &payload["$operation"]), (&json!(99), &json!("stop")));
    assert_ne!(payload["$job_id"], job_id, "every run has its own id");
}

#[test]
fn case_156_a_violation_is_told_and_nothing_is_enqueued() {
    let place = Place::new();
    for (words, part) in [
        (&["work"][..], "\"count\" is required; give it in the payload as a number"),
        (&["work", "--payload", r#"{"count": 1, "extra": 2}"#], "\"extra\" is nothing that this job takes"),
        (&["work", "--payload", r#"{"count": "1"}"#], "\"count\" is a text; give a number"),
        (&["work", "--payload", r#"{"count": 1, "limit": 2}"#], "\"limit\" may be given by the operator's staff only"),
        (&["gone"], "the app does not export it under jobs"),
        (&["hidden"], "there is no public job \"hidden\"; choose one of \"work\", \"gone\""),
        (&["work", "--payload", "{"], "--payload is no JSON"),
        (&["work", "--payload", "[]"], "--payload is no JSON object"),
        (&["work", "--payload", r#"{"count": 1}"#, "--config", "greeting=bye"], "config \"greeting\" must be one of"),
        (&[], "NAME"),
        (&["work", "again"], "one word is needed"),
    ] {
        let ran = place.start(words);
        ran.assert_ends_with(2).assert_says(part);
        assert!(ran.stdout.is_empty(), "{ran:#?}");
    }
    assert_eq!(std::fs::read_dir(place.state()).expect("it is there").count(), 0, "not even a store was made");
    place.app.write("plugin.json", r#"{"name": "Demo"}"#);
    place.start(&["work"]).assert_ends_with(2).assert_says("Demo has no public jobs");
    place.app.write("index.ts", "throw new Error('at load')");
    place.start(&["work"]).assert_ends_with(2).assert_says("the app does not load").assert_says("at load");
}

#[test]
fn the_public_jobs_of_a_folder_are_listed_with_their_fields() {
    let place = Place::new();
    let list = |words: &[&str]| hedgerow(&[&["jobs", "list", "--app", place.app.path()], words].concat(), b"");
    let ran = list(&[]);
    ran.assert_ends_with(0).assert_says("does not export the job \"gone\"");
    let words: Vec<Vec<&str>> = ran.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(words[1], ["work", "count", "number", "yes", "-", "-"]);
    assert_eq!(words[3], ["work", "limit", "number", "-", "yes", "10"]);
    assert_eq!(words[4], ["gone", "-", "-", "-", "-", "-"]);
    let ran = list(&["--json"]);
    let jobs: Value = serde_json::from_str(&ran.assert_ends_with(0).stdout).expect("JSON");
    assert_eq!((&jobs[0]["exported"], &jobs[1]["exported"]), (&json!(true), &json!(false)));
    let field = json!({"key": "mode", "type": "string", "title": null, "required": false, "staff_only": false, "default": "fast"});
    assert_eq!(jobs[0]["payload"][1], field);
    hedgerow(&["jobs", "list", "--state", place.state()], b"").assert_ends_with(2).assert_says("APP");
    hedgerow(&["jobs", "list", "demo"], b"").assert_ends_with(2).assert_says("--state <DIR>");
}

#[test]
fn a_job_belongs_to_the_app_whatever_order_the_run_has() {
    let place = Place::new();
    let other = AppFolder::new("export const jobs = { work() { console.log('the wrong one') } }");
    let parent = TempDir::new().expect("a folder");
    let renamed = parent.path().join("other");
    std::fs::rename(other.path(), &renamed).expect("the same disk");
    place.start(&["work", "--payload", r#"{"count": 1}"#, "--config", "greeting=ho"]).assert_ends_with(0);
    let words =
        ["run", "--app", renamed.to_str().expect("UTF-8"), "--app", place.app.path(), "--config", "greeting=ho"];
    let ran = hedgerow(&[&words[..], &["--state", place.state()]].concat(), b"");
    ran.assert_ends_with(0).assert_says("work {\"count\":1").assert_says(" ho");
    assert!(!ran.stderr.contains("the wrong one"), "{ran:#?}");
}
