//! What CLDR says of dates in a locale; the archive's entry `LOCALE/dates`.

use crate::node::intl::fields::NAMES;
use serde::Deserialize;
use std::collections::HashMap;

/// Names by width: `wide`, `abbreviated`, `narrow` and, of days, `short`.
pub(super) type Names = HashMap<String, Vec<String>>;

/// Names within a date and by themselves.
#[derive(Debug, Deserialize)]
pub(super) struct Contexts {
    pub(super) format: Names,
    pub(super) standalone: Names,
}

/// The Gregorian calendar of a locale; styles are full, long, medium, short.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dates {
    pub(super) months: Contexts,
    /// From Sunday on.
    pub(super) days: Contexts,
    /// Width -> `am`, `noon`, `evening1`, … -> name.
    pub(super) day_periods: HashMap<String, HashMap<String, String>>,
    /// (name, first minute of the day, minute after the last one), the latter -1 for an instant such as noon.
    pub(super) day_period_rules: Vec<(String, i32, i32)>,
    /// Width -> before and after the year 1.
    pub(super) eras: Names,
    pub(super) date_formats: Vec<String>,
    pub(super) time_formats: Vec<String>,
    /// How a date `{1}` and a time `{0}` are joined, by the date's style.
    pub(super) at_time: Vec<String>,
    /// (skeleton, pattern), in the order in which ICU adds them.
    pub(super) available: Vec<(String, String)>,
    pub(super) append_items: HashMap<String, String>,
    pub(super) field_names: HashMap<String, String>,
    /// The letter of the region's usual hour, `h` or `H`.
    pub(super) hour_cycle: String,
    pub(super) gmt_format: String,
    /// Offsets east and west: `+HH:mm;-HH:mm`.
    pub(super) hour_format: String,
}

impl Dates {
    /// How a field is appended to a pattern that lacks it: `{0}` the pattern, `{1}` the field, `{2}` its name.
    pub(super) fn append_item(&self, field: usize) -> (String, String) {
        let (item, name) = NAMES[field];
        let format = self.append_items.get(item).map_or("{0} \u{251c}{2}: {1}\u{2524}", String::as_str);
        let name = self.field_names.get(name).cloned().unwrap_or_else(|| format!("F{field}"));
        (format.to_owned(), name)
    }
}
