//! From a record to an installation that can be run.
//!
//! Nobody stands by when a function starts, and one app must not stop the others. So an app that cannot be installed is there
//! all the same, disabled: events take the way that its policy for a disabled app says.

use super::limits::LimitProblem;
use super::secrets::{SecretBox, SecretError};
use super::{Record, Registry, RegistryError, Snapshot, StoredAttachment};
use crate::app::{App, LoadError};
use crate::installation::listing::{Entry, InstallError};
use crate::installation::{Attachment, Installation};
use crate::isolate::Limits;
use crate::ports::Unavailable;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// How many bundles are read at the same time.
const READS_AT_ONCE: usize = 16;

/// A record, and what became of it.
#[derive(Debug, Clone)]
pub struct Installed {
    /// The record.
    pub record: Record,
    /// The installation; disabled if there is a `failure`.
    pub installation: Arc<Installation>,
    /// Why it could not be installed.
    pub failure: Option<InstallFailure>,
}

/// Why an app could not be installed as its record says.
#[derive(Debug, Clone, thiserror::Error)]
pub enum InstallFailure {
    /// Its bundle is gone, damaged, or of a later release.
    #[error("{0}")]
    Bundle(String),
    /// An attachment is gone or damaged.
    #[error("attachment {key} is gone or damaged: put it again")]
    Attachment {
        /// Its key.
        key: String,
    },
    /// The app does not load.
    #[error(transparent)]
    App(Arc<LoadError>),
    /// A secret does not open.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A limit cannot be.
    #[error(transparent)]
    Limit(#[from] LimitProblem),
    /// The config does not fit the app, or an allowed network is none.
    #[error(transparent)]
    Install(#[from] InstallError),
}

type Loaded = Result<Arc<App>, InstallFailure>;
/// Bundle and slug.
type AppKey = (String, String);

impl Registry {
    /// One installation as its record says: its bundle verified and loaded, its secrets opened. One that is not enabled is
    /// installed all the same, as far as it can be.
    ///
    /// # Errors
    /// When the blobs are out of reach. What is wrong with the record or the app is `failure`.
    pub async fn install(&self, record: &Record, opener: Option<&SecretBox>) -> Result<Installed, Unavailable> {
        let app = self.load(&record.bundle, &record.slug).await?;
        self.install_with(app, record, opener).await
    }

    /// Every installation of a snapshot. Those whose record is as it was `before` are taken from there, so that nothing of them is
    /// read; those of one app share it.
    ///
    /// # Errors
    /// When the blobs are out of reach.
    pub async fn install_all(
        &self,
        snapshot: &Snapshot,
        opener: Option<&SecretBox>,
        before: &[Installed],
    ) -> Result<Vec<Installed>, Unavailable> {
        let before: HashMap<_, _> = before.iter().map(|installed| (installed.record.id, installed)).collect();
        let kept = |record: &Record| {
            before.get(&record.id).filter(|then| then.failure.is_none() && then.record == *record).copied()
        };
        // By slug too: where plugin.json has no name, that is what the app is called.
        let fresh = snapshot.installations.iter().filter(|record| kept(record).is_none());
        let keys: BTreeSet<AppKey> = fresh.map(app_key).collect();
        let load = |key: AppKey| async move { Ok::<_, Unavailable>((self.load(&key.0, &key.1).await?, key)) };
        let loaded: Vec<(Loaded, AppKey)> =
            stream::iter(keys).map(load).buffer_unordered(READS_AT_ONCE).try_collect().await?;
        let apps: HashMap<AppKey, Loaded> = loaded.into_iter().map(|(app, key)| (key, app)).collect();
        let mut installed = Vec::with_capacity(snapshot.installations.len());
        for record in &snapshot.installations {
            installed.push(match kept(record) {
                Some(kept) => kept.clone(),
                None => self.install_with(apps[&app_key(record)].clone(), record, opener).await?,
            });
        }
        Ok(installed)
    }

    async fn load(&self, bundle: &str, slug: &str) -> Result<Loaded, Unavailable> {
        let bundle = match self.bundle(bundle).await {
            Ok(bundle) => bundle,
            Err(RegistryError::Unavailable(error)) => return Err(error),
            Err(error) => return Ok(Err(InstallFailure::Bundle(error.to_string()))),
        };
        let app = App::load(&bundle, slug);
        Ok(app.map(Arc::new).map_err(|error| InstallFailure::App(Arc::new(error))))
    }

    async fn install_with(
        &self,
        app: Loaded,
        record: &Record,
        opener: Option<&SecretBox>,
    ) -> Result<Installed, Unavailable> {
        let mut attachments = BTreeMap::new();
        let mut lost = None;
        for (key, stored) in &record.attachments {
            match self.attachment(stored).await? {
                Some(attachment) => drop(attachments.insert(key.clone(), attachment)),
                None => lost = Some(InstallFailure::Attachment { key: key.clone() }),
            }
        }
        let installed = match lost {
            Some(failure) => Err(failure),
            None => app.and_then(|app| put_together(app, record, opener, attachments)),
        };
        let (installation, failure) = match installed {
            Ok(installation) => (installation, None),
            Err(failure) => (entry(record, Map::new()).disabled(&record.slug, &failure.to_string()), Some(failure)),
        };
        let installation = Arc::new(Installation { enabled: record.enabled, ..installation });
        Ok(Installed { record: record.clone(), installation, failure })
    }
}

fn put_together(
    app: Arc<App>,
    record: &Record,
    opener: Option<&SecretBox>,
    attachments: BTreeMap<String, Attachment>,
) -> Result<Installation, InstallFailure> {
    let mut config = record.config.clone();
    for (field, sealed) in &record.secrets {
        let opener = opener.ok_or_else(|| SecretError::NoKey { field: field.clone() })?;
        let secret = opener.open(record.id, field, sealed)?;
        config.insert(field.clone(), Value::from(secret.expose()));
    }
    let limits = record.limits.over(Limits::default())?;
    let installation = entry(record, config).install(app, &record.slug, attachments)?;
    // Sealed fields stay secret even if this version of the app does not say so.
    let secret_fields = record.secrets.keys().cloned().collect();
    Ok(Installation { limits, secret_fields, ..installation })
}

fn app_key(record: &Record) -> AppKey {
    (record.bundle.clone(), record.slug.clone())
}

/// The record as a file of installations would say it.
fn entry(record: &Record, config: Map<String, Value>) -> Entry<(), StoredAttachment> {
    Entry {
        id: record.id,
        team: record.team,
        app: (),
        slug: Some(record.slug.clone()),
        config,
        attachments: BTreeMap::new(),
        order: record.order,
        on_error: record.on_error,
        on_disabled: record.on_disabled,
        durable_global: record.durable_global,
        log_level: record.log_level,
        allowed_hosts: record.allowed_hosts.clone(),
        allowed_networks: record.allowed_networks.clone(),
    }
}
