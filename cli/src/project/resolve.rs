//! From the project file to installations: apps are fetched and held against the lock file, values that stand elsewhere are read.

use super::lock::{Lock, LockedApp};
use super::read::{Project, ProjectApp};
use super::source::{Downloads, Fetched};
use super::values::{self, Given, Surroundings};
use crate::attachment;
use crate::console;
use crate::exit::Unusable;
use crate::installed::changes::short;
use crate::installed::wanted::{Wanted, bundle_name};
use crate::references::References;
use runtime_core::app::App;
use runtime_core::event::{InstallationId, TeamId};
use runtime_core::registry::{Record, SecretBox, Snapshot};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What the installations are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be shown: a value that is not here yet may come later.
    Plan,
    /// To be installed.
    Apply,
}

/// Which apps may have other content than the lock file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Updates {
    /// All.
    All,
    /// Those with these slugs.
    Only(BTreeSet<String>),
}

impl Updates {
    /// By the words of `--update`, of which an empty one stands for all.
    pub fn of(words: &[String]) -> Self {
        if words.iter().any(String::is_empty) { Self::All } else { Self::Only(words.iter().cloned().collect()) }
    }

    fn has(&self, slug: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(slugs) => slugs.contains(slug),
        }
    }
}

/// What the installations are made from.
pub struct Resolver<'a> {
    /// The file.
    pub project: &'a Project,
    /// What holds now.
    pub seen: &'a Snapshot,
    /// Opens its secrets.
    pub opener: Option<&'a SecretBox>,
    /// What for.
    pub purpose: Purpose,
    /// What may change.
    pub updates: Updates,
    /// Reads values that stand in AWS.
    pub references: &'a dyn References,
}

impl Resolver<'_> {
    /// The installations, and the lock file as it is to be.
    ///
    /// # Errors
    /// The first app that cannot be had, and why.
    pub async fn resolve(&self, lock: &Lock) -> Result<(Vec<Wanted>, Lock), Unusable> {
        self.check_updates()?;
        let downloads = Downloads::new()?;
        let mut new_lock = lock.clone();
        let (mut wanted, mut locked) = (Vec::new(), Vec::new());
        let mut ids = self.known_ids(lock);
        for app in &self.project.apps {
            let slug = &app.entry.slug;
            let (fetched, sha256) = self.fetch(app, lock, &downloads).await?;
            let id = match ids.get(slug) {
                Some(id) => *id,
                None => new_lock.next_id(ids.values().copied().chain(self.installed_ids())),
            };
            ids.insert(slug.clone(), id);
            let version = fetched.version.clone();
            locked.push(LockedApp {
                slug: slug.clone(),
                id,
                source: app.source.to_string(),
                version,
                sha256: sha256.clone(),
            });
            wanted.push(self.wanted(app, InstallationId(id), fetched, &sha256).await?);
        }
        self.check_ids(&wanted)?;
        new_lock.keep(locked);
        Ok((wanted, new_lock))
    }

    fn check_updates(&self) -> Result<(), Unusable> {
        let Updates::Only(slugs) = &self.updates else { return Ok(()) };
        match slugs.iter().find(|slug| self.project.apps.iter().all(|app| app.entry.slug != **slug)) {
            Some(unknown) => {
                Err(Unusable::at(self.project.path.display(), format_args!("it has no app \"{unknown}\"")))
            }
            None => Ok(()),
        }
    }

    /// The numbers that are given: by the file, else by the lock file, else by what is installed under the same name and team.
    fn known_ids(&self, lock: &Lock) -> BTreeMap<String, i64> {
        let id_of = |app: &ProjectApp| {
            let slug = &app.entry.slug;
            let is_same = |record: &&Record| record.slug == *slug && record.team.0 == app.team;
            let installed = || self.seen.installations.iter().find(is_same).map(|record| record.id.0);
            app.entry.id.or_else(|| lock.app(slug).map(|locked| locked.id)).or_else(installed)
        };
        self.project.apps.iter().filter_map(|app| Some((app.entry.slug.clone(), id_of(app)?))).collect()
    }

    fn installed_ids(&self) -> impl Iterator<Item = i64> {
        self.seen.installations.iter().map(|record| record.id.0)
    }

    fn check_ids(&self, wanted: &[Wanted]) -> Result<(), Unusable> {
        let mut slugs = BTreeMap::new();
        for (wanted, app) in wanted.iter().zip(&self.project.apps) {
            let (id, slug) = (wanted.record.id, &wanted.record.slug);
            if let Some(other) = slugs.insert(id, slug) {
                let message = format!("it has the id {id} of \"{other}\"; give one of them another id");
                return Err(self.project.error_of(app, message));
            }
        }
        Ok(())
    }

    /// The app's files and their hash, which is that of the lock file unless it may change.
    async fn fetch(&self, app: &ProjectApp, lock: &Lock, downloads: &Downloads) -> Result<(Fetched, String), Unusable> {
        let slug = &app.entry.slug;
        let pin = lock.pin(slug, &app.source).filter(|_| !self.updates.has(slug));
        let version = pin.and_then(|pin| pin.version.as_deref());
        let fetched = app.source.fetch(self.project.folder(), version, downloads).await;
        let fetched = fetched.map_err(|error| self.project.error_of(app, error))?;
        let sha256 = fetched.bundle.version();
        match pin {
            Some(pin) if pin.sha256 != sha256 => {
                let (was, is) = (short(&pin.sha256), short(&sha256));
                let message = format!(
                    "its files are not those of hedgerow.lock: SHA-256 {is}..., locked {was}...; \
                     if they were meant to change, look at them and give --update {slug}"
                );
                Err(self.project.error_of(app, message))
            }
            _ => Ok((fetched, sha256)),
        }
    }

    async fn wanted(
        &self,
        app: &ProjectApp,
        id: InstallationId,
        fetched: Fetched,
        sha256: &str,
    ) -> Result<Wanted, Unusable> {
        let loaded = App::load(&fetched.bundle, &app.entry.slug).map_err(|error| self.project.error_of(app, error))?;
        let version = fetched.version.unwrap_or_else(|| short(sha256).to_owned());
        let record = record(app, id, (&loaded, version), bundle_name(&fetched.bundle));
        let mut wanted = Wanted {
            record,
            new_secrets: BTreeMap::new(),
            unknown: BTreeSet::new(),
            app: Arc::new(loaded),
            bundle: fetched.bundle,
            attachments: BTreeMap::new(),
        };
        for (key, path) in &app.entry.attachments {
            let file = attachment::read(&self.project.folder().join(path));
            wanted.attach(
                key,
                file.map_err(|error| self.project.error_of(app, format_args!("attachment \"{key}\": {error}")))?,
            );
        }
        self.give_values(app, &mut wanted).await?;
        Ok(wanted)
    }

    /// Config values and secrets. A secret that the file does not name stays as it is.
    async fn give_values(&self, app: &ProjectApp, wanted: &mut Wanted) -> Result<(), Unusable> {
        let before = self.seen.record(wanted.record.id);
        wanted.record.secrets = before.map(|record| record.secrets.clone()).unwrap_or_default();
        for (key, value) in &app.entry.config {
            let is_secret = wanted.app.manifest.field(key).map(|field| field.secret);
            let refuse = |message: String| {
                self.project.error_at(value.span(), format_args!("app \"{}\": {message}", app.entry.slug))
            };
            let surroundings = Surroundings { folder: self.project.folder(), references: self.references };
            match values::given(key, value.get_ref(), is_secret, surroundings).await.map_err(&refuse)? {
                Given::Open(value) => {
                    wanted.record.secrets.remove(key);
                    wanted.record.config.insert(key.clone(), value);
                }
                Given::Cleared => drop(wanted.record.secrets.remove(key)),
                Given::Secret(secret) => {
                    let old = wanted.record.secrets.get(key);
                    let opened = old.and_then(|old| self.opener?.open(wanted.record.id, key, old).ok());
                    // Sealed again it would look like another one.
                    if opened.as_ref() != Some(&secret) {
                        wanted.record.secrets.remove(key);
                        wanted.new_secrets.insert(key.clone(), secret);
                    }
                }
                Given::NotHere(why) if self.purpose == Purpose::Plan => {
                    console::note(format_args!("app \"{}\": {why}: `apply` needs it", app.entry.slug));
                    if !wanted.record.secrets.contains_key(key) {
                        wanted.unknown.insert(key.clone());
                    }
                }
                Given::NotHere(why) => return Err(refuse(why)),
            }
        }
        Ok(())
    }
}

fn record(app: &ProjectApp, id: InstallationId, (loaded, version): (&App, String), bundle: String) -> Record {
    let entry = &app.entry;
    Record {
        id,
        team: TeamId(app.team),
        slug: entry.slug.clone(),
        enabled: entry.enabled,
        bundle,
        app_name: loaded.manifest.name.clone(),
        app_version: version,
        config: serde_json::Map::new(),
        secrets: BTreeMap::new(),
        attachments: BTreeMap::new(),
        order: app.order,
        on_error: entry.on_error.into(),
        on_disabled: entry.on_disabled.into(),
        durable_global: entry.durable_global.into(),
        log_level: entry.log_level.into(),
        allowed_hosts: entry.allowed_hosts.iter().map(|host| host.to_lowercase()).collect(),
        allowed_networks: entry.allowed_networks.clone(),
        only_hosts: entry.only_hosts.clone(),
        limits: entry.limits.stored(),
    }
}
