//! The index at the head of a bundle.

use super::engine_version;
use serde::{Deserialize, Serialize};

/// What this code writes and reads.
const FORMAT: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Index {
    format: u32,
    /// The version of the engine that wrote the bytecode, which no other one can read.
    engine: String,
    /// By name.
    units: Vec<IndexedUnit>,
    /// A text: the licences.
    pub(super) notices: Part,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct IndexedUnit {
    pub(super) name: String,
    /// The npm version, of a package that apps import.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
    pub(super) parameters: Vec<String>,
    #[serde(flatten)]
    pub(super) part: Part,
}

/// Some bytes of the file, counted from the end of the index.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) sha256: String,
}

impl Index {
    /// The index of a bundle that this process writes.
    pub(super) fn new(mut units: Vec<IndexedUnit>, notices: Part) -> Self {
        units.sort_by(|one, other| one.name.cmp(&other.name));
        Self { format: FORMAT, engine: engine_version(), units, notices }
    }

    /// Whether this process can use it; if not, why.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.format != FORMAT {
            return Err(format!("its format is {}, not {FORMAT}", self.format));
        }
        if self.engine != engine_version() {
            return Err(format!("it was made by the engine {}, this is {}", self.engine, engine_version()));
        }
        Ok(())
    }

    pub(super) fn unit(&self, name: &str) -> Option<&IndexedUnit> {
        self.units.binary_search_by(|unit| unit.name.as_str().cmp(name)).ok().map(|at| &self.units[at])
    }
}
