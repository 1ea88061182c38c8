//! `apps enable|disable`, `config`, `attachments`.

use super::Project;
use serde_json::{Value, json};

const SOURCE: &str = "export function processEvent(event, { config, attachments }) {
    event.properties.mark = config.mark
    event.properties.file = attachments.rules ? String(attachments.rules.contents) : 'none'
    return event
}";

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
        project.hedgerow(words).assert_ends_with(2).assert_says("nothing is installed in it");
    }
    assert!(!project.path("state").exists());
}
