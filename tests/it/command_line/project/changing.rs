//! `apps enable|disable`, `config`, `attachments`.

use super::{Project, ran};
use serde_json::{Value, json};

const SOURCE: &str = "export function processEvent(event, { config, attachments }) {
    event.properties.mark = config.mark
    event.properties.file = attachments.rules ? String(attachments.rules.contents) : 'none'
    return event
}";

const EVENT: &[u8] = b"{\"event\": \"e\", \"distinct_id\": \"d\"}\n";

fn project() -> Project {
    let project = Project::of(SOURCE, "config = { mark = 'one' }");
    let manifest = json!({"name": "Demo", "config": [{"key": "mark", "type": "choice", "choices": ["one", "two"], "default": "two"},
        {"key": "rules", "type": "attachment"}]});
    project.app("demo", &manifest.to_string(), SOURCE);
    project.apply();
    project
}

#[test]
fn config_is_read_and_changed() {
    let project = project();
    let set = project.hedgerow(&["config", "set", "demo", "mark=two", "--json"]);
    set.assert_ends_with(0);
    let set: Value = serde_json::from_str(&set.stdout).expect("JSON");
    let change = json!([{"field": "config.mark", "before": "one", "after": "two"}]);
    assert_eq!((&set["revision"], &set["changes"]), (&json!(2), &change));
    assert_eq!(project.hedgerow(&["config", "get", "1", "mark"]).stdout, "two\n");
    assert_eq!(project.processed()["mark"], "two");
    project
        .hedgerow(&["config", "set", "demo", "mark=three"])
        .assert_ends_with(2)
        .assert_says("must be one of one, two");
    project.hedgerow(&["config", "set", "demo", "rules=x"]).assert_ends_with(2).assert_says("hedgerow attachments put");
    project.hedgerow(&["config", "set", "dmo", "mark=one"]).assert_ends_with(2).assert_says("there is demo");
    project.hedgerow(&["config", "set", "demo", "mark=two"]).assert_ends_with(0).assert_says("nothing to change");
    project.hedgerow(&["config", "set", "demo", "mark="]).assert_ends_with(0);
    assert_eq!(project.hedgerow(&["config", "get", "demo", "--json"]).stdout, "{}\n");
    assert_eq!(project.revision(), 3);
    let drift = project.hedgerow(&["plan"]);
    drift.assert_ends_with(2);
    assert!(drift.stdout.contains("+ config.mark: one"), "the file says otherwise: {}", drift.stdout);
}

#[test]
fn a_disabled_app_is_passed_by_until_it_is_enabled() {
    let project = project();
    project.hedgerow(&["apps", "disable", "demo"]).assert_ends_with(0);
    assert_eq!(project.show("demo")["enabled"], json!(false));
    assert_eq!(project.processed().get("mark"), None);
    let table = project.hedgerow(&["apps", "list"]).stdout;
    assert!(table.starts_with("SLUG  ID  TEAM  ORDER  STATE     VERSION") && table.contains("disabled"), "{table}");
    project.hedgerow(&["apps", "enable", "demo"]).assert_ends_with(0);
    assert_eq!(project.processed()["mark"], "one");
}

#[test]
fn a_job_of_an_installed_app_runs_with_its_config() {
    let source =
        "export const jobs = { work(payload, { config }) { console.log('work', payload.count, config.mark) } }";
    let project = Project::of(source, "config = { mark = 'one' }");
    let manifest = json!({"name": "Demo", "config": [{"key": "mark"}],
        "publicJobs": {"work": {"payload": {"count": {"type": "number", "required": true}}}}});
    project.app("demo", &manifest.to_string(), source);
    project.apply();
    let listed = project.hedgerow(&["jobs", "list", "demo"]);
    assert!(listed.assert_ends_with(0).stdout.contains("count"), "{listed:?}");
    project.hedgerow(&["jobs", "run", "demo", "work"]).assert_ends_with(2).assert_says("\"count\" is required");
    project.hedgerow(&["jobs", "run", "other", "work"]).assert_ends_with(2).assert_says("there is demo");
    project.hedgerow(&["jobs", "run", "work"]).assert_ends_with(2).assert_says("APP NAME");
    let ran = project.hedgerow(&["jobs", "run", "1", "work", "--payload", r#"{"count": 3}"#, "--json"]);
    let job: Value = serde_json::from_str(&ran.assert_ends_with(0).stdout).expect("JSON");
    assert_eq!((&job["name"], &job["installation"]), (&json!("work"), &json!(1)));
    project.hedgerow(&["run", "--no-schedules"]).assert_ends_with(0).assert_says("work 3 one");
    project.hedgerow(&["apps", "disable", "demo"]).assert_ends_with(0);
    let ran = project.hedgerow(&["jobs", "run", "demo", "work", "--payload", r#"{"count": 3}"#]);
    ran.assert_ends_with(2).assert_says("hedgerow apps enable demo");
}

#[test]
fn letters_are_found_by_the_slug_of_what_is_installed() {
    let project = Project::of("export function onEvent() { throw new Error('boom') }", "");
    project.apply();
    ran(project.command(&["run", "--no-schedules"]), EVENT).assert_ends_with(0).assert_says("boom");
    let ran = project.hedgerow(&["dead-letters", "list", "--app", "demo", "--json"]);
    let letters: Value = serde_json::from_str(&ran.assert_ends_with(0).stdout).expect("JSON");
    assert_eq!((letters.as_array().map(Vec::len), &letters[0]["app"]), (Some(1), &json!("demo (1)")));
    let shown = project.show("demo");
    assert_eq!((&shown["errors"][0]["message"], &shown["errors"][0]["function"]), (&json!("boom"), &json!("onEvent")));
    let text = project.hedgerow(&["apps", "show", "demo"]).stdout;
    assert!(text.contains("last errors") && text.contains("onEvent  Error: boom"), "{text}");
    let none = project.hedgerow(&["apps", "show", "demo", "--errors", "0"]).stdout;
    assert!(!none.contains("last errors"), "{none}");
}

#[test]
fn an_app_whose_set_up_failed_is_shown_and_can_be_enabled_again() {
    let source = |fails: &str| {
        format!("export function setupPlugin() {{ {fails} }} export function processEvent(event) {{ return event }}")
    };
    let failing = source("throw new Error('no key')");
    let project = Project::of(&failing, "");
    let apply = project.hedgerow(&["apply", "--yes", "--skip-setup"]);
    apply.assert_ends_with(0);
    ran(project.command(&["run", "--no-schedules"]), EVENT).assert_ends_with(0).assert_says("Disabled the app!");
    let shown = project.show("demo");
    assert_eq!((&shown["enabled"], &shown["state"]["name"]), (&json!(true), &json!("set_up_failed")));
    assert!(shown["state"]["message"].as_str().is_some_and(|message| message.contains("no key")), "{shown}");
    assert_eq!(project.installed()[0]["state"]["name"], "set_up_failed");
    let table = project.hedgerow(&["apps", "list"]).stdout;
    assert!(table.contains("disabled (set-up failed)"), "{table}");
    // As long as it fails, it stays as it is.
    let ran = project.hedgerow(&["apps", "enable", "demo"]);
    ran.assert_ends_with(1).assert_says("setupPlugin failed: Error: no key").assert_says("--skip-setup");
    assert_eq!(project.show("demo")["state"]["name"], "set_up_failed");
    let enabled = project.hedgerow(&["apps", "enable", "demo", "--skip-setup", "--json"]);
    let enabled: Value = serde_json::from_str(&enabled.assert_ends_with(0).stdout).expect("JSON");
    assert_eq!((&enabled["set_up_again"], &enabled["revision"]), (&json!(true), &Value::Null));
    assert_eq!(project.show("demo")["state"], json!({"name": "enabled"}));
    project.hedgerow(&["apps", "disable", "demo"]).assert_ends_with(0);
    assert_eq!(project.show("demo")["state"], json!({"name": "disabled"}));
}

#[test]
fn case_174_an_attachment_is_added_replaced_and_removed() {
    let project = project();
    let file = || project.processed()["file"].clone();
    assert_eq!(file(), "none");
    project.write("a.txt", "first");
    project.write("b.txt", "second");
    let put = project.hedgerow(&["attachments", "put", "demo", "rules", "a.txt"]);
    put.assert_ends_with(0);
    assert!(put.stdout.contains("+ attachments.rules: a.txt (5 bytes"), "{}", put.stdout);
    assert_eq!(file(), "first");
    project.hedgerow(&["attachments", "put", "demo", "rules", "b.txt"]).assert_ends_with(0);
    assert_eq!(file(), "second");
    assert_eq!(project.show("demo")["attachments"]["rules"]["file_name"], "b.txt");
    project.hedgerow(&["attachments", "rm", "demo", "rules"]).assert_ends_with(0);
    assert_eq!(file(), "none");
    project
        .hedgerow(&["attachments", "rm", "demo", "rules"])
        .assert_ends_with(2)
        .assert_says("has no attachment \"rules\"");
    project.rewrite("[[app]]\nslug = 'demo'\nsource = 'demo'\nattachments = { rules = 'a.txt' }\n");
    project.apply();
    assert_eq!(file(), "first");
}

#[test]
fn a_folder_where_nothing_was_applied_is_refused() {
    let project = Project::new("");
    for words in [&["apps", "list"][..], &["config", "get", "a"], &["history"], &["rollback"]] {
        project.hedgerow(words).assert_ends_with(2).assert_says("there is no store in it");
    }
    assert!(!project.path("state").exists());
}
