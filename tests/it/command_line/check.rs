//! `hedgerow check`.

use super::{AppFolder, example, hedgerow};
use serde_json::{Value, json};

#[test]
fn it_says_what_an_app_is() {
    let source = "import { createHash } from 'crypto'
        export const setupPlugin = () => {}
        export function processEvent(event) { return createHash && event }
        export const runEveryHour = () => fetch('https://API.example.com/x')
        export const jobs = { 'a job': () => {} }";
    let app = AppFolder::new(source);
    let manifest = json!({"name": "Demo", "description": "d", "config": [
        {"key": "key", "type": "string", "secret": true, "required": true, "default": "hunter2"},
        {"key": "mode", "type": "choice", "choices": ["a", "b"], "default": "a"},
    ]});
    app.write("plugin.json", &manifest.to_string());
    let ran = hedgerow(&["check", app.path(), "--json"], b"");
    ran.assert_ends_with(0);
    let found: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(found["version"].as_str().map(str::len), Some(64));
    for (key, expected) in [
        ("name", json!("Demo")),
        ("entry", json!("index.ts")),
        ("imports", json!(["crypto"])),
        ("functions", json!(["setupPlugin", "processEvent"])),
        ("schedules", json!(["runEveryHour"])),
        ("jobs", json!(["a job"])),
        ("hosts", json!(["api.example.com"])),
        ("errors", json!([])),
        ("warnings", json!([])),
    ] {
        assert_eq!(found[key], expected, "{key}");
    }
    assert_eq!(found["config"][0]["default"], "***");
    assert_eq!(found["config"][1]["choices"], json!(["a", "b"]));
    let ran = hedgerow(&["check", app.path()], b"");
    for part in ["functions    setupPlugin, processEvent", "choice: a | b", "api.example.com", "no errors"] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains("hunter2"));
}

#[test]
fn errors_of_the_app_end_with_1() {
    for (files, part) in [
        (&[("index.ts", "let a = 1\nlet b = ;")][..], "index.ts:2:9"),
        (&[("index.js", "import x from 'left-pad'\nx()")], "Cannot import 'left-pad'!"),
        (&[("index.js", "throw new Error('at load')")], "at load"),
        (&[("plugin.json", "{\"main\": \"dist/a.js\"}")], "names dist/a.js, which does not exist"),
        (&[("plugin.json", "{\"name\": ")], "Could not load \"plugin.json\""),
        (
            &[("plugin.json", "{\"config\": [{\"key\": \"a\", \"type\": \"choice\"}]}"), ("index.js", "")],
            "choice without choices",
        ),
    ] {
        let ran = hedgerow(&["check", AppFolder::with(files).path()], b"");
        ran.assert_ends_with(1);
        assert!(ran.stdout.contains("error: ") && ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
}

#[test]
fn doubts_are_warnings() {
    let app = AppFolder::new("export const runEverySecond = () => {}\nexport const helper = 1");
    app.write("plugin.json", "{\"name\": \"Demo\", \"publicJobs\": {\"gone\": {}}, \"autor\": \"x\"}");
    let ran = hedgerow(&["check", app.path()], b"");
    ran.assert_ends_with(0);
    for part in ["runEverySecond never runs", "public job \"gone\"", "unknown key \"autor\""] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
}

#[test]
fn every_example_is_free_of_errors() {
    for entry in std::fs::read_dir(example("apps")).expect("the examples exist") {
        let ran = hedgerow(&["check".into(), entry.expect("readable").path().into_os_string()], b"");
        ran.assert_ends_with(0);
        assert!(!ran.stdout.contains("warning: "), "{}", ran.stdout);
    }
}
