//! An installation: an app configured for one team.

pub mod listing;

use crate::app::{App, ModuleState};
use crate::event::{InstallationId, TeamId};
use crate::host::egress::EgressRules;
use crate::isolate::Limits;
use crate::telemetry::LogLevel;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// An installation with everything that running it needs.
#[derive(Clone)]
pub struct Installation {
    /// Its number, shown in `$plugins_*` as `NAME (id)`.
    pub id: InstallationId,
    /// Its team.
    pub team: TeamId,
    /// The app's stable name, which survives versions; with the team, the scope of the cache.
    pub slug: String,
    /// The app.
    pub app: Arc<App>,
    /// What the app sees as `meta.config`: stored values, with the manifest's defaults merged in (case 65).
    pub config: Map<String, Value>,
    /// What the app sees as `meta.attachments`.
    pub attachments: BTreeMap<String, Attachment>,
    /// Its place in the chain, ascending; equal ones by id.
    pub order: i64,
    /// What happens to an event when `processEvent` fails.
    pub on_error: ErrorPolicy,
    /// What happens to an event when the app is disabled because its set-up failed.
    pub on_disabled: DisabledPolicy,
    /// Whether `meta.global` outlives its isolate.
    pub durable_global: DurableGlobal,
    /// Which console lines are kept (case 172).
    pub log_level: LogFilter,
    /// What the app may reach beyond public addresses.
    pub egress: Arc<EgressRules>,
    /// Its limits.
    pub limits: Limits,
    /// Whether the operator wants it to run. If not, it is disabled, of which nobody needs to be told.
    pub enabled: bool,
    /// Fields of the config that are secret beside those that the app's manifest marks so.
    pub secret_fields: BTreeSet<String>,
}

impl fmt::Debug for Installation {
    /// Who it is: its config holds secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, team, slug, .. } = self;
        let mut shown = formatter.debug_struct("Installation");
        shown.field("id", id).field("team", team).field("slug", slug).finish_non_exhaustive()
    }
}

/// A file that the operator gave the app (case 67).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The file's own name.
    pub file_name: String,
    /// Its media type.
    pub content_type: String,
    /// Its bytes.
    pub contents: Vec<u8>,
}

/// What happens to an event when `processEvent` throws or times out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorPolicy {
    /// It goes on with the changes made before the error, and the app is named in `$plugins_failed`.
    #[default]
    Pass,
    /// It is dropped.
    Drop,
    /// The chain stops at the app and goes on from it later, up to five times; then the event becomes a dead letter.
    Retry,
    /// It becomes a dead letter.
    DeadLetter,
}

/// What happens to an event when the app is disabled because its set-up or its load failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisabledPolicy {
    /// It goes on as if the app were not there.
    #[default]
    Pass,
    /// It waits in front of the app until that is enabled again, or changed; after ten days it becomes a dead letter.
    Park,
    /// It becomes a dead letter.
    DeadLetter,
}

/// Whether plain data in `meta.global` is kept for the next isolate (design decision 14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DurableGlobal {
    /// For an app that mentions `global` and whose module scope holds no mutable state: beside a client that was lost with its
    /// isolate, a `ready` flag that came back would break the app.
    #[default]
    Auto,
    /// Whatever the module scope holds.
    On,
    /// Never, as in the reference.
    Off,
}

/// Which console lines of an app are kept (behaviour.md b.9); lines of hedgerow itself always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFilter {
    /// 0: everything.
    #[default]
    Full,
    /// 1: all but `console.log`.
    Debug,
    /// 2: neither `console.log` nor `console.info`.
    Warn,
    /// 3: `console.error` alone.
    Critical,
}

impl LogFilter {
    /// Whether a console line of that level is kept (case 172).
    pub fn keeps(self, level: LogLevel) -> bool {
        match self {
            Self::Full => true,
            Self::Debug => level != LogLevel::Log,
            Self::Warn => !matches!(level, LogLevel::Log | LogLevel::Info),
            Self::Critical => level == LogLevel::Error,
        }
    }
}

impl Installation {
    /// Names what is installed: another version of the app, another config and other attachments have another. The first 32 hex
    /// digits of a SHA-256.
    pub fn version(&self) -> String {
        let mut hash = Sha256::new();
        let mut add = |part: &[u8]| {
            // Lengths go first, so that no two versions run together to the same bytes.
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        };
        add(self.app.version.as_bytes());
        add(&serde_json::to_vec(&self.config).expect("a map of JSON values has a JSON form"));
        for (key, attachment) in &self.attachments {
            for part in [key.as_bytes(), attachment.file_name.as_bytes(), attachment.content_type.as_bytes()] {
                add(part);
            }
            add(&attachment.contents);
        }
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether `meta.global` outlives its isolate.
    pub fn keeps_global(&self) -> bool {
        match self.durable_global {
            DurableGlobal::On => true,
            DurableGlobal::Off => false,
            DurableGlobal::Auto => self.app.script.names_global && self.app.script.module_state == ModuleState::None,
        }
    }

    /// Whether nothing about it differs from another: its isolate can go on.
    pub fn is_as(&self, other: &Self) -> bool {
        let policies = |it: &Self| (it.on_error, it.on_disabled, it.durable_global, it.log_level, it.limits, it.order);
        (self.id, self.team, &self.slug) == (other.id, other.team, &other.slug)
            && policies(self) == policies(other)
            && (self.enabled, &self.secret_fields) == (other.enabled, &other.secret_fields)
            && self.egress.policy() == other.egress.policy()
            && self.version() == other.version()
    }

    /// The values of its secret fields and the texts of its secret attachments.
    pub fn secret_values(&self) -> Vec<String> {
        let is_secret = |key: &str| {
            let marked = self.app.manifest.config.iter().any(|field| field.secret && field.key.as_deref() == Some(key));
            marked || self.secret_fields.contains(key)
        };
        let configured = self.config.iter().filter(|(key, _)| is_secret(key)).map(|(_, value)| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        let attached = self.attachments.iter().filter(|(key, _)| is_secret(key));
        configured.chain(attached.filter_map(|(_, file)| String::from_utf8(file.contents.clone()).ok())).collect()
    }

    /// `NAME (id)`, as `$plugins_succeeded` and its siblings list it.
    pub fn label(&self) -> String {
        format!("{} ({})", self.app.manifest.name, self.id)
    }
}
