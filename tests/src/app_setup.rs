//! An app written in the test, and how it is installed.

use runtime_core::app::{App, AppBundle, LoadError, merge_defaults};
use runtime_core::event::{InstallationId, TeamId};
use runtime_core::host::egress::EgressRules;
use runtime_core::installation::{Attachment, DisabledPolicy, DurableGlobal, ErrorPolicy, Installation, LogFilter};
use runtime_core::isolate::Limits;
use runtime_core::ports::http::EgressPolicy;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// An app and how it is installed. Starts as `demo`, installation 39 of team 2 (behaviour.md f), without config.
pub struct AppSetup {
    files: BTreeMap<String, Vec<u8>>,
    manifest: Value,
    /// The installation's number.
    pub id: i64,
    /// The team's number.
    pub team: i64,
    /// The stable name.
    pub slug: String,
    /// Stored config values.
    pub config: Value,
    /// Files for `meta.attachments`.
    pub attachments: BTreeMap<String, Attachment>,
    /// The place in the chain.
    pub order: i64,
    /// What happens to an event on which the app fails.
    pub on_error: ErrorPolicy,
    /// What happens to an event while the app is disabled.
    pub on_disabled: DisabledPolicy,
    /// Whether `meta.global` outlives its isolate.
    pub durable_global: DurableGlobal,
    /// Which console lines are kept.
    pub log_level: LogFilter,
    /// What it may reach beside public addresses.
    pub egress: EgressPolicy,
    /// The limits.
    pub limits: Limits,
    /// Whether the operator wants it to run.
    pub enabled: bool,
    /// Fields that are secret beside those that plugin.json marks so.
    pub secret_fields: BTreeSet<String>,
}

impl AppSetup {
    /// An app of one `index.js`, which is read as TypeScript like every source.
    pub fn new(source: &str) -> Self {
        Self::of_files([("index.js", source)])
    }

    /// An app of these text files; a plugin.json with its name is added if there is none among them.
    pub fn of_files<const N: usize>(files: [(&str, &str); N]) -> Self {
        Self {
            files: files.map(|(path, content)| (path.to_owned(), content.as_bytes().to_vec())).into(),
            manifest: json!({"name": "demo"}),
            id: 39,
            team: 2,
            slug: "demo".into(),
            config: json!({}),
            attachments: BTreeMap::new(),
            order: 0,
            on_error: ErrorPolicy::Pass,
            on_disabled: DisabledPolicy::Pass,
            durable_global: DurableGlobal::Auto,
            log_level: LogFilter::Full,
            egress: EgressPolicy::default(),
            limits: Limits::default(),
            enabled: true,
            secret_fields: BTreeSet::new(),
        }
    }

    /// Another name, number and slug, so that several apps can stand side by side.
    #[must_use]
    pub fn named(mut self, name: &str, id: i64) -> Self {
        self.manifest["name"] = name.into();
        self.slug = name.into();
        self.id = id;
        self
    }

    /// The whole of plugin.json.
    #[must_use]
    pub fn manifest(mut self, manifest: Value) -> Self {
        self.manifest = manifest;
        self
    }

    /// Another text file in the bundle.
    #[must_use]
    pub fn file(mut self, path: &str, content: &str) -> Self {
        self.add_bytes(path, content.as_bytes());
        self
    }

    /// Another file in the bundle, which need not be text.
    pub fn add_bytes(&mut self, path: &str, content: &[u8]) {
        self.files.insert(path.into(), content.into());
    }

    /// Any change, for the fields that have no method of their own.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Short limits for apps that reach them: 1 s for a call and for an await, by the world's clock, and 0.1 s of CPU.
    #[must_use]
    pub fn impatient(mut self) -> Self {
        self.limits.call = Duration::from_secs(1);
        self.limits.single_await = Duration::from_secs(1);
        self.limits.synchronous = Duration::from_millis(100);
        self
    }

    /// Why it does not load; an app that does fails the test.
    pub fn load_error(self) -> LoadError {
        let name = self.slug.clone();
        match self.install() {
            Err(error) => error,
            Ok(_) => panic!("{name} loads"),
        }
    }

    /// As an installation.
    ///
    /// # Errors
    /// When the app does not load.
    pub fn install(mut self) -> Result<Installation, LoadError> {
        self.files.entry("plugin.json".into()).or_insert_with(|| self.manifest.to_string().into_bytes());
        let app = App::load(&AppBundle { files: self.files }, &self.slug)?;
        let stored: Map<String, Value> = self.config.as_object().cloned().unwrap_or_default();
        let config = merge_defaults(&app.manifest, stored);
        let egress = EgressRules::new(&Arc::new(self.egress)).expect("a valid policy");
        Ok(Installation {
            id: InstallationId(self.id),
            team: TeamId(self.team),
            slug: self.slug,
            app: Arc::new(app),
            config,
            attachments: self.attachments,
            order: self.order,
            on_error: self.on_error,
            on_disabled: self.on_disabled,
            durable_global: self.durable_global,
            log_level: self.log_level,
            egress: Arc::new(egress),
            limits: self.limits,
            enabled: self.enabled,
            secret_fields: self.secret_fields,
        })
    }
}
