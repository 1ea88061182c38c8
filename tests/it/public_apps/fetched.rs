//! Fetched apps, and playing them.

use super::events::events;
use crate::packages::engine::Engine;
use runtime_core::event::PluginEvent;
use runtime_core::pipeline::EventOutcome;
use runtime_core::ports::captures::CapturedEvent;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::dead_letters::{DeadLetters, LetterFilter};
use runtime_core::telemetry::LogLevel;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tests::AppSetup;

/// The variable with the folder of fetched apps.
const FOLDER: &str = "HEDGEROW_PUBLIC_APPS";

/// The app of that folder, ready to be installed; it may reach this machine. `None`, and a line that says so, if it was not fetched.
pub fn fetched(name: &str, config: Value) -> Option<AppSetup> {
    let folder = std::env::var_os(FOLDER).map(|folder| Path::new(&folder).join(name));
    let Some(folder) = folder.filter(|folder| folder.join("plugin.json").is_file()) else {
        say_skipped(name);
        return None;
    };
    let mut setup = AppSetup::of_files([]).named("public", 39).with(|app| {
        app.config = config;
        app.egress.allowed_networks = vec!["127.0.0.1/32".into()];
    });
    for path in files(&folder) {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name in UTF-8");
        setup.add_bytes(name, &fs::read(&path).expect("it can be read"));
    }
    Some(setup)
}

#[expect(clippy::print_stdout, reason = "what was not tried is said where the results are")]
fn say_skipped(name: &str) {
    println!("skipped: {name} is not in the folder that {FOLDER} names; see docs/public-apps.md");
}

/// plugin.json and the source files of its folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("it is a folder");
    let is_source = |path: &PathBuf| path.extension().is_some_and(|end| end == "ts" || end == "js");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    paths.filter(|path| is_source(path) || path.ends_with("plugin.json")).collect()
}

/// Plays an app to its end: every event, the exports and jobs that follow however late they are due, teardown.
pub async fn export(app: AppSetup, ports: BTreeMap<String, u16>) -> Engine {
    let engine = Engine::start(app, ports).await;
    for event in events() {
        process(&engine, event).await;
    }
    end(&engine).await;
    engine
}

/// Plays an app's task and the jobs that follow to its end.
pub async fn run_task(app: AppSetup, ports: BTreeMap<String, u16>, task: &str) -> Engine {
    let engine = Engine::start(app, ports).await;
    engine.trigger(task).await;
    end(&engine).await;
    engine
}

/// Takes one event all the way; it has to leave the chain.
pub async fn process(engine: &Engine, event: Value) {
    let event: PluginEvent = serde_json::from_value(event).expect("an object");
    let outcome = engine.pipeline.process(CapturedEvent { event, hops: 0 }).await;
    assert!(matches!(outcome, EventOutcome::Sent(_)), "{outcome:?}\n{:#?}", engine.logs.lines());
}

/// Runs exports and jobs until there are no more, then stops the app.
pub async fn end(engine: &Engine) {
    engine.pipeline.send_exports().await.expect("the store is in memory");
    engine.run_until(|_| Timestamp(i64::MAX)).await;
    engine.pipeline.tear_down().await;
    let letters = engine.store.dead_letters().list(&LetterFilter::default(), usize::MAX).await;
    let letters = letters.expect("the store is in memory");
    assert!(letters.is_empty(), "{letters:#?}\n{:#?}", engine.logs.lines());
}

/// Checks that nothing was logged as an error but what begins so.
pub fn check_errors(engine: &Engine, expected: &[&str]) {
    let errors = engine.logs.messages(LogLevel::Error);
    let unexpected: Vec<_> =
        errors.iter().filter(|error| !expected.iter().any(|known| error.starts_with(known))).collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
}
