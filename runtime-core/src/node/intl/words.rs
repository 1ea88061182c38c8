//! What CLDR says of units, lists and relative times in a locale; the archive's entry `LOCALE/words`.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Patterns by plural category.
pub(super) type Plurals = HashMap<String, String>;

/// A unit at one length.
#[derive(Debug, Deserialize)]
pub(super) struct Unit {
    /// `{0} metres`.
    pub(super) patterns: Plurals,
    /// `{0} per metre`, empty if the locale has none.
    pub(super) per: String,
}

/// A field of relative time at one length.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Relative {
    /// Offset -> word: `-1` is yesterday.
    auto: Plurals,
    past: Plurals,
    future: Plurals,
}

/// Units, lists and relative times of a locale.
#[derive(Debug, Deserialize)]
pub(super) struct Words {
    /// Length (long, short, narrow) -> unit -> patterns.
    pub(super) units: HashMap<String, HashMap<String, Unit>>,
    /// Length -> `{0} per {1}`.
    pub(super) per: HashMap<String, String>,
    /// `day`, `day-short`, `day-narrow`, …
    pub(super) relative: HashMap<String, Relative>,
    /// `standard`, `or-short`, `unit-narrow`, … -> for two, at the start, in the middle, at the end.
    pub(super) lists: HashMap<String, [String; 4]>,
}

impl Unit {
    /// The pattern of a plural category.
    pub(super) fn pattern(&self, category: &str) -> &str {
        of_category(&self.patterns, category)
    }
}

/// The pattern of a plural category, that of `other` if the category has none.
pub(super) fn of_category<'a>(patterns: &'a Plurals, category: &str) -> &'a str {
    patterns.get(category).or_else(|| patterns.get("other")).map_or("{0}", String::as_str)
}
