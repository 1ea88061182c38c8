//! What `Intl.DateTimeFormat` was asked for, from JavaScript, and the skeleton it makes.

use serde::Deserialize;

/// How hours are counted: 0-11, 1-12, 0-23 or 1-24.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum HourCycle {
    H11,
    H12,
    H23,
    H24,
}

impl HourCycle {
    /// The pattern letter of an hour of this cycle.
    pub(super) fn letter(self) -> char {
        match self {
            Self::H11 => 'K',
            Self::H12 => 'h',
            Self::H23 => 'H',
            Self::H24 => 'k',
        }
    }

    /// The cycle of a pattern letter.
    pub(super) fn of_letter(letter: char) -> Option<Self> {
        match letter {
            'K' => Some(Self::H11),
            'h' => Some(Self::H12),
            'H' => Some(Self::H23),
            'k' => Some(Self::H24),
            _ => None,
        }
    }

    /// As in an option.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::H11 => "h11",
            Self::H12 => "h12",
            Self::H23 => "h23",
            Self::H24 => "h24",
        }
    }

    /// What `hour12` makes of a locale's own cycle. This is the rule of the V8 in Node 20: an hour from 0 on stays one.
    pub(super) fn with_hour12(self, hour12: Hour12) -> Self {
        let from_zero = matches!(self, Self::H11 | Self::H23);
        match (hour12, from_zero) {
            (Hour12::Twelve, true) => Self::H11,
            (Hour12::Twelve, false) => Self::H12,
            (Hour12::TwentyFour, true) => Self::H23,
            (Hour12::TwentyFour, false) => Self::H24,
        }
    }
}

/// The option `hour12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Hour12 {
    Twelve,
    TwentyFour,
}

/// The options as JavaScript checked them; those not given are absent.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct DateOptions {
    /// The name of the locale's data.
    pub(super) data: String,
    pub(super) time_zone: String,
    pub(super) hour_cycle: Option<HourCycle>,
    pub(super) hour12: Option<Hour12>,
    pub(super) weekday: Option<String>,
    pub(super) era: Option<String>,
    pub(super) year: Option<String>,
    pub(super) month: Option<String>,
    pub(super) day: Option<String>,
    pub(super) day_period: Option<String>,
    pub(super) hour: Option<String>,
    pub(super) minute: Option<String>,
    pub(super) second: Option<String>,
    pub(super) fractional_second_digits: usize,
    pub(super) time_zone_name: Option<String>,
    pub(super) date_style: Option<String>,
    pub(super) time_style: Option<String>,
}

/// Letters of the pattern for the values of an option.
type Letters = &'static [(&'static str, &'static str)];

const WEEKDAYS: Letters = &[("narrow", "EEEEE"), ("long", "EEEE"), ("short", "EEE")];
const ERAS: Letters = &[("narrow", "GGGGG"), ("long", "GGGG"), ("short", "GGG")];
const YEARS: Letters = &[("2-digit", "yy"), ("numeric", "y")];
const MONTHS: Letters = &[("narrow", "MMMMM"), ("long", "MMMM"), ("short", "MMM"), ("2-digit", "MM"), ("numeric", "M")];
const DAYS: Letters = &[("2-digit", "dd"), ("numeric", "d")];
const DAY_PERIODS: Letters = &[("narrow", "BBBBB"), ("long", "BBBB"), ("short", "B")];
const MINUTES: Letters = &[("2-digit", "mm"), ("numeric", "m")];
const SECONDS: Letters = &[("2-digit", "ss"), ("numeric", "s")];
const ZONES: Letters = &[
    ("long", "zzzz"),
    ("short", "z"),
    ("longOffset", "OOOO"),
    ("shortOffset", "O"),
    ("longGeneric", "vvvv"),
    ("shortGeneric", "v"),
];

impl DateOptions {
    /// The fields asked for, as a skeleton whose hours are of that cycle.
    pub(super) fn skeleton(&self, hour_cycle: HourCycle) -> String {
        let mut skeleton = String::new();
        let mut add = |option: &Option<String>, letters: Letters| {
            let Some(value) = option else { return };
            skeleton.push_str(letters.iter().find(|(name, _)| name == value).map_or("", |(_, letters)| letters));
        };
        add(&self.weekday, WEEKDAYS);
        add(&self.era, ERAS);
        add(&self.year, YEARS);
        add(&self.month, MONTHS);
        add(&self.day, DAYS);
        add(&self.day_period, DAY_PERIODS);
        let letter = hour_cycle.letter();
        match self.hour.as_deref() {
            Some("2-digit") => skeleton.extend([letter, letter]),
            Some(_) => skeleton.push(letter),
            None => {}
        }
        let mut add = |option: &Option<String>, letters: Letters| {
            let Some(value) = option else { return };
            skeleton.push_str(letters.iter().find(|(name, _)| name == value).map_or("", |(_, letters)| letters));
        };
        add(&self.minute, MINUTES);
        add(&self.second, SECONDS);
        skeleton.extend(std::iter::repeat_n('S', self.fractional_second_digits));
        if let Some(value) = &self.time_zone_name {
            skeleton.push_str(ZONES.iter().find(|(name, _)| name == value).map_or("", |(_, letters)| letters));
        }
        skeleton
    }
}

/// What a pattern shows, as `resolvedOptions` says it: (option, value).
pub(super) fn shown(letter: char, length: usize) -> Option<(&'static str, &'static str)> {
    let text = match length {
        5 => "narrow",
        4 => "long",
        _ => "short",
    };
    let digits = if length == 2 { "2-digit" } else { "numeric" };
    Some(match letter {
        'E' | 'c' => ("weekday", text),
        'G' => ("era", text),
        'y' => ("year", digits),
        'M' | 'L' if length < 3 => ("month", digits),
        'M' | 'L' => ("month", text),
        'd' => ("day", digits),
        'B' | 'b' => ("dayPeriod", text),
        'h' | 'H' | 'k' | 'K' => ("hour", digits),
        'm' => ("minute", digits),
        's' => ("second", digits),
        'z' => ("timeZoneName", if length == 4 { "long" } else { "short" }),
        'O' => ("timeZoneName", if length == 4 { "longOffset" } else { "shortOffset" }),
        'v' => ("timeZoneName", if length == 4 { "longGeneric" } else { "shortGeneric" }),
        _ => return None,
    })
}
