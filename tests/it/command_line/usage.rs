//! Help, wrong usage, and what cannot be used: exit code 2 and what to do.

use super::{AppFolder, example, hedgerow, run};
use serde_json::json;

#[test]
fn help_names_every_option_and_every_exit_code() {
    let top = hedgerow(&["--help"], b"");
    top.assert_ends_with(0);
    for word in [
        "run",
        "check",
        "test",
        "dead-letters",
        "jobs",
        "send",
        "receive",
        "init",
        "plan",
        "apply",
        "rollback",
        "history",
        "apps",
        "config",
        "secrets",
        "attachments",
        "logs",
        "metrics",
        "doctor",
        "pause",
        "resume",
        "up",
        "down",
        "schema",
        "completions",
        "Exit codes:",
        "affiliated with PostHog",
    ] {
        assert!(top.stdout.contains(word), "{word}: {}", top.stdout);
    }
    for (subcommand, options) in [
        (
            "run",
            &[
                "--app",
                "--config",
                "--attachment",
                "--geoip",
                "--events",
                "--output",
                "--state",
                "--team",
                "--posthog-host",
                "--posthog-token",
                "--posthog-key",
                "--concurrency",
                "--on-error",
                "--allow-host",
                "--no-schedules",
                "--strict",
            ][..],
        ),
        ("check", &["--json"]),
        ("test", &["--cases", "--json"]),
        ("dead-letters", &["list", "show", "redrive", "purge"]),
        (
            "dead-letters list",
            &[
                "--state",
                "--stack",
                "--app",
                "--reason",
                "--function",
                "--since",
                "--until",
                "--all",
                "--limit",
                "--json",
            ],
        ),
        ("dead-letters show", &["--state", "--json", "ID"]),
        (
            "dead-letters redrive",
            &["--stack", "--all-matching", "--app", "--since", "--rate", "--yes", "--json", "at which", "ID"],
        ),
        ("dead-letters purge", &["--state", "--all-matching", "--all", "--yes", "for good"]),
        ("jobs", &["list", "run"]),
        ("plan", &["--state", "--stack", "--file", "--update", "--json", "would change"]),
        ("apply", &["--state", "--stack", "--file", "--update", "--yes", "--skip-setup", "--json"]),
        ("rollback", &["--state", "--stack", "--yes", "REVISION"]),
        ("history", &["--state", "--stack", "--limit", "--json"]),
        ("apps", &["list", "show", "enable", "disable"]),
        ("config", &["get", "set"]),
        ("secrets", &["set"]),
        ("secrets set", &["--from-env", "--from-secretsmanager", "--from-key", "--from-ssm"]),
        ("doctor", &["--state", "--stack", "--imports", "--json", "verdict"]),
        ("pause", &["--stack", "--function", "--no-wait", "--json", "run-tasks", "EventBridge"]),
        ("resume", &["--stack", "--function", "--no-wait", "--json"]),
        ("attachments", &["put", "rm"]),
        (
            "logs",
            &[
                "--state",
                "--stack",
                "--follow",
                "--level",
                "--since",
                "--search",
                "--limit",
                "--function",
                "--system",
                "--json",
                "APP",
            ],
        ),
        ("metrics", &["--state", "--stack", "--since", "--json", "APP"]),
        ("jobs list", &["--state", "--stack", "--app", "APP", "--json"]),
        ("send", &["--stack", "--team", "--token", "--from-line", "--json", "FILE|-"]),
        ("receive", &["--stack", "--limit", "--wait", "--keep"]),
        (
            "jobs run",
            &["--state", "--stack", "--json", "--app", "--config", "--payload", "--operation", "--staff", "NAME"],
        ),
    ] {
        let words: Vec<&str> = subcommand.split(' ').chain(["--help"]).collect();
        let help = hedgerow(&words, b"");
        help.assert_ends_with(0);
        for word in options.iter().chain(&["Exit codes:", "  0  ", "  1  ", "  2  "]) {
            assert!(help.stdout.contains(word), "{subcommand} --help lacks {word}: {}", help.stdout);
        }
    }
}

#[test]
fn help_does_not_show_keys_of_the_environment() {
    let mut command = super::command(&["run", "--help"]);
    command.env("HEDGEROW_POSTHOG_KEY", "phx_secret").env("HEDGEROW_POSTHOG_TOKEN", "phc_secret");
    let help = super::ran(command, b"");
    assert!(help.stdout.contains("HEDGEROW_POSTHOG_KEY") && !help.stdout.contains("_secret"), "{}", help.stdout);
}

#[test]
fn wrong_usage_ends_with_2() {
    for (words, part) in [
        (&["run", "--ap", "x"][..], "--ap"),
        (&["fly"], "fly"),
        (&["run", "--config", "a=1"], "--config belongs to the --app before it"),
        (&["run", "--app", "x", "--config", "a"], "KEY=VALUE"),
        (&["run", "--concurrency", "0"], "--concurrency"),
        (&["run", "--on-error", "again"], "dead_letter"),
        (&["check"], "APP"),
        (&["run", "--app", "/does/not/exist"], "plugin.json"),
        (&["check", "/does/not/exist"], "plugin.json"),
        (&["test", "/does/not/exist"], "plugin.json"),
        (&["run", "--events", "/does/not/exist"], "--events"),
        (&["run", "--events", "/"], "is a folder"),
        (&["run", "--output", "/does/not/exist"], "cannot be written"),
        (&["run", "--geoip", "/does/not/exist"], "geoip"),
        (&["run", "--geoip", "/a", "--geoip", "/b"], "one database serves all apps"),
        (&["run", "--posthog-host", "example.com"], "https://app.posthog.com"),
    ] {
        let ran = hedgerow(words, b"");
        ran.assert_ends_with(2).assert_says(part);
        assert!(ran.stdout.is_empty(), "{ran:#?}");
    }
    let bare = hedgerow::<&str>(&[], b"");
    bare.assert_ends_with(2).assert_says("Usage");
}

#[test]
fn every_problem_with_the_config_is_told_at_once() {
    let app = AppFolder::new("export function processEvent(event) { return event }");
    let manifest = json!({"name": "Demo", "config": [
        {"key": "token", "type": "string", "required": true},
        {"key": "mode", "type": "choice", "choices": ["a", "b"]},
    ]});
    app.write("plugin.json", &manifest.to_string());
    let ran = run(&app, &["--config", "mode=c", "--config", "extra=1"], &[]);
    ran.assert_ends_with(2)
        .assert_says("config \"token\" is required")
        .assert_says("config \"mode\" must be one of a, b")
        .assert_says("warning: ")
        .assert_says("config \"extra\" is not in the app's plugin.json");
    run(&app, &["--config", "mode=b", "--config", "token=t"], &[]).assert_ends_with(0);
}

#[test]
fn a_missing_attachment_is_told() {
    let app = example("apps/bot-filter");
    let ran = hedgerow(&["run", "--app", &app], b"");
    ran.assert_ends_with(2).assert_says("attachment \"rules\" is required").assert_says("--attachment KEY=FILE");
    let ran = hedgerow(&["run", "--app", &app, "--attachment", "rules=/does/not/exist"], b"");
    ran.assert_ends_with(2).assert_says("/does/not/exist");
}

#[test]
fn an_app_that_does_not_compile_shows_where() {
    let app = AppFolder::new("const a = 1\nexport function processEvent(event) {\n  return event +\n}\n");
    for ran in [run(&app, &[], &[]), hedgerow(&["test", app.path()], b"")] {
        ran.assert_ends_with(2).assert_says("index.ts:4:1").assert_says("> 4 | }");
    }
}

#[test]
fn nothing_is_coloured_where_nobody_looks() {
    let app = AppFolder::new("export function processEvent(event) { console.error('x'); return event }");
    let ran = run(&app, &[], &[super::event("a")]);
    ran.assert_ends_with(0);
    assert!(!ran.stderr.contains('\u{1b}') && !ran.stdout.contains('\u{1b}'), "{ran:#?}");
}

#[test]
fn the_local_stack_needs_a_clone() {
    let folder = tempfile::TempDir::new().expect("a folder");
    for (word, part) in [("up", "hedgerow run"), ("down", "the one in which `up` was run")] {
        let mut command = super::command(&[word]);
        command.current_dir(folder.path());
        super::ran(command, b"").assert_ends_with(2).assert_says("no clone of hedgerow").assert_says(part);
    }
}
