//! `hedgerow doctor` of a folder: every check, whatever the others find.

use super::{Project, files_below};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;

const SOURCE: &str = "export function processEvent(event) { return event }";
const VALUE: &str = "hunter2hunter2";

/// A project with a secret, applied.
fn applied() -> Project {
    let project = Project::of(SOURCE, "config = { key = { file = 'key.txt' } }");
    project.app("demo", "{\"name\": \"Demo\", \"config\": [{\"key\": \"key\", \"secret\": true}]}", SOURCE);
    project.write("key.txt", VALUE);
    project.apply();
    project
}

/// The verdicts by the names of checks, and the exit code.
#[track_caller]
fn verdicts(project: &Project, code: i32) -> Value {
    let ran = project.hedgerow(&["doctor", "--json"]);
    ran.assert_ends_with(code);
    assert!(!ran.stdout.contains(VALUE) && !ran.stderr.contains(VALUE), "{ran:#?}");
    let told: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let checks = told["checks"].as_array().expect("an array").iter();
    let verdicts: serde_json::Map<_, _> =
        checks.map(|check| (check["name"].as_str().expect("a name").to_owned(), check["verdict"].clone())).collect();
    Value::Object(verdicts)
}

#[test]
fn a_healthy_folder_is_told_so() {
    let project = applied();
    project.processed();
    let found = verdicts(&project, 0);
    for name in ["folder", "store", "registry", "secrets", "app demo", "set-up demo", "clock", "work", "dead letters"] {
        assert_eq!(found[name], "ok", "{name}: {found:#}");
    }
    let told = project.hedgerow(&["doctor"]);
    told.assert_ends_with(0).assert_says("0 failed");
    assert!(told.stdout.contains("app demo") && told.stdout.contains("revision 1"), "{}", told.stdout);
}

#[test]
fn one_check_that_fails_stops_no_other() {
    let project = applied();
    let key = project.path("state/secrets.key");
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).expect("ours");
    let found = verdicts(&project, 1);
    assert_eq!((&found["secrets"], &found["app demo"]), (&"failed".into(), &"failed".into()), "{found:#}");
    assert_eq!((&found["store"], &found["dead letters"]), (&"ok".into(), &"ok".into()), "{found:#}");
    let told = project.hedgerow(&["doctor"]);
    assert!(told.stdout.contains("chmod 600"), "{}", told.stdout);
}

#[test]
fn a_bundle_with_another_hash_is_told() {
    let project = applied();
    let is_bundle =
        |path: &std::path::PathBuf| std::fs::read_to_string(path).is_ok_and(|text| text.contains("processEvent"));
    let bundle = files_below(&project.path("state/blobs")).into_iter().find(is_bundle).expect("it was applied");
    std::fs::write(bundle, "something else").expect("ours");
    let found = verdicts(&project, 1);
    assert_eq!((&found["app demo"], &found["secrets"]), (&"failed".into(), &"ok".into()), "{found:#}");
}

#[test]
fn a_disabled_app_tells_what_its_set_up_said() {
    let source = "export function setupPlugin() { throw new Error('no such table') }\n\
                  export function processEvent(event) { return event }";
    let project = Project::of(source, "");
    project.hedgerow(&["apply", "--yes", "--skip-setup"]).assert_ends_with(0);
    let run = super::ran(project.command(&["run", "--no-schedules"]), b"{\"event\": \"e\", \"distinct_id\": \"d\"}\n");
    assert!(run.code.is_some());
    let told = project.hedgerow(&["doctor"]);
    told.assert_ends_with(1);
    assert!(told.stdout.contains("no such table"), "{}", told.stdout);
}

#[test]
fn a_folder_without_a_store_is_not_given_one() {
    let project = Project::new("");
    assert_eq!(verdicts(&project, 1)["folder"], "failed");
    std::fs::create_dir(project.path("state")).expect("ours");
    assert_eq!(verdicts(&project, 0)["store"], "warning");
    assert_eq!(files_below(&project.path("state")), Vec::<std::path::PathBuf>::new());
}
