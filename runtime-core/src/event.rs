//! The identifiers and the event that travel through hedgerow.

mod captured;
mod elements;
mod ids;
mod normalize;
mod outgoing;
pub(crate) mod text;
pub(crate) mod times;

pub use captured::{Capture, captured_event};
pub use ids::{WorkUnit, capture_uuid, event_uuid};
pub use outgoing::{processed_event, webhook_event};
pub use times::parse_time;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::fmt;

/// A team (PostHog's "project"): every event and every installation belongs to exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TeamId(pub i64);

/// An installation: an app configured for one team. PostHog calls the same number `pluginConfigId`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InstallationId(pub i64);

/// The derived name of one unit of work (design decision 8): equal work has an equal id, so a duplicate can be recognised.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkId(pub String);

impl fmt::Display for TeamId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Display for InstallationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Display for WorkId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// An event as it enters the chain of `processEvent` (behaviour.md c.2, "event shape" of the table): an object with at least
/// `uuid`, `event`, `distinct_id`, `team_id` and an object `properties`. Members keep the order in which they came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PluginEvent {
    /// The members, in order.
    pub members: Map<String, Value>,
}

impl PluginEvent {
    /// The event's uuid, or an empty string where an app took it away.
    pub fn uuid(&self) -> &str {
        self.text("uuid")
    }

    /// Tells the event from every other: 32 hex digits of the SHA-256 of all that it says, but when it was received, so that a copy
    /// which its sender sent again has the same. The uuid alone would not do, as two events may carry one.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for (name, value) in self.members.iter().filter(|(name, _)| *name != "now") {
            // A value is one line of JSON, so each pair ends where it says.
            hash.update(format!("{}:{name}{value}\n", name.len()));
        }
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The event's name, or an empty string where an app took it away.
    pub fn name(&self) -> &str {
        self.text("event")
    }

    /// The team the event belongs to, where the member is still an integer.
    pub fn team(&self) -> Option<TeamId> {
        self.members.get("team_id").and_then(Value::as_i64).map(TeamId)
    }

    /// The properties, unless an app put something else in their place.
    pub fn properties(&self) -> Option<&Map<String, Value>> {
        self.members.get("properties").and_then(Value::as_object)
    }

    /// Removes `$plugins_succeeded`, `$plugins_failed` and `$plugins_deferred`, which only hedgerow may write: a client could
    /// otherwise keep an app from running (case 84).
    pub(crate) fn remove_plugin_marks(&mut self) {
        let properties = self.properties_mut();
        for name in ["$plugins_succeeded", "$plugins_failed", "$plugins_deferred"] {
            properties.shift_remove(name);
        }
    }

    fn property(&self, name: &str) -> Option<&Value> {
        self.properties()?.get(name)
    }

    /// A copy of the member, null where there is none.
    fn member(&self, name: &str) -> Value {
        self.members.get(name).cloned().unwrap_or(Value::Null)
    }

    fn text(&self, member: &str) -> &str {
        self.members.get(member).and_then(Value::as_str).unwrap_or_default()
    }
}
