//! `Intl.DateTimeFormat`: options to a pattern, once; a time to its parts, often.

use crate::node::intl::archive::entry;
use crate::node::intl::civil::{Civil, Zone, civil};
use crate::node::intl::date_options::{DateOptions, HourCycle, shown};
use crate::node::intl::dates::{Dates, Names};
use crate::node::intl::fields::{Piece, fill, pieces};
use crate::node::intl::numbers::Numbers;
use crate::node::intl::parts::Parts;
use crate::node::intl::patterns::Patterns;
use crate::node::intl::skeleton::Skeleton;
use crate::node::intl::zone_names::ZoneNamer;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A formatter: everything is decided but the time.
#[derive(Debug)]
pub(super) struct DateFormat {
    data: String,
    dates: Arc<Dates>,
    zone: Zone,
    pattern: Vec<Piece>,
}

const STYLES: [&str; 4] = ["full", "long", "medium", "short"];

impl DateFormat {
    /// The formatter for options that JavaScript has checked; the time zone's name is one that [`Zone::find`] knows.
    pub(super) fn new(options: &DateOptions, zone: Zone) -> Self {
        let dates: Arc<Dates> = entry(&format!("{}/dates", options.data));
        let own = if dates.hour_cycle == "h" { HourCycle::H12 } else { HourCycle::H23 };
        let cycle = match options.hour12 {
            Some(hour12) => own.with_hour12(hour12),
            None => options.hour_cycle.unwrap_or(own),
        };
        let decimal = entry::<Numbers>(&format!("{}/numbers", options.data)).symbols.decimal.clone();
        let patterns = Patterns::new(&dates, decimal);
        let pattern = match styled(options, &dates) {
            Some(pattern) => with_cycle_of_style(pattern, cycle, &patterns),
            None => with_cycle(patterns.best(&options.skeleton(cycle)), cycle),
        };
        Self { data: options.data.clone(), dates, zone, pattern }
    }

    /// What was made of the options, under the names of `resolvedOptions`; `hourCycle` is absent if no hour is shown.
    pub(super) fn resolved(&self) -> Value {
        let mut resolved = Map::new();
        for piece in &self.pattern {
            let Piece::Field(letter, length) = *piece else { continue };
            if let Some(cycle) = HourCycle::of_letter(letter) {
                resolved.insert("hourCycle".to_owned(), json!(cycle.name()));
            }
            if letter == 'S' {
                resolved.insert("fractionalSecondDigits".to_owned(), json!(length));
            } else if let Some((name, value)) = shown(letter, length) {
                resolved.insert(name.to_owned(), json!(value));
            }
        }
        Value::Object(resolved)
    }

    /// The parts of a time, in milliseconds since 1970. `None` where only a time zone's name by place would do.
    pub(super) fn parts(&self, milliseconds: i64) -> Option<Parts> {
        let civil = civil(milliseconds, self.zone.offset(milliseconds).seconds);
        let mut parts = Parts::default();
        for piece in &self.pattern {
            match *piece {
                Piece::Literal(ref text) => parts.literal(text),
                Piece::Field(letter @ ('z' | 'v' | 'O'), length) => {
                    let namer = ZoneNamer::new(&self.data, &self.dates, &self.zone);
                    parts.add("timeZoneName", &namer.name(letter, length, milliseconds)?);
                }
                Piece::Field(letter, length) => {
                    let (name, text) = self.field(letter, length, &civil);
                    parts.add(name, &text);
                }
            }
        }
        Some(parts)
    }

    fn field(&self, letter: char, length: usize, civil: &Civil) -> (&'static str, String) {
        let padded = |value: i64| format!("{value:0length$}");
        let hour = i64::from(civil.hour);
        let (months, days) = (&self.dates.months, &self.dates.days);
        let month = civil.month as usize - 1;
        match letter {
            'G' => ("era", name(&self.dates.eras, length, usize::from(civil.year > 0))),
            'y' => ("year", self.year(civil.year, length)),
            'M' | 'L' if length < 3 => ("month", padded(i64::from(civil.month))),
            'M' => ("month", name(&months.format, length, month)),
            'L' => ("month", name(&months.standalone, length, month)),
            'd' => ("day", padded(i64::from(civil.day))),
            'E' => ("weekday", name(&days.format, length, civil.weekday)),
            'c' => ("weekday", name(&days.standalone, length, civil.weekday)),
            'a' => ("dayPeriod", self.half_day(civil, length)),
            'B' => ("dayPeriod", self.day_period(length, civil)),
            'h' => ("hour", padded(if hour % 12 == 0 { 12 } else { hour % 12 })),
            'K' => ("hour", padded(hour % 12)),
            'k' => ("hour", padded(if hour == 0 { 24 } else { hour })),
            'H' => ("hour", padded(hour)),
            'm' => ("minute", padded(i64::from(civil.minute))),
            's' => ("second", padded(i64::from(civil.second))),
            'S' => ("fractionalSecond", format!("{:03}", civil.millisecond)[..length.min(3)].to_owned()),
            _ => ("literal", String::new()),
        }
    }

    /// Years are counted from 1 in either era.
    fn year(&self, year: i64, length: usize) -> String {
        let of_era = if year > 0 { year } else { 1 - year };
        if length == 2 { format!("{:02}", of_era % 100) } else { format!("{of_era:0length$}") }
    }

    fn half_day(&self, civil: &Civil, length: usize) -> String {
        let half = if civil.hour < 12 { "am" } else { "pm" };
        self.period_name(half, length).unwrap_or_default()
    }

    /// `in the morning`: by the locale's rules. Only noon has a name of its own, at the precision that the pattern shows;
    /// midnight is not told from the night around it, as it might be either end of a day.
    fn day_period(&self, length: usize, civil: &Civil) -> String {
        let shows =
            |wanted| self.pattern.iter().any(|piece| matches!(piece, Piece::Field(found, _) if *found == wanted));
        let minute = if shows('m') { civil.minute } else { 0 };
        let second = if shows('s') { civil.second } else { 0 };
        let hour = i32::try_from(civil.hour * 60).unwrap_or(0);
        let rules = &self.dates.day_period_rules;
        let is_noon = civil.hour == 12 && minute == 0 && second == 0 && rules.iter().any(|(name, ..)| name == "noon");
        let within = |(_, from, before): &&(String, i32, i32)| match from < before {
            _ if *before < 0 => false,
            true => (*from..*before).contains(&hour),
            false => hour >= *from || hour < *before,
        };
        let noon = if is_noon { self.period_name("noon", length) } else { None };
        let named = || rules.iter().find(within).and_then(|(name, ..)| self.period_name(name, length));
        noon.or_else(named).unwrap_or_else(|| self.half_day(civil, length))
    }

    fn period_name(&self, period: &str, length: usize) -> Option<String> {
        self.dates.day_periods.get(width(length))?.get(period).cloned()
    }
}

fn width(length: usize) -> &'static str {
    match length {
        4 => "wide",
        5 => "narrow",
        6 => "short",
        _ => "abbreviated",
    }
}

fn name(names: &Names, length: usize, index: usize) -> String {
    names.get(width(length)).and_then(|all| all.get(index)).cloned().unwrap_or_default()
}

/// The pattern of `dateStyle` and `timeStyle`, `None` if neither was asked for.
fn styled(options: &DateOptions, dates: &Dates) -> Option<Vec<Piece>> {
    let index = |style: &Option<String>| STYLES.iter().position(|name| style.as_deref() == Some(name));
    match (index(&options.date_style), index(&options.time_style)) {
        (None, None) => None,
        (Some(date), None) => Some(pieces(&dates.date_formats[date])),
        (None, Some(time)) => Some(pieces(&dates.time_formats[time])),
        (Some(date), Some(time)) => {
            Some(fill(&dates.at_time[date], &[&pieces(&dates.time_formats[time]), &pieces(&dates.date_formats[date])]))
        }
    }
}

/// A style whose hours are of another cycle than the wanted one goes through the pattern generator.
fn with_cycle_of_style(pattern: Vec<Piece>, cycle: HourCycle, patterns: &Patterns) -> Vec<Piece> {
    let letter = pattern.iter().find_map(|piece| match piece {
        Piece::Field(letter, _) => HourCycle::of_letter(*letter),
        Piece::Literal(_) => None,
    });
    if letter.is_none_or(|own| own == cycle) {
        return pattern;
    }
    let mut text = String::new();
    for piece in pattern {
        if let Piece::Field(letter, length) = piece {
            let letter = if HourCycle::of_letter(letter).is_some() { cycle.letter() } else { letter };
            if letter != 'a' {
                text.extend(std::iter::repeat_n(letter, length));
            }
        }
    }
    // In the order of fields, without the half of the day that a skeleton of twelve hours gets by itself.
    let skeleton = Skeleton::of(&text).text().replace('a', "");
    with_cycle(patterns.best(&skeleton), cycle)
}

/// The hours of a pattern counted in that cycle; V8 sets an hour that follows a day apart from it.
fn with_cycle(pattern: Vec<Piece>, cycle: HourCycle) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::with_capacity(pattern.len());
    for piece in pattern {
        match piece {
            Piece::Field(letter, length) if HourCycle::of_letter(letter).is_some() => {
                if matches!(found.last(), Some(Piece::Field('d', _))) {
                    found.push(Piece::Literal(" ".to_owned()));
                }
                found.push(Piece::Field(cycle.letter(), length));
            }
            other => found.push(other),
        }
    }
    found
}
