//! Installations from a JSON file: what a stack runs, until there is a registry.
//!
//! ```json
//! { "tokens": {"phc_x": 2},
//!   "installations": [ {"id": 1, "team": 2, "app": "apps/greeter", "config": {"greeting": "hi"}} ] }
//! ```

use crate::app_folder::{AppFolderError, read_app_folder};
use crate::attachment::read_attachment;
use runtime_core::app::{App, AppBundle, ConfigProblem, LoadError, merge_defaults, validate};
use runtime_core::decode::TeamDirectory;
use runtime_core::event::{InstallationId, TeamId};
use runtime_core::host::egress::{EgressRules, NetworkError};
use runtime_core::installation::{Attachment, DisabledPolicy, DurableGlobal, ErrorPolicy, Installation, LogFilter};
use runtime_core::isolate::Limits;
use runtime_core::ports::http::EgressPolicy;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct InstallationsFile {
    #[serde(default)]
    tokens: HashMap<String, TeamId>,
    installations: Vec<Entry>,
}

/// One installation. Paths are relative to the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: InstallationId,
    team: TeamId,
    app: PathBuf,
    slug: Option<String>,
    #[serde(default)]
    config: Map<String, Value>,
    #[serde(default)]
    attachments: BTreeMap<String, PathBuf>,
    #[serde(default)]
    order: i64,
    #[serde(default)]
    on_error: ErrorPolicy,
    #[serde(default)]
    on_disabled: DisabledPolicy,
    #[serde(default)]
    durable_global: DurableGlobal,
    #[serde(default)]
    log_level: LogFilter,
    #[serde(default)]
    allowed_hosts: Vec<String>,
    #[serde(default)]
    allowed_networks: Vec<String>,
}

/// Why a stack has no installations to run.
#[derive(Debug, thiserror::Error)]
pub enum InstallationsError {
    /// A file cannot be read.
    #[error("cannot read {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{path} is no list of installations: {source}")]
    Format {
        /// Which.
        path: PathBuf,
        /// What and where.
        source: serde_json::Error,
    },
    /// Two installations have one number.
    #[error("installation {0} is listed twice: give each a number of its own")]
    Twice(InstallationId),
    /// An app's folder cannot be read.
    #[error("installation {id}: {source}")]
    Folder {
        /// Whose.
        id: InstallationId,
        /// Why.
        source: AppFolderError,
    },
    /// An app does not load.
    #[error("installation {id}: {source}")]
    App {
        /// Whose.
        id: InstallationId,
        /// Why.
        source: Box<LoadError>,
    },
    /// The config does not fit the manifest.
    #[error("installation {id}: {}", .problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Config {
        /// Whose.
        id: InstallationId,
        /// Everything that is wrong.
        problems: Vec<ConfigProblem>,
    },
    /// An allowed network is none.
    #[error("installation {id}: {source}")]
    Network {
        /// Whose.
        id: InstallationId,
        /// Which.
        source: NetworkError,
    },
}

/// Reads the file, the apps it names and their attachments. All or nothing: a stack with one installation missing would lose
/// what that one does.
///
/// # Errors
/// The first thing that is wrong, with the installation it concerns.
pub fn read_installations(path: &Path) -> Result<(Vec<Arc<Installation>>, TeamDirectory), InstallationsError> {
    let text = std::fs::read(path).map_err(|source| InstallationsError::File { path: path.into(), source })?;
    let file: InstallationsFile =
        serde_json::from_slice(&text).map_err(|source| InstallationsError::Format { path: path.into(), source })?;
    let base = path.parent().unwrap_or_else(|| Path::new(""));
    let mut installations: Vec<Arc<Installation>> = Vec::with_capacity(file.installations.len());
    for entry in file.installations {
        if installations.iter().any(|known| known.id == entry.id) {
            return Err(InstallationsError::Twice(entry.id));
        }
        installations.push(Arc::new(entry.install(base)?));
    }
    let teams = TeamDirectory { tokens: file.tokens, only_team: only_team(&installations) };
    Ok((installations, teams))
}

/// The team that an event without team and token belongs to, if there is just one.
fn only_team(installations: &[Arc<Installation>]) -> Option<TeamId> {
    let mut teams = installations.iter().map(|installation| installation.team);
    let first = teams.next()?;
    teams.all(|team| team == first).then_some(first)
}

impl Entry {
    fn install(self, base: &Path) -> Result<Installation, InstallationsError> {
        let id = self.id;
        let folder = base.join(&self.app);
        let files = read_app_folder(&folder).map_err(|source| InstallationsError::Folder { id, source })?;
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let app = App::load(&AppBundle { files }, &name)
            .map_err(|source| InstallationsError::App { id, source: Box::new(source) })?;
        let config = merge_defaults(&app.manifest, self.config);
        let problems: Vec<ConfigProblem> =
            validate(&app.manifest, &config).into_iter().filter(|problem| !problem.is_warning()).collect();
        if !problems.is_empty() {
            return Err(InstallationsError::Config { id, problems });
        }
        let policy = EgressPolicy { allowed_hosts: self.allowed_hosts, allowed_networks: self.allowed_networks };
        let egress =
            EgressRules::new(&Arc::new(policy)).map_err(|source| InstallationsError::Network { id, source })?;
        Ok(Installation {
            id,
            team: self.team,
            slug: self.slug.unwrap_or(name),
            app: Arc::new(app),
            config,
            attachments: read_attachments(base, self.attachments)?,
            order: self.order,
            on_error: self.on_error,
            on_disabled: self.on_disabled,
            durable_global: self.durable_global,
            log_level: self.log_level,
            egress: Arc::new(egress),
            limits: Limits::default(),
        })
    }
}

fn read_attachments(
    base: &Path,
    files: BTreeMap<String, PathBuf>,
) -> Result<BTreeMap<String, Attachment>, InstallationsError> {
    let read = |(key, file): (String, PathBuf)| {
        let path = base.join(file);
        let attachment = read_attachment(&path).map_err(|source| InstallationsError::File { path, source })?;
        Ok((key, attachment))
    };
    files.into_iter().map(read).collect()
}
