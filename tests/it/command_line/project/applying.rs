//! `apply`: all at once or nothing; `rollback`, `history`.

use super::{Project, files_below};
use serde_json::{Value, json};

const MARK: &str =
    "export function processEvent(event, { config }) { event.properties.mark = config.mark ?? 'none'; return event }";

#[test]
fn what_is_applied_runs_and_an_earlier_revision_can_hold_again() {
    let project = Project::of(MARK, "config = { mark = 'one' }");
    let applied = project.hedgerow(&["apply", "--yes", "--json"]);
    applied.assert_ends_with(0);
    let applied: Value = serde_json::from_str(&applied.stdout).expect("JSON");
    assert_eq!((&applied["revision"], &applied["changes"]["apps"][0]["slug"]), (&json!(1), &json!("demo")));
    assert_eq!(project.processed()["mark"], "one");
    project.rewrite("[[app]]\nslug = 'demo'\nsource = 'demo'\nconfig = { mark = 'two' }\n");
    project.apply();
    assert_eq!(project.processed()["mark"], "two");
    project.apply().assert_says("there is nothing to change");
    project.hedgerow(&["rollback"]).assert_ends_with(2).assert_says("--yes does it without a question");
    let back = project.hedgerow(&["rollback", "--yes"]);
    back.assert_ends_with(0).assert_says("revision 1 holds again, as revision 3");
    assert!(back.stdout.contains("~ config.mark: two -> one"), "{}", back.stdout);
    assert_eq!(project.processed()["mark"], "one");
    let history = project.hedgerow(&["history", "--json"]);
    let history: Vec<Value> = serde_json::from_str(&history.stdout).expect("JSON");
    let shown: Vec<_> = history.iter().map(|info| (&info["revision"], &info["by"], &info["summary"])).collect();
    let texts = [json!("rollback to 1"), json!("~ demo"), json!("+ demo, ~ tokens")];
    let (numbers, ann) = ([3, 2, 1].map(Value::from), json!("ann"));
    assert_eq!(shown, [0, 1, 2].map(|index| (&numbers[index], &ann, &texts[index])));
    project.hedgerow(&["rollback", "9", "--yes"]).assert_ends_with(2).assert_says("there is no revision 9");
}

#[test]
fn nobody_there_to_agree_means_nothing_is_applied() {
    let project = Project::of(MARK, "");
    project.hedgerow(&["apply"]).assert_ends_with(2).assert_says("--yes applies it without a question");
    assert_eq!(project.revision(), 0);
}

#[test]
fn a_config_that_fails_validation_is_refused_whole() {
    let project = Project::of(MARK, "");
    project.apply();
    let manifest = json!({"name": "Other", "config": [{"key": "kind", "type": "choice", "choices": ["a", "b"]},
        {"key": "must", "type": "string", "required": true}]});
    project.app("other", &manifest.to_string(), MARK);
    project.rewrite(
        "[[app]]\nslug = 'demo'\nsource = 'demo'\norder = 9\n\n[[app]]\nslug = 'other'\nsource = 'other'\nconfig = { kind = 'c' }\n",
    );
    let ran = project.hedgerow(&["apply", "--yes"]);
    ran.assert_ends_with(2).assert_says("app \"other\": config \"kind\" must be one of a, b");
    ran.assert_says("app \"other\": config \"must\" is required").assert_says("nothing was changed");
    assert_eq!(
        (project.revision(), project.installed()[0]["order"].clone()),
        (1, json!(0)),
        "not even the app that was fine"
    );
}

#[test]
fn a_set_up_that_throws_refuses_the_change_and_is_shown_with_its_place() {
    let throws = "export function setupPlugin({ config }) {\n  console.log('trying', config.key)\n  throw new Error(`no access with ${config.key}`)\n}\n";
    let project = Project::of(throws, "config = { key = { env = 'KEY' } }");
    project.app(
        "demo",
        &json!({"name": "Demo", "config": [{"key": "key", "type": "string", "secret": true}]}).to_string(),
        throws,
    );
    let mut command = project.command(&["apply", "--yes"]);
    command.env("KEY", "hunter2hunter2");
    let ran = super::ran(command, b"");
    ran.assert_ends_with(1).assert_says("app \"demo\": setupPlugin failed: Error: no access with ***");
    ran.assert_says("index.ts:3").assert_says("trying ***").assert_says("nothing was changed");
    assert!(!format!("{ran:?}").contains("hunter2"), "{ran:#?}");
    assert_eq!(project.revision(), 0);
    let mut command = project.command(&["apply", "--yes", "--skip-setup"]);
    command.env("KEY", "hunter2hunter2");
    super::ran(command, b"").assert_ends_with(0);
    assert_eq!(project.revision(), 1);
    let set = project.hedgerow(&["config", "set", "demo", "other=x"]);
    set.assert_ends_with(1).assert_says("setupPlugin failed");
    assert_eq!(project.revision(), 1);
}

#[test]
fn files_that_changed_under_the_lock_are_refused_until_they_are_meant_to() {
    let project = Project::of(MARK, "");
    project.apply();
    project.write("demo/index.ts", "export const processEvent = () => null");
    for words in [&["plan"][..], &["apply", "--yes"]] {
        let ran = project.hedgerow(words);
        assert_ne!(ran.code, Some(0));
        ran.assert_says("its files are not those of hedgerow.lock").assert_says("give --update demo");
    }
    assert_eq!(project.revision(), 1);
    project.hedgerow(&["plan", "--update", "dmo"]).assert_ends_with(1).assert_says("it has no app \"dmo\"");
    let before = project.read("hedgerow.lock");
    project.hedgerow(&["apply", "--yes", "--update", "demo"]).assert_ends_with(0);
    assert_ne!(project.read("hedgerow.lock"), before);
    project.apply().assert_says("there is nothing to change");
}

#[test]
fn a_stored_bundle_changed_under_its_hash_never_runs() {
    let project = Project::of(MARK, "");
    project.apply();
    project.app("other", "{\"name\": \"Other\"}", &MARK.replace("properties.mark", "properties.other"));
    let other = "[[app]]\nslug = 'other'\nsource = 'other'\norder = 1\n";
    project.rewrite(&format!("[[app]]\nslug = 'demo'\nsource = 'demo'\nlog_level = 'warn'\n\n{other}"));
    project.apply();
    let bundle = project.installed()[0]["bundle"].as_str().expect("a name").to_owned();
    let file = files_below(&project.path("state/blobs"))
        .into_iter()
        .find(|path| path.ends_with(&bundle))
        .expect("it is stored");
    let evil = std::fs::read_to_string(&file).expect("text").replace("'none'", "'evil'");
    std::fs::write(&file, evil).expect("writable");
    let events = b"{\"event\": \"e\", \"distinct_id\": \"d\"}\n";
    let ran = super::ran(project.command(&["run", "--no-schedules"]), events);
    ran.assert_says("app \"demo\" is disabled: the bundle").assert_says("gone or damaged");
    assert!(!ran.stdout.contains("evil") && !ran.stdout.contains("mark"), "{}", ran.stdout);
    assert_eq!(ran.events()[0]["properties"]["other"], "none", "the other app runs");
    project.hedgerow(&["rollback", "--yes"]).assert_ends_with(2).assert_says("revision 1 cannot hold again");
    project.hedgerow(&["config", "set", "demo", "mark=x"]).assert_ends_with(2).assert_says("gone or damaged");
    project.apply().assert_says("stored anew");
    assert_eq!(project.processed()["mark"], "none");
}

#[test]
fn numbers_stay_with_their_apps() {
    let entry = |slug: &str| format!("[[app]]\nslug = '{slug}'\nsource = 'demo'\n");
    let project = Project::of(MARK, "");
    project.rewrite(&(entry("a") + &entry("b")));
    project.apply();
    project.rewrite(&(entry("b") + &entry("c")));
    project.apply();
    let ids = |project: &Project| -> Vec<(String, i64)> {
        let apps = project.installed();
        apps.iter()
            .map(|app| (app["slug"].as_str().unwrap_or_default().to_owned(), app["id"].as_i64().unwrap_or(0)))
            .collect()
    };
    assert_eq!(ids(&project), [("b".to_owned(), 2), ("c".to_owned(), 3)], "1 is not given again");
    std::fs::remove_file(project.path("hedgerow.lock")).expect("it is there");
    project.apply().assert_says("there is nothing to change");
    assert_eq!(ids(&project), [("b".to_owned(), 2), ("c".to_owned(), 3)]);
}

#[test]
fn case_175_an_app_for_another_version_of_posthog_is_not_installed() {
    let project = Project::of(MARK, "");
    project.app("demo", r#"{"name": "Demo", "posthogVersion": ">=2.0.0"}"#, MARK);
    project
        .hedgerow(&["apply", "--yes"])
        .assert_ends_with(2)
        .assert_says("Demo cannot be installed: its posthogVersion is \">=2.0.0\"");
    assert_eq!(project.revision(), 0);
    project.app("demo", r#"{"name": "Demo", "posthogVersion": "^1.25.0"}"#, MARK);
    project.apply();
}

#[test]
fn case_176_a_stateless_app_with_config_is_refused() {
    let project = Project::of(MARK, "config = { mark = 'x' }");
    project.app("demo", r#"{"name": "Demo", "stateless": true, "config": [{"key": "mark"}]}"#, MARK);
    project.hedgerow(&["apply", "--yes"]).assert_ends_with(2).assert_says("stateless, and such an app takes no config");
    assert_eq!(project.revision(), 0);
    project.rewrite("[[app]]\nslug = 'demo'\nsource = 'demo'\n");
    project.apply();
    project.hedgerow(&["config", "set", "demo", "mark=x"]).assert_ends_with(2).assert_says("stateless");
}
