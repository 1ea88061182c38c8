//! plugin.json: every key of behaviour.md d, read leniently, with what is odd about it kept for `hedgerow check`.

mod field;
mod job;
mod read;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use self::read::Reader;
pub use self::{
    field::{Condition, ConfigField, FieldKind},
    job::{JobField, PublicJob},
};
use super::{
    LoadError,
    version_range::{ANSWERED_VERSION, matches},
};

/// What plugin.json says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Manifest {
    /// The app's name; without one, that of its folder.
    pub name: String,
    /// What it does, for people.
    pub description: Option<String>,
    /// Where to read more; only shown.
    pub url: Option<String>,
    /// Path or address of a picture; only shown.
    pub icon: Option<String>,
    /// Path of the source file inside the bundle.
    pub main: Option<String>,
    /// Accepted, and ignored as in the reference.
    pub lib: Option<String>,
    /// An npm-like range of PostHog versions; we answer as 1.43.0.
    pub posthog_version: Option<String>,
    /// Accepted without effect: an installation has an isolate of its own either way.
    pub stateless: bool,
    /// What an installation can be given, in the order in which to show it.
    pub config: Vec<ConfigField>,
    /// Jobs that a person may start, in the order of the file.
    pub public_jobs: Vec<PublicJob>,
    /// What has no effect: keys that nobody reads, values of another type than meant.
    pub warnings: Vec<String>,
    /// What is wrong with the config fields. The app loads all the same: in the reference these were errors of the form only.
    pub problems: Vec<String>,
}

impl Manifest {
    /// Reads the text of a plugin.json. `name_fallback` is the name of its folder.
    ///
    /// # Errors
    /// `Manifest` if it is not a JSON object; `Version` if it asks for another version of PostHog.
    pub fn parse(text: &str, name_fallback: &str) -> Result<Self, LoadError> {
        let unreadable = |reason: String| LoadError::Manifest { app: name_fallback.to_owned(), reason };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // The error says the line and the column.
        let value: Value = serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))?;
        let Value::Object(keys) = value else {
            return Err(unreadable("it must hold a JSON object".to_owned()));
        };
        let manifest = Self::from_keys(keys, name_fallback);
        manifest.require_version()?;
        Ok(manifest)
    }

    fn from_keys(keys: Map<String, Value>, name_fallback: &str) -> Self {
        let mut reader = Reader::new("plugin.json", keys);
        let mut manifest = Self {
            name: reader
                .text("name")
                .filter(|name| !name.trim().is_empty())
                .unwrap_or_else(|| name_fallback.to_owned()),
            description: reader.text("description"),
            url: reader.text("url"),
            icon: reader.text("icon"),
            main: reader.text("main").filter(|main| !main.is_empty()),
            lib: reader.text("lib"),
            posthog_version: reader.text("posthogVersion").filter(|range| !range.trim().is_empty()),
            stateless: reader.flag("stateless"),
            ..Self::default()
        };
        manifest.config = field::read_fields(reader.take("config"), &mut manifest.problems, &mut manifest.warnings);
        manifest.public_jobs = job::read_jobs(reader.take("publicJobs"), &mut manifest.warnings);
        manifest.warnings.extend(reader.finish());
        manifest
    }

    fn require_version(&self) -> Result<(), LoadError> {
        let Some(range) = &self.posthog_version else { return Ok(()) };
        let [major, minor, patch] = ANSWERED_VERSION;
        let refused = |reason: String| Err(LoadError::Version { app: self.name.clone(), reason });
        match matches(range, ANSWERED_VERSION) {
            Ok(true) => Ok(()),
            Ok(false) => refused(format!(
                "its posthogVersion is \"{range}\", and hedgerow answers as PostHog {major}.{minor}.{patch}"
            )),
            Err(part) => refused(format!("its posthogVersion \"{range}\" is not a version range: {part}")),
        }
    }

    /// The field with a key.
    pub fn field(&self, key: &str) -> Option<&ConfigField> {
        self.config.iter().find(|field| field.key.as_deref() == Some(key))
    }
}
