//! Looking at an app: its manifest, its source, and what its top-level code leaves behind.

use super::hosts::hosts_in;
use crate::app_folder::AppFolder;
use crate::exit::Unusable;
use crate::test::{Case, Stage, TestedApp};
use runtime_core::app::{App, Manifest};
use runtime_core::imports::bundle::ImportsBundle;
use runtime_core::imports::needs_bundle;
use runtime_core::isolate::{Capabilities, Function};
use std::sync::Arc;

/// The schedules that exist (case 18: other `runEvery…` functions never run).
const SCHEDULES: [&str; 3] = ["runEveryMinute", "runEveryHour", "runEveryDay"];
/// The functions that make an app do something.
const EFFECTIVE: [Function; 4] =
    [Function::ProcessEvent, Function::OnEvent, Function::ExportEvents, Function::ComposeWebhook];

/// What there is to say about an app.
pub struct Findings {
    /// Lower-case hex SHA-256 of its files.
    pub version: String,
    /// plugin.json, if it can be read.
    pub manifest: Option<Manifest>,
    /// What it compiles to, if it does.
    pub app: Option<Arc<App>>,
    /// Its functions, if its top-level code runs.
    pub capabilities: Option<Capabilities>,
    /// Hosts that its source names.
    pub hosts: Vec<String>,
    /// Why it cannot be installed as it is.
    pub errors: Vec<String>,
    /// What is probably not as meant.
    pub warnings: Vec<String>,
}

impl Findings {
    /// Looks at an app. Its top-level code runs, without a network and without a disk.
    pub async fn of(folder: &AppFolder, imports: Option<Arc<ImportsBundle>>) -> Result<Self, Unusable> {
        let mut findings = Self {
            version: folder.bundle.version(),
            manifest: read_manifest(folder),
            app: None,
            capabilities: None,
            hosts: Vec::new(),
            errors: Vec::new(),
            warnings: Vec::new(),
        };
        if !folder.bundle.files.contains_key("plugin.json") {
            findings.warnings.push("there is no plugin.json: the app has no name and no settings".to_owned());
        }
        if let Some(manifest) = &findings.manifest {
            findings.errors.extend(manifest.problems.iter().cloned());
            findings.warnings.extend(manifest.warnings.iter().cloned());
        }
        match App::load(&folder.bundle, &folder.slug) {
            Err(error) => findings.errors.push(error.to_string()),
            Ok(app) => findings.look_inside(folder, Arc::new(app), imports).await?,
        }
        Ok(findings)
    }

    async fn look_inside(
        &mut self,
        folder: &AppFolder,
        app: Arc<App>,
        imports: Option<Arc<ImportsBundle>>,
    ) -> Result<(), Unusable> {
        self.errors.extend(missing_bundle(&app, imports.as_deref()));
        let source = folder.bundle.files.get(&app.entry_path).map(|source| String::from_utf8_lossy(source));
        self.hosts = source.map(|source| hosts_in(&source)).unwrap_or_default();
        let tested = TestedApp { app: Arc::clone(&app), slug: folder.slug.clone(), imports };
        let stage = Stage::set(&tested, &Case::default()).map_err(Unusable::new)?;
        match stage.isolate.load().await.result {
            Err(error) => self.errors.push(error.to_string()),
            Ok(capabilities) => {
                self.warnings.extend(doubts(&capabilities, &app.manifest));
                self.capabilities = Some(capabilities);
            }
        }
        self.app = Some(app);
        Ok(())
    }
}

/// What to do where the app imports npm packages and they are not here.
fn missing_bundle(app: &App, imports: Option<&ImportsBundle>) -> Option<String> {
    let needed: Vec<_> = app.script.imports.iter().map(String::as_str).filter(|name| needs_bundle(name)).collect();
    if needed.is_empty() || imports.is_some_and(ImportsBundle::is_there) {
        return None;
    }
    let names = needed.join(", ");
    Some(format!("the app imports {names}, which needs the imports bundle: build it with `cargo xtask imports`"))
}

fn read_manifest(folder: &AppFolder) -> Option<Manifest> {
    let text = folder.bundle.files.get("plugin.json").map_or(Some("{}"), |text| std::str::from_utf8(text).ok())?;
    Manifest::parse(text, &folder.slug).ok()
}

/// What the functions do not fit to.
fn doubts(capabilities: &Capabilities, manifest: &Manifest) -> Vec<String> {
    let mut doubts = Vec::new();
    let is_idle = EFFECTIVE.iter().all(|function| !capabilities.has(function))
        && capabilities.scheduled_tasks.is_empty()
        && capabilities.jobs.is_empty();
    if is_idle {
        doubts.push("no function that hedgerow calls was found: the app does nothing".to_owned());
    }
    for task in capabilities.scheduled_tasks.iter().filter(|task| !SCHEDULES.contains(&task.as_str())) {
        doubts.push(format!("{task} never runs: the schedules are {}", SCHEDULES.join(", ")));
    }
    for job in manifest.public_jobs.iter().filter(|job| !capabilities.jobs.contains(&job.name)) {
        doubts.push(format!("plugin.json lists the public job \"{}\", which the app does not export", job.name));
    }
    doubts
}
