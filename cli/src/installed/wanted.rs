//! One installation as it is to be, with everything that it is made of.

use crate::exit::Unusable;
use runtime_core::app::{App, AppBundle, ConfigProblem, FieldKind, Manifest, merge_defaults, validate};
use runtime_core::installation::Attachment;
use runtime_core::registry::{Record, Registry, SecretBox, SecretText, StoredAttachment, pack};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An installation as it is to be.
pub struct Wanted {
    /// Its record. Of its secrets only those that stay as they are.
    pub record: Record,
    /// Secrets that are to be sealed, by field.
    pub new_secrets: BTreeMap<String, SecretText>,
    /// Secret fields whose new values are not known here: they are set elsewhere, when this is applied.
    pub unknown: BTreeSet<String>,
    /// Its app.
    pub app: Arc<App>,
    /// The files of the app.
    pub bundle: AppBundle,
    /// Its attachments.
    pub attachments: BTreeMap<String, Attachment>,
}

/// What stands in the way of an installation, one a line.
#[derive(Debug, Default)]
pub struct Problems {
    /// It cannot be installed.
    pub errors: Vec<String>,
    /// It can, though something is probably not as meant.
    pub warnings: Vec<String>,
}

impl Wanted {
    /// One that is installed, as it is.
    pub async fn installed(registry: &Registry, record: &Record) -> Result<Self, Unusable> {
        let of_app = |error: String| Unusable::at(format_args!("app \"{}\"", record.slug), error);
        let bundle = registry.bundle(&record.bundle).await.map_err(|error| of_app(error.to_string()))?;
        let app = App::load(&bundle, &record.slug).map_err(|error| of_app(error.to_string()))?;
        let mut attachments = BTreeMap::new();
        for (key, stored) in &record.attachments {
            let attachment = registry.attachment(stored).await.map_err(Unusable::new)?;
            let lost = || of_app(format!("the attachment \"{key}\" is gone or damaged; put it again"));
            attachments.insert(key.clone(), attachment.ok_or_else(lost)?);
        }
        Ok(Self {
            record: record.clone(),
            new_secrets: BTreeMap::new(),
            unknown: BTreeSet::new(),
            app: Arc::new(app),
            bundle,
            attachments,
        })
    }

    /// Gives the installation a file, in the place of one that it may have there.
    pub fn attach(&mut self, key: &str, attachment: Attachment) {
        let stored = StoredAttachment {
            file_name: attachment.file_name.clone(),
            content_type: attachment.content_type.clone(),
            blob: blob_name(&attachment.contents),
            bytes: attachment.contents.len() as u64,
        };
        self.record.attachments.insert(key.to_owned(), stored);
        self.attachments.insert(key.to_owned(), attachment);
    }

    /// Takes a file away. Whether there was one.
    pub fn detach(&mut self, key: &str) -> bool {
        self.attachments.remove(key);
        self.record.attachments.remove(key).is_some()
    }

    /// The whole config with its secrets, as it is stored: without the defaults of the manifest.
    pub fn whole_config(&self, opener: Option<&SecretBox>) -> Result<Map<String, Value>, String> {
        let mut config = self.record.config.clone();
        for (field, sealed) in &self.record.secrets {
            let opener =
                opener.ok_or_else(|| format!("the secret \"{field}\" cannot be opened: its key is not there"))?;
            let secret = opener.open(self.record.id, field, sealed).map_err(|error| error.to_string())?;
            config.insert(field.clone(), Value::from(secret.expose()));
        }
        for (field, secret) in &self.new_secrets {
            config.insert(field.clone(), Value::from(secret.expose()));
        }
        Ok(config)
    }

    /// What is wrong with the config and the attachments.
    pub fn problems(&self, opener: Option<&SecretBox>) -> Problems {
        let mut problems = Problems::default();
        let manifest = &self.app.manifest;
        match self.whole_config(opener) {
            Err(error) => problems.errors.push(error),
            Ok(config) => {
                for problem in validate(manifest, &merge_defaults(manifest, config)) {
                    match problem {
                        ConfigProblem::Missing { key } if self.unknown.contains(&key) => {}
                        problem if problem.is_warning() => problems.warnings.push(problem.to_string()),
                        problem => problems.errors.push(problem.to_string()),
                    }
                }
            }
        }
        let has_config =
            !(self.record.config.is_empty() && self.record.secrets.is_empty() && self.new_secrets.is_empty());
        if manifest.stateless && has_config {
            // Case 176, as in the reference: what such an app does depends on nothing but the event.
            let message =
                "the app's plugin.json says that it is stateless, and such an app takes no config: leave it out";
            problems.errors.push(message.to_owned());
        }
        problems.errors.extend(missing_attachments(manifest, &self.record.attachments));
        let is_known = |key: &str| manifest.field(key).is_some_and(|field| field.kind == FieldKind::Attachment);
        let strange = self.record.attachments.keys().filter(|key| !is_known(key));
        problems.warnings.extend(strange.map(|key| format!("attachment \"{key}\" is not in the app's plugin.json")));
        problems
    }
}

fn missing_attachments(manifest: &Manifest, given: &BTreeMap<String, StoredAttachment>) -> Vec<String> {
    let required = manifest.config.iter().filter(|field| field.required && field.kind == FieldKind::Attachment);
    let keys = required.filter_map(|field| field.key.as_deref()).filter(|key| !given.contains_key(*key));
    keys.map(|key| format!("attachment \"{key}\" is required: give it a file")).collect()
}

/// The name that a bundle has once it is stored.
pub fn bundle_name(bundle: &AppBundle) -> String {
    blob_name(&pack(bundle))
}

fn blob_name(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
