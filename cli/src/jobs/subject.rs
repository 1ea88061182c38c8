//! The app whose jobs are meant: what it lists and what it exports.

use crate::app_folder::{self, AppFolder};
use crate::check::Findings;
use crate::console;
use crate::exit::Unusable;
use crate::imports::ImportsArguments;
use crate::installed::place::Place;
use runtime_core::app::Manifest;
use runtime_core::registry::Record;
use std::path::Path;

/// An app with jobs.
pub struct Subject {
    /// What it is called in messages.
    pub name: String,
    /// Its stable name.
    pub slug: String,
    /// Its plugin.json.
    pub manifest: Manifest,
    /// The names in `exports.jobs`; `None` if the app cannot be loaded on this machine.
    pub exported: Option<Vec<String>>,
}

impl Subject {
    /// The app in a folder. Its top-level code runs for this, without a network and without a disk.
    pub async fn in_folder(folder: &Path, imports: &ImportsArguments) -> Result<Self, Unusable> {
        let name = folder.display().to_string();
        let folder = app_folder::read(folder)?;
        let findings = Findings::of(&folder, imports.find()).await?;
        match (findings.app, findings.capabilities) {
            (Some(app), Some(capabilities)) => {
                let (slug, manifest) = (folder.slug, app.manifest.clone());
                Ok(Self { name, slug, manifest, exported: Some(capabilities.jobs) })
            }
            _ => Err(Unusable::at(name, format_args!("the app does not load{}", list_of(&findings.errors)))),
        }
    }

    /// The app of an installation. It need not load here: a package that it imports may be on the stack alone.
    pub async fn installed(place: &Place, record: &Record, imports: &ImportsArguments) -> Result<Self, Unusable> {
        let name = format!("app \"{}\"", record.slug);
        let bundle = place.registry.bundle(&record.bundle).await.map_err(|error| Unusable::at(&name, error))?;
        let folder = AppFolder { bundle, slug: record.slug.clone() };
        let findings = Findings::of(&folder, imports.find()).await?;
        let manifest = findings.manifest.ok_or_else(|| {
            Unusable::at(&name, format_args!("its plugin.json cannot be read{}", list_of(&findings.errors)))
        })?;
        let exported = findings.capabilities.map(|capabilities| capabilities.jobs);
        if exported.is_none() {
            console::warning(format_args!(
                "{name} does not load on this machine, so that which jobs it exports is not known{}",
                list_of(&findings.errors)
            ));
        }
        Ok(Self { name, slug: folder.slug, manifest, exported })
    }

    /// The names of jobs that the app exports; all that it lists where that is not known.
    pub fn exported(&self) -> Vec<String> {
        let listed = || self.manifest.public_jobs.iter().map(|job| job.name.clone()).collect();
        self.exported.clone().unwrap_or_else(listed)
    }
}

fn list_of(errors: &[String]) -> String {
    errors.iter().map(|error| format!("\n  {}", console::printable(error))).collect()
}
