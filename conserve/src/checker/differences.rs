//! What does not add up.

use serde::Serialize;
use std::collections::BTreeMap;

/// How many examples of a difference are kept.
const EXAMPLES: usize = 5;

/// In which way something does not add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An event that should have come by is nowhere, and no dead letter says why.
    Lost,
    /// An event came by more often than faults explain.
    Doubled,
    /// An event came by though an app dropped it.
    Undropped,
    /// An event came by that was never sent.
    Unknown,
    /// An event came by without what an earlier app adds to it.
    Incomplete,
    /// An event came out otherwise than it went in.
    Changed,
    /// What could not be read was not kept.
    LostMalformed,
    /// What could not be read was kept, but not as it came.
    NotWhole,
    /// Work was given up for a reason that nothing explains.
    GivenUp,
    /// Work that must be given up was not.
    NotGivenUp,
    /// An app was asked more or less often than it should have been.
    Attempts,
    /// `cache.incr` gave one number twice, or left one out.
    Miscounted,
    /// A scheduled task did not run.
    NoTick,
    /// A line of a file is not what it should be.
    Unreadable,
}

/// All differences of a kind at a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// In which way.
    pub kind: Kind,
    /// Where.
    pub place: String,
    /// How often.
    pub count: u64,
    /// Some of the events, or what else there is to say.
    pub examples: Vec<String>,
}

/// Differences as they are found.
#[derive(Debug, Default)]
pub(super) struct Differences {
    found: BTreeMap<(Kind, String), (u64, Vec<String>)>,
}

impl Differences {
    pub(super) fn add(&mut self, kind: Kind, place: &str, example: impl Into<String>) {
        let (count, examples) = self.found.entry((kind, place.to_owned())).or_default();
        *count += 1;
        if examples.len() < EXAMPLES {
            examples.push(example.into());
        }
    }

    pub(super) fn into_list(self) -> Vec<Difference> {
        let difference = |((kind, place), (count, examples))| Difference { kind, place, count, examples };
        self.found.into_iter().map(difference).collect()
    }
}
