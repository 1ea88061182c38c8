//! `plan`, `init`, `schema`, `completions`, and what is wrong with a file.

use super::super::hedgerow;
use super::Project;
use serde_json::{Value, json};

const MARK: &str =
    "export function processEvent(event, { config }) { event.properties.mark = config.mark ?? 'none'; return event }";

#[test]
fn a_plan_says_what_would_change_and_changes_nothing() {
    let project = Project::of(MARK, "config = { mark = 'one' }");
    let first = project.hedgerow(&["plan"]);
    first.assert_ends_with(2);
    let app = first.stdout.lines().find(|line| line.contains("+ app: Demo")).expect("its version");
    let expected = format!(
        "+ token phc_x: 2\n+ demo (1)\n{app}\n    + config.mark: one\n    + order: 0\n    + team: 2\n1 to add, 0 to change, 0 to remove, 0 the same\n"
    );
    assert_eq!(first.stdout, expected);
    assert!(!project.path("state").exists(), "a plan makes no store");
    assert_eq!(project.hedgerow(&["plan"]).stdout, expected, "the same again");
    project.apply();
    let none = project.hedgerow(&["plan"]);
    none.assert_ends_with(0);
    assert_eq!(none.stdout, "0 to add, 0 to change, 0 to remove, 1 the same\n");
    project.rewrite("[[app]]\nslug = 'demo'\nsource = 'demo'\nconfig = { mark = 'two' }\non_error = 'drop'\n");
    let change = project.hedgerow(&["plan"]);
    change.assert_ends_with(2);
    assert_eq!(
        change.stdout,
        "~ demo (1)\n    ~ config.mark: one -> two\n    ~ on_error: pass -> drop\n0 to add, 1 to change, 0 to remove, 0 the same\n"
    );
    project.rewrite("");
    let removed = project.hedgerow(&["plan", "--json"]);
    removed.assert_ends_with(2);
    let removed: Value = serde_json::from_str(&removed.stdout).expect("JSON");
    assert_eq!(removed["apps"], json!([{"slug": "demo", "id": 1, "change": "removed", "fields": []}]));
    assert_eq!(project.revision(), 1);
}

#[test]
fn a_plan_that_cannot_be_made_ends_with_1() {
    let project = Project::new("[[app]]\nslug = 'demo'\nsource = 'nowhere'\n");
    project.hedgerow(&["plan"]).assert_ends_with(1).assert_says("hedgerow.toml:4: app \"demo\": nowhere is no folder");
    hedgerow(&["plan"], b"").assert_ends_with(1).assert_says("--state");
    hedgerow(&["plan", "--state", "x", "--file", "/nowhere/h.toml"], b"")
        .assert_ends_with(1)
        .assert_says("hedgerow init");
}

#[test]
fn an_unknown_key_is_refused_with_its_line() {
    let project = Project::of(MARK, "onerror = 'drop'");
    project.hedgerow(&["apply", "--yes"]).assert_ends_with(2).assert_says("hedgerow.toml:7: unknown field `onerror`");
}

#[test]
fn init_writes_a_file_that_can_be_planned() {
    let project = Project::new("");
    std::fs::remove_file(project.path("hedgerow.toml")).expect("it is there");
    let manifest = json!({"name": "A", "config": [{"key": "must", "type": "string", "required": true, "default": "x"},
        {"key": "token", "type": "string", "secret": true}]});
    project.app("apps/Some App", &manifest.to_string(), MARK);
    project.app("apps/node_modules/other", "{}", MARK);
    let folder = project.folder.path().to_str().expect("UTF-8");
    let ran = hedgerow(&["init", folder, "--team", "7"], b"");
    ran.assert_ends_with(0);
    let text = project.read("hedgerow.toml");
    assert!(text.contains("slug = \"some-app\"\nteam = 7\nsource = \"apps/Some App\""), "{text}");
    assert!(text.contains("# \"token\" = { env = \"NAME\" }") && !text.contains("other"), "{text}");
    project.hedgerow(&["plan"]).assert_ends_with(2);
    hedgerow(&["init", folder], b"").assert_ends_with(2).assert_says("is there already");
}

#[test]
fn schema_and_completions_are_printed() {
    let schema = hedgerow(&["schema"], b"");
    schema.assert_ends_with(0);
    let schema: Value = serde_json::from_str(&schema.stdout).expect("JSON");
    assert_eq!(schema["title"], "hedgerow.toml");
    for (shell, part) in [("bash", "complete -F"), ("zsh", "#compdef hedgerow"), ("fish", "complete -c hedgerow")] {
        let script = hedgerow(&["completions", shell], b"");
        script.assert_ends_with(0);
        assert!(script.stdout.contains(part) && script.stdout.contains("rollback"), "{shell}: {}", script.stdout);
    }
}
