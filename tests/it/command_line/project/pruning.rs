//! `prune`, and `secrets rotate`.

use super::{Project, files_below, ran};
use serde_json::{Value, json};
use std::fs::File;
use std::time::{Duration, SystemTime};

const SOURCE: &str = "export function processEvent(event, { config }) { event.properties.seen = [config.word, config.key]; return event }";

/// Two revisions of an app with a secret, each with a bundle of its own.
fn two() -> Project {
    let project = Project::of(SOURCE, "config = { word = 'one', key = { file = 'key' } }");
    let manifest =
        json!({"name": "Demo", "config": [{"key": "key", "type": "string", "secret": true}, {"key": "word"}]});
    project.app("demo", &manifest.to_string(), SOURCE);
    project.write("key", "hunter2hunter2");
    project.apply();
    project.write("demo/more.txt", "so that there is another bundle");
    project.rewrite("[[app]]\nslug = 'demo'\nsource = 'demo'\nconfig = { word = 'two' }\n");
    project.hedgerow(&["apply", "--yes", "--update", "demo"]).assert_ends_with(0);
    project
}

/// Everything that is stored was stored two days ago.
fn two_days_later(project: &Project) {
    let then = SystemTime::now() - Duration::from_secs(2 * 24 * 60 * 60);
    for file in files_below(&project.path("state/blobs")) {
        File::open(file).and_then(|file| file.set_modified(then)).expect("it is ours");
    }
}

fn blobs(project: &Project) -> usize {
    files_below(&project.path("state/blobs")).iter().filter(|path| !path.ends_with("lock")).count()
}

fn pruned(project: &Project, words: &[&str]) -> Value {
    let ran = project.hedgerow(&[&["prune", "--json"], words].concat());
    ran.assert_ends_with(0);
    serde_json::from_str(&ran.stdout).expect("JSON")
}

#[test]
fn a_prune_removes_what_no_kept_revision_needs_and_asks_before_it_drops_one() {
    let project = two();
    assert_eq!(blobs(&project), 4, "two bundles and two snapshots");
    let nothing = json!({"snapshots": 0, "bundles": 0, "attachments": 0, "data_keys": 0});
    let expected =
        json!({"revision": 2, "dry_run": false, "kept": 2, "dropped": [], "removed": nothing, "too_recent": 0});
    assert_eq!(pruned(&project, &[]), expected);
    let looked = pruned(&project, &["--keep", "1", "--dry-run"]);
    assert_eq!((&looked["dropped"], &looked["removed"], &looked["too_recent"]), (&json!([1]), &nothing, &json!(1)));
    two_days_later(&project);
    let looked = project.hedgerow(&["prune", "--keep", "1", "--dry-run"]);
    looked.assert_ends_with(0);
    let text =
        "would drop the revisions 1\nwould remove 1 stored revisions, 1 bundles of apps, 0 attachments, 0 data keys\n";
    assert_eq!(looked.stdout, text);
    let refused = project.hedgerow(&["prune", "--keep", "1"]);
    refused.assert_ends_with(2).assert_says("cannot be rolled back to afterwards: 1").assert_says("--yes drops them");
    assert_eq!((blobs(&project), project.revision()), (4, 2), "nothing was changed");
    let pruned = pruned(&project, &["--keep", "1", "--yes"]);
    assert_eq!((&pruned["revision"], &pruned["kept"], &pruned["dropped"]), (&json!(3), &json!(1), &json!([1])));
    assert_eq!((&pruned["removed"]["bundles"], &pruned["removed"]["snapshots"]), (&json!(1), &json!(2)));
    assert_eq!(blobs(&project), 2, "what holds, and what says so");
    assert_eq!(project.processed()["seen"], json!(["two", "hunter2hunter2"]));
    project.hedgerow(&["rollback", "--yes"]).assert_ends_with(2).assert_says("there is no earlier revision");
    project.hedgerow(&["rollback", "1", "--yes"]).assert_ends_with(2).assert_says("there is no revision 1 any more");
    let history = project.hedgerow(&["history", "--json"]);
    let history: Vec<Value> = serde_json::from_str(&history.stdout).expect("JSON");
    let shown: Vec<_> = history.iter().map(|info| (info["summary"].as_str(), &info["dropped"])).collect();
    let (no, yes) = (json!(false), json!(true));
    assert_eq!(shown, [(Some("prune --keep 1"), &no), (Some("~ demo"), &yes), (Some("+ demo, ~ tokens"), &yes)]);
}

#[test]
fn a_folder_where_nothing_was_applied_is_not_pruned() {
    let project = Project::new("");
    project.hedgerow(&["prune"]).assert_ends_with(2).assert_says("there is no store in it");
    project.hedgerow(&["prune", "--keep", "0"]).assert_ends_with(2);
    assert!(!project.path("state").exists());
}

#[test]
fn secrets_are_sealed_under_a_new_key_and_the_old_one_goes_with_the_last_revision_that_needs_it() {
    let project = two();
    let ran_json = project.hedgerow(&["secrets", "rotate", "--json"]);
    ran_json.assert_ends_with(0);
    let rotated: Value = serde_json::from_str(&ran_json.stdout).expect("JSON");
    assert_eq!((&rotated["revision"], &rotated["secrets"]), (&json!(3), &json!(1)));
    let id = rotated["data_key"].as_str().expect("an id");
    let keys = |project: &Project| {
        let files = std::fs::read_dir(project.path("state")).expect("it is there");
        let names = files.map(|file| file.expect("readable").file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.filter(|name| name.ends_with(".key")).collect();
        names.sort();
        names
    };
    let (first, second) = ("secrets.key".to_owned(), format!("secrets-{id}.key"));
    assert_eq!(keys(&project), [second.clone(), first]);
    let works = |project: &Project| assert_eq!(project.processed()["seen"][1], "hunter2hunter2");
    works(&project);
    project.hedgerow(&["plan"]).assert_ends_with(0);
    project.hedgerow(&["rollback", "2", "--yes"]).assert_ends_with(0);
    works(&project);
    ran(project.command(&["secrets", "set", "demo", "key"]), b"hunter3hunter3\n").assert_ends_with(0);
    assert_eq!(project.processed()["seen"][1], "hunter3hunter3");
    two_days_later(&project);
    assert_eq!(pruned(&project, &["--keep", "1", "--yes"])["removed"]["data_keys"], 1);
    assert_eq!(keys(&project), [second]);
    assert_eq!(project.processed()["seen"][1], "hunter3hunter3");
    let ran = project.hedgerow(&["secrets", "rotate"]);
    ran.assert_ends_with(0).assert_says("sealed 1 secret under a new key, as revision 7");
    assert!(!format!("{ran:?} {ran_json:?}").contains("hunter"));
}

#[test]
fn without_secrets_there_is_nothing_to_rotate() {
    let project = Project::of(SOURCE, "");
    project.apply();
    project.hedgerow(&["secrets", "rotate"]).assert_ends_with(0).assert_says("there is nothing to seal");
    let ran = project.hedgerow(&["secrets", "rotate", "--json"]);
    let answer: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(answer, json!({"revision": null, "data_key": null, "secrets": 0}));
    assert_eq!(project.revision(), 1);
}
