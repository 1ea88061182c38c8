//! Secrets: out of the file, sealed, and never shown again.

use super::{Project, files_below, ran};
use serde_json::json;

/// Says of its secret only how long it is.
const SOURCE: &str = "export function processEvent(event, { config }) { event.properties.length = (config.key ?? '').length; return event }";
const VALUE: &str = "hunter2hunter2";

fn project(lines: &str) -> Project {
    let project = Project::of(SOURCE, lines);
    let manifest =
        json!({"name": "Demo", "config": [{"key": "key", "type": "string", "secret": true}, {"key": "open"}]});
    project.app("demo", &manifest.to_string(), SOURCE);
    project
}

#[test]
fn a_secret_in_the_file_is_refused_and_not_shown() {
    let project = project(&format!("\n[app.config]\nopen = 'x'\nkey = '{VALUE}'"));
    for words in [&["plan"][..], &["apply", "--yes"]] {
        let ran = project.hedgerow(words);
        assert!(ran.code != Some(0) && !format!("{ran:?}").contains(VALUE), "{ran:#?}");
        ran.assert_says("hedgerow.toml:10: app \"demo\": config \"key\" is a secret and must not stand in the file");
        ran.assert_says("key = { env = \"NAME\" }").assert_says("hedgerow secrets set");
    }
}

#[test]
fn a_variable_that_is_not_set_is_told_by_plan_and_refused_by_apply() {
    let project = project("config = { key = { env = 'KEY' } }");
    project.hedgerow(&["plan"]).assert_ends_with(2).assert_says("KEY, which is not set: `apply` needs it");
    project.hedgerow(&["apply", "--yes"]).assert_ends_with(2).assert_says("KEY, which is not set");
}

#[test]
fn case_173_a_secret_is_never_returned_omitted_keeps_empty_clears_new_replaces() {
    let project = project("config = { key = { env = 'KEY' } }");
    let mut said = Vec::new();
    let mut with_key = |words: &[&str], key: &str| {
        let mut command = project.command(words);
        command.env("KEY", key);
        let ran = ran(command, b"");
        said.push(format!("{ran:?}"));
        ran
    };
    let set = with_key(&["apply", "--yes"], VALUE);
    set.assert_ends_with(0);
    assert!(
        set.stdout.contains("+ secrets.key: set") || set.stdout.contains("secrets.key: not set -> set"),
        "{}",
        set.stdout
    );
    let length = || project.processed()["length"].clone();
    assert_eq!(length(), VALUE.len());
    with_key(&["plan"], VALUE).assert_ends_with(0);
    let changed = with_key(&["plan"], "another one");
    changed.assert_ends_with(2);
    assert!(changed.stdout.contains("~ secrets.key: set -> changed"), "{}", changed.stdout);
    for words in [&["apps", "show", "demo"][..], &["apps", "show", "demo", "--json"], &["config", "get", "demo"]] {
        let ran = with_key(words, VALUE);
        assert!(
            ran.stdout.contains("key") && ran.stdout.contains("set") && !ran.stdout.contains(VALUE),
            "{}",
            ran.stdout
        );
    }
    assert_eq!(with_key(&["config", "get", "demo", "key"], "").stdout, "set\n");
    project.rewrite("[[app]]\nslug = 'demo'\nsource = 'demo'\nconfig = { open = 'x' }\n");
    project.apply();
    assert_eq!(length(), VALUE.len(), "omitted keeps");
    ran(project.command(&["secrets", "set", "demo", "key"]), b"hunter3\n").assert_ends_with(0);
    assert_eq!(length(), 7, "a new one replaces");
    with_key(&["secrets", "set", "demo", "key", "--from-env", "KEY"], VALUE).assert_ends_with(0);
    assert_eq!(length(), VALUE.len());
    ran(project.command(&["secrets", "set", "demo", "key"]), b"").assert_ends_with(0);
    assert_eq!((length(), project.show("demo")["config"]["key"].clone()), (json!(0), json!("not set")), "empty clears");
    assert!(said.iter().all(|said| !said.contains(VALUE)), "{said:#?}");
    for file in files_below(&project.path("state")) {
        let bytes = std::fs::read(&file).expect("readable");
        assert!(!bytes.windows(VALUE.len()).any(|window| window == VALUE.as_bytes()), "{}", file.display());
    }
}

#[test]
fn a_secret_does_not_belong_on_the_command_line() {
    let project = project("");
    project.apply();
    let ran = project.hedgerow(&["config", "set", "demo", &format!("key={VALUE}")]);
    ran.assert_ends_with(2).assert_says("hedgerow secrets set demo key");
    assert!(!ran.stderr.contains(VALUE));
    project
        .hedgerow(&["secrets", "set", "demo", "open"])
        .assert_ends_with(2)
        .assert_says("hedgerow config set demo open=...");
}

#[cfg(unix)]
#[test]
fn a_key_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let project = project("config = { key = { file = 'key' } }");
    project.write("key", VALUE);
    project.apply();
    let key = project.path("state/secrets.key");
    let mode = std::fs::metadata(&key).expect("it was made").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).expect("ours");
    project.hedgerow(&["apply", "--yes"]).assert_ends_with(2).assert_says("chmod 600");
}
