//! What `hedgerow.toml` can say, field by field. The comments here are the descriptions in its JSON Schema.

use runtime_core::registry::PartialLimits;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use toml::Spanned;

/// What hedgerow has installed: the apps of a stack or of a state folder, and the teams behind project tokens. `hedgerow plan` shows
/// what would change, `hedgerow apply` makes it so.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "hedgerow.toml")]
pub struct ProjectFile {
    /// The team behind each project token.
    #[serde(default)]
    pub tokens: BTreeMap<String, i64>,
    /// The apps. Those of one team run in their order.
    #[serde(default, rename = "app")]
    #[schemars(with = "Vec<AppEntry>")]
    pub apps: Vec<Spanned<AppEntry>>,
}

/// One app for one team.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AppEntry {
    /// The app's stable name, which survives its versions: lower-case letters, digits, `-`, `_` and `.`. Unique in the file.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9._-]{0,63}$"))]
    pub slug: String,
    /// The installation's number, under which its storage and jobs are kept. Without one hedgerow gives the next free number and
    /// keeps it in hedgerow.lock.
    #[schemars(range(min = 1))]
    pub id: Option<i64>,
    /// Its team. Not needed where `tokens` names one team only.
    pub team: Option<i64>,
    /// Where the app comes from: the path of a folder, or a table.
    pub source: SourceEntry,
    /// Values of the fields in the app's plugin.json. A value that is to stay secret is no text here but `{ env = "NAME" }`,
    /// `{ file = "PATH" }`, `{ secretsmanager = "NAME" }` or `{ ssm = "/PATH" }`, or it is set with `hedgerow secrets set`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, ConfigSchema>")]
    pub config: BTreeMap<String, Spanned<toml::Value>>,
    /// Files for the attachments in the app's plugin.json, as paths.
    #[serde(default)]
    pub attachments: BTreeMap<String, String>,
    /// Its place in the chain, ascending. Without one it is the app's place in this file, from 0.
    pub order: Option<i64>,
    /// Whether it runs.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// What happens to an event on which its processEvent fails.
    #[serde(default)]
    pub on_error: OnError,
    /// What happens to an event while the app is disabled.
    #[serde(default)]
    pub on_disabled: OnDisabled,
    /// Whether plain data in `global` outlives its isolate.
    #[serde(default)]
    pub durable_global: KeptGlobal,
    /// Which of its console lines are kept.
    #[serde(default)]
    pub log_level: KeptLogs,
    /// Private hosts that it may reach.
    #[serde(default)]
    pub allowed_hosts: Vec<String>,
    /// Private networks that it may reach, for example `10.1.0.0/16`.
    #[serde(default)]
    pub allowed_networks: Vec<String>,
    /// The only hosts that it may reach, names or `*.example.com`; every public one where this is not given.
    pub only_hosts: Option<Vec<String>>,
    /// How long and how much it may; what is not given is as everywhere.
    #[serde(default)]
    pub limits: LimitsEntry,
}

fn yes() -> bool {
    true
}

/// Where an app comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceEntry {
    /// The path of a folder.
    Folder(String),
    /// One of the ways of a table.
    Table(Box<SourceTable>),
}

/// Exactly one of `path`, `zip`, `tgz`, `npm`, `git`, `url`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceTable {
    /// A folder, relative to this file.
    pub path: Option<String>,
    /// A .zip file, relative to this file.
    pub zip: Option<String>,
    /// A .tgz or .tar.gz file, relative to this file.
    pub tgz: Option<String>,
    /// A package of npm, for example `@posthog/geoip-plugin`; from the registry that `npm_config_registry` names, or that npm is set to.
    pub npm: Option<String>,
    /// A repository on GitHub or GitLab, for example `https://github.com/owner/name`.
    pub git: Option<String>,
    /// An https address of a .zip, .tgz or .tar.gz file.
    pub url: Option<String>,
    /// With `npm`: an exact version, or a tag such as `latest`, which is what it is without one.
    pub version: Option<String>,
    /// With `git`: a commit, a tag or a branch.
    pub rev: Option<String>,
    /// The folder of the app in what was fetched, if plugin.json is neither at its top nor in its only folder.
    pub folder: Option<String>,
    /// With `zip`, `tgz` and `url`: the SHA-256 of the file, as `sha256sum` prints it. `url` must have it.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    pub sha256: Option<String>,
}

impl<'de> Deserialize<'de> for SourceEntry {
    /// Not derived as an untagged enum: that would say of a mistyped key only that nothing fits.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = SourceEntry;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the path of a folder, or a table such as { npm = \"NAME\", version = \"1.0.0\" }")
            }

            fn visit_str<E: Error>(self, path: &str) -> Result<SourceEntry, E> {
                Ok(SourceEntry::Folder(path.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SourceEntry, A::Error> {
                SourceTable::deserialize(MapAccessDeserializer::new(map))
                    .map(|table| SourceEntry::Table(Box::new(table)))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for SourceEntry {
    fn schema_name() -> Cow<'static, str> {
        "Source".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<SourceTable>();
        json_schema!({ "anyOf": [{ "type": "string", "description": "The path of a folder, relative to this file." }, table] })
    }
}

/// A value of a config field.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it describes what stands in a file, which is read as a TOML value")]
enum ConfigSchema {
    /// A value that anybody may see, as the field takes it: mostly a text.
    Text(String),
    /// A value that is not in the file.
    Elsewhere(ElsewhereSchema),
    /// For a field of a type that hedgerow does not know.
    Number(f64),
    /// For a field of a type that hedgerow does not know.
    Flag(bool),
}

/// Where a value is that is not in the file: exactly one of `env`, `file`, `secretsmanager`, `ssm`.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what stands in a file, which is read as a TOML value")]
struct ElsewhereSchema {
    /// The environment variable that holds it when `hedgerow apply` runs.
    env: Option<String>,
    /// The file that holds it when `hedgerow apply` runs, relative to this file; a line feed at its end is left out.
    file: Option<String>,
    /// The name or ARN of the secret in AWS Secrets Manager that holds it when `hedgerow apply` runs, which reads it with your
    /// credentials.
    secretsmanager: Option<String>,
    /// With `secretsmanager`: which member, of a secret that is a JSON object.
    key: Option<String>,
    /// The name of the parameter in the Parameter Store of AWS Systems Manager that holds it when `hedgerow apply` runs, for
    /// example `/prod/api-key`.
    ssm: Option<String>,
}

/// Limits of one app.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitsEntry {
    /// Seconds of one call of a function; 30 otherwise.
    #[schemars(range(min = 1, max = 60))]
    pub call_seconds: Option<u64>,
    /// Seconds of one `await`; 30 otherwise.
    #[schemars(range(min = 1, max = 60))]
    pub await_seconds: Option<u64>,
    /// Seconds of CPU time between two waits; 30 otherwise.
    #[schemars(range(min = 1, max = 60))]
    pub synchronous_seconds: Option<u64>,
    /// Seconds of a whole job or scheduled task; 840 otherwise.
    #[schemars(range(min = 1, max = 840))]
    pub invocation_seconds: Option<u64>,
    /// Megabytes (of 1,048,576 bytes) of memory; 64 otherwise.
    #[schemars(range(min = 4, max = 1024))]
    pub memory_mb: Option<u64>,
    /// Megabytes of one body that `fetch` gets; 32 otherwise.
    #[schemars(range(min = 1, max = 1024))]
    pub response_mb: Option<u64>,
    /// How many of its calls may wait at the same time; 10 otherwise.
    #[schemars(range(min = 1, max = 100))]
    pub overlapping_calls: Option<u64>,
    /// How many events it may capture in a minute, in one process; 6,000 otherwise.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub captures_per_minute: Option<u64>,
}

impl LimitsEntry {
    /// The limits as the registry keeps them.
    pub fn stored(&self) -> PartialLimits {
        let milliseconds = |seconds: Option<u64>| seconds.map(|seconds| seconds.saturating_mul(1_000));
        let bytes = |megabytes: Option<u64>| megabytes.map(|megabytes| megabytes.saturating_mul(1 << 20));
        PartialLimits {
            call_ms: milliseconds(self.call_seconds),
            single_await_ms: milliseconds(self.await_seconds),
            synchronous_ms: milliseconds(self.synchronous_seconds),
            invocation_ms: milliseconds(self.invocation_seconds),
            memory_bytes: bytes(self.memory_mb),
            max_response_bytes: bytes(self.response_mb),
            overlapping_calls: self.overlapping_calls,
            captures_per_minute: self.captures_per_minute,
        }
    }
}

/// Defines an enum that stands in the file as the one of runtime-core does, and has a schema.
macro_rules! mirrored {
    ($(#[$about:meta])* $name:ident of $core:ty { $($(#[$doc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$doc])* $variant),+ }

        impl From<$name> for $core {
            fn from(value: $name) -> Self {
                match value { $($name::$variant => Self::$variant),+ }
            }
        }
    };
}

mirrored! {
    /// What happens to an event on which an app's processEvent fails.
    OnError of runtime_core::installation::ErrorPolicy {
        /// It goes on with the changes made before the error.
        #[default]
        Pass,
        /// It is dropped.
        Drop,
        /// The app is tried again later, up to five times; then the event becomes a dead letter.
        Retry,
        /// It becomes a dead letter.
        DeadLetter,
    }
}

mirrored! {
    /// What happens to an event while an app is disabled.
    OnDisabled of runtime_core::installation::DisabledPolicy {
        /// It goes on as if the app were not there.
        #[default]
        Pass,
        /// It waits in front of the app until that is enabled again, or changed; after ten days it becomes a dead letter.
        Park,
        /// It becomes a dead letter.
        DeadLetter,
    }
}

mirrored! {
    /// Whether plain data in `global` outlives its isolate.
    KeptGlobal of runtime_core::installation::DurableGlobal {
        /// Where nothing else in the app's module does.
        #[default]
        Auto,
        /// Always.
        On,
        /// Never.
        Off,
    }
}

mirrored! {
    /// Which console lines are kept.
    KeptLogs of runtime_core::installation::LogFilter {
        /// All.
        #[default]
        Full,
        /// All but console.log.
        Debug,
        /// Neither console.log nor console.info.
        Warn,
        /// console.error alone.
        Critical,
    }
}
