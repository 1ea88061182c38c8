//! The identifiers and the event that travel through hedgerow.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
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

    /// The event's name, or an empty string where an app took it away.
    pub fn name(&self) -> &str {
        self.text("event")
    }

    /// The team the event belongs to, where the member is still an integer.
    pub fn team(&self) -> Option<TeamId> {
        self.members.get("team_id").and_then(Value::as_i64).map(TeamId)
    }

    fn text(&self, member: &str) -> &str {
        self.members.get(member).and_then(Value::as_str).unwrap_or_default()
    }
}
