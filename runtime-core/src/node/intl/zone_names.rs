//! Names of time zones: `CET`, `Pacific Standard Time`, `GMT+5:30`.

use crate::node::intl::archive::entry;
use crate::node::intl::civil::{Offset, Zone};
use crate::node::intl::dates::Dates;
use crate::node::intl::locale::{MetazonePeriod, shared};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;

/// Standard, daylight and generic name, each empty if there is none; by `long` and `short`.
type Lengths = HashMap<String, [String; 3]>;

/// Names in a locale; the archive's entry `LOCALE/zones`.
#[derive(Debug, Deserialize)]
pub(super) struct ZoneNames {
    /// Of single zones.
    zones: HashMap<String, Lengths>,
    /// Of zones that go together, such as America_Pacific.
    metazones: HashMap<String, Lengths>,
}

/// The place of a name in [`Lengths`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Standard,
    Daylight,
    Generic,
}

/// How far a change to daylight saving may be away for a zone to count as one that has it (ICU's 184 days).
const DAYLIGHT_RANGE: i64 = 184 * 86_400_000;

/// What names a zone needs: the locale's names, and what it says of offsets.
#[derive(Debug)]
pub(super) struct ZoneNamer<'a> {
    names: Arc<ZoneNames>,
    dates: &'a Dates,
    zone: &'a Zone,
    /// The zone's name in CLDR.
    canonical: String,
}

/// The name that ICU has for a zone: `Asia/Calcutta` for `Asia/Kolkata`.
pub(super) fn canonical_name(zone: &str) -> String {
    shared().zone_aliases.get(zone).cloned().unwrap_or_else(|| zone.to_owned())
}

impl<'a> ZoneNamer<'a> {
    pub(super) fn new(data: &str, dates: &'a Dates, zone: &'a Zone) -> Self {
        Self { names: entry(&format!("{data}/zones")), dates, zone, canonical: canonical_name(&zone.name) }
    }

    /// The name that the pattern letters ask for, `None` where only a name by place (`Paris Time`) would do.
    pub(super) fn name(&self, letter: char, length: usize, time: i64) -> Option<String> {
        let offset = self.zone.offset(time);
        let width = if length >= 4 { "long" } else { "short" };
        match letter {
            'z' => Some(self.specific(width, offset, time).unwrap_or_else(|| self.offset(width, offset.seconds))),
            'v' => self.generic(width, offset, time),
            _ => Some(self.offset(width, offset.seconds)),
        }
    }

    fn specific(&self, width: &str, offset: Offset, time: i64) -> Option<String> {
        let kind = if offset.is_daylight { Use::Daylight } else { Use::Standard };
        let own = find(self.names.zones.get(&self.canonical), width, kind);
        own.or_else(|| self.of_metazone(self.metazone(time)?.as_str(), width, kind))
    }

    fn generic(&self, width: &str, offset: Offset, time: i64) -> Option<String> {
        if let Some(own) = find(self.names.zones.get(&self.canonical), width, Use::Generic) {
            return Some(own);
        }
        if self.canonical.starts_with("Etc/") {
            return Some(self.offset(width, offset.seconds));
        }
        let metazone = self.metazone(time)?;
        let generic = self.of_metazone(&metazone, width, Use::Generic);
        if !offset.is_daylight && !self.zone.is_near_daylight(time, DAYLIGHT_RANGE) {
            let standard = self.specific(width, offset, time);
            if standard.is_some() && standard != generic {
                return standard;
            }
        }
        let golden = Zone::find(shared().metazone_golden.get(&metazone)?)?;
        // A zone that differs from the others of its name is told apart by its place.
        (golden.offset(time) == offset).then_some(generic).flatten()
    }

    fn of_metazone(&self, metazone: &str, width: &str, kind: Use) -> Option<String> {
        find(self.names.metazones.get(metazone), width, kind)
    }

    /// The metazone at a time; none began before 1970.
    fn metazone(&self, time: i64) -> Option<String> {
        let minute = time.div_euclid(60_000);
        let shared = shared();
        let periods = shared.metazone_periods.get(&self.canonical)?;
        let at = |(_, from, to): &&MetazonePeriod| from.unwrap_or(0) <= minute && to.is_none_or(|to| minute < to);
        periods.iter().find(at).map(|(name, ..)| name.clone())
    }

    /// `GMT+5:30` or, long, `GMT+05:30`.
    fn offset(&self, width: &str, seconds: i32) -> String {
        let (east, west) = self.dates.hour_format.split_once(';').unwrap_or((&self.dates.hour_format, "-HH:mm"));
        let pattern = if seconds < 0 { west } else { east };
        let magnitude = seconds.unsigned_abs();
        let (hour, minute, second) = (magnitude / 3600, magnitude / 60 % 60, magnitude % 60);
        let is_long = width == "long";
        let hours = if is_long { format!("{hour:02}") } else { hour.to_string() };
        let letter = pattern.find('H').unwrap_or(0);
        let sign = &pattern[..letter];
        let separator = pattern[letter..].trim_start_matches('H').trim_end_matches('m');
        let mut text = format!("{sign}{hours}");
        if is_long || minute != 0 || second != 0 {
            text.push_str(&format!("{separator}{minute:02}"));
        }
        if second != 0 {
            text.push_str(&format!("{separator}{second:02}"));
        }
        self.dates.gmt_format.replace("{0}", &text)
    }
}

fn find(lengths: Option<&Lengths>, width: &str, kind: Use) -> Option<String> {
    let names = lengths?.get(width)?;
    let name = match kind {
        Use::Standard => &names[0],
        Use::Daylight => &names[1],
        Use::Generic => &names[2],
    };
    (!name.is_empty()).then(|| name.clone())
}
