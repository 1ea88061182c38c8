//! What a registry holds, as its users see it.

use super::RegistryError;
use super::limits::PartialLimits;
use super::secrets::{Sealed, SecretBox, SecretText};
use super::stored::Earlier;
use crate::decode::TeamDirectory;
use crate::event::{InstallationId, TeamId};
use crate::installation::{DisabledPolicy, DurableGlobal, ErrorPolicy, LogFilter};
use crate::ports::clock::Timestamp;
use crate::ports::documents::Document;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};

/// One installation. What its app is, is a blob's name; secrets are sealed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Its number.
    pub id: InstallationId,
    /// Its team.
    pub team: TeamId,
    /// The app's stable name.
    pub slug: String,
    /// Whether the operator wants it to run.
    pub enabled: bool,
    /// The name of the bundle ([`super::Registry::put_bundle`]).
    pub bundle: String,
    /// The app's name, as its plugin.json gives it; for people.
    pub app_name: String,
    /// Which version it is, as its source says; for people.
    pub app_version: String,
    /// What is configured, without secrets.
    #[serde(default)]
    pub config: Map<String, Value>,
    /// Secret fields of the config.
    #[serde(default)]
    pub secrets: BTreeMap<String, Sealed>,
    /// Its attachments by key.
    #[serde(default)]
    pub attachments: BTreeMap<String, StoredAttachment>,
    /// Its place in the chain.
    #[serde(default)]
    pub order: i64,
    /// What happens to an event when `processEvent` fails.
    #[serde(default)]
    pub on_error: ErrorPolicy,
    /// What happens to an event when the app is disabled, by a failure or by `enabled`.
    #[serde(default)]
    pub on_disabled: DisabledPolicy,
    /// Whether `meta.global` outlives its isolate.
    #[serde(default)]
    pub durable_global: DurableGlobal,
    /// Which console lines are kept.
    #[serde(default)]
    pub log_level: LogFilter,
    /// Host names that it may reach although they are private.
    #[serde(default)]
    pub allowed_hosts: Vec<String>,
    /// Networks that it may reach although they are private.
    #[serde(default)]
    pub allowed_networks: Vec<String>,
    /// The only hosts that it may reach, if there are any such.
    #[serde(default)]
    pub only_hosts: Option<Vec<String>>,
    /// Limits other than the usual ones.
    #[serde(default)]
    pub limits: PartialLimits,
}

impl Record {
    /// Changes a secret as PostHog does (case 173): none given keeps what there is, an empty one clears it, any other replaces it.
    pub fn set_secret(&mut self, keys: &SecretBox, field: &str, value: Option<&SecretText>) {
        let Some(value) = value else { return };
        // A value that an earlier version of the app had in clear gives way, too.
        self.config.shift_remove(field);
        if value.expose().is_empty() {
            self.secrets.remove(field);
        } else {
            self.secrets.insert(field.to_owned(), keys.seal(self.id, field, value));
        }
    }

    /// Whether a secret is set: all that is ever told of it.
    #[must_use]
    pub fn has_secret(&self, field: &str) -> bool {
        self.secrets.contains_key(field)
    }
}

/// An attachment of an installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredAttachment {
    /// The file's own name.
    pub file_name: String,
    /// Its media type.
    pub content_type: String,
    /// The name of the blob that holds its bytes.
    pub blob: String,
    /// How many bytes it has.
    pub bytes: u64,
}

/// What is to be installed: the whole of it. What is not named is removed.
#[derive(Debug, Clone)]
pub struct Change {
    /// Who wants it, for the history.
    pub by: String,
    /// What is changed, for the history; one line.
    pub summary: String,
    /// The team behind each project token.
    pub tokens: BTreeMap<String, TeamId>,
    /// Every installation.
    pub records: Vec<Record>,
}

impl Change {
    pub(super) fn check(&self) -> Result<(), RegistryError> {
        let mut ids = HashSet::new();
        for record in &self.records {
            if !ids.insert(record.id) {
                return Err(RegistryError::Twice(record.id));
            }
            if record.slug.is_empty() {
                return Err(RegistryError::NoSlug(record.id));
            }
        }
        Ok(())
    }
}

/// What is, or was, installed at one revision.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Counts changes from 1; 0 is before the first.
    pub revision: u64,
    /// When it was written.
    pub written_at: Timestamp,
    /// By whom.
    pub by: String,
    /// What was changed.
    pub summary: String,
    /// The team behind each project token.
    pub tokens: BTreeMap<String, TeamId>,
    /// Every installation, by number.
    pub installations: Vec<Record>,
    /// The id of the key under which secrets are sealed from here on; `None` is the first key. Secrets of before may need others.
    pub data_key: Option<String>,
    /// Revisions before it, newest first.
    pub(super) earlier: Vec<Earlier>,
    /// The name of its blob, if it holds.
    pub(super) name: Option<String>,
    /// The head as it was seen, if it holds.
    pub(super) document: Option<Document>,
}

/// Who changed what and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionInfo {
    /// Its number.
    pub revision: u64,
    /// When it was written.
    pub written_at: Timestamp,
    /// By whom.
    pub by: String,
    /// What was changed.
    pub summary: String,
    /// Whether it was given up, so that it cannot hold again.
    pub is_dropped: bool,
}

impl Snapshot {
    /// Before the first change.
    pub(super) fn none() -> Self {
        Self {
            revision: 0,
            written_at: Timestamp(0),
            by: String::new(),
            summary: String::new(),
            tokens: BTreeMap::new(),
            installations: Vec::new(),
            data_key: None,
            earlier: Vec::new(),
            name: None,
            document: None,
        }
    }

    /// The change that makes its content hold again (a rollback), or, with other records, holds on to its tokens.
    #[must_use]
    pub fn again(&self, by: impl Into<String>, summary: impl Into<String>) -> Change {
        Change {
            by: by.into(),
            summary: summary.into(),
            tokens: self.tokens.clone(),
            records: self.installations.clone(),
        }
    }

    /// The installation of that number.
    #[must_use]
    pub fn record(&self, id: InstallationId) -> Option<&Record> {
        self.installations.iter().find(|record| record.id == id)
    }

    /// The teams, as far as decoding needs them: those of installations and of tokens.
    #[must_use]
    pub fn teams(&self) -> TeamDirectory {
        let tokens = self.tokens.iter().map(|(token, team)| (token.clone(), *team)).collect();
        let of_installations = self.installations.iter().map(|record| record.team);
        TeamDirectory::of(tokens, of_installations.chain(self.tokens.values().copied()))
    }

    /// The newest revision before it that can hold again.
    #[must_use]
    pub fn last_kept(&self) -> Option<u64> {
        self.kept().next().map(|earlier| earlier.revision)
    }

    /// Revisions before it that can hold again, newest first.
    pub(super) fn kept(&self) -> impl Iterator<Item = &Earlier> {
        self.earlier.iter().filter(|earlier| !earlier.is_dropped)
    }

    /// It and those before it, newest first.
    pub(super) fn infos(&self) -> Vec<RevisionInfo> {
        if self.revision == 0 {
            return Vec::new();
        }
        let (by, summary) = (self.by.clone(), self.summary.clone());
        let own = RevisionInfo { revision: self.revision, written_at: self.written_at, by, summary, is_dropped: false };
        std::iter::once(own).chain(self.earlier.iter().map(Earlier::info)).collect()
    }
}
