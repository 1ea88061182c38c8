//! What CLDR says of numbers in a locale (the archive's entry `LOCALE/numbers`), and how it writes patterns: `#,##0.00 ¤`.

use serde::Deserialize;
use std::collections::HashMap;

/// Signs of a locale.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Symbols {
    pub(super) decimal: String,
    pub(super) group: String,
    pub(super) percent_sign: String,
    pub(super) plus_sign: String,
    pub(super) minus_sign: String,
    pub(super) exponential: String,
    pub(super) infinity: String,
    pub(super) nan: String,
    /// Instead of `decimal` in amounts of money.
    pub(super) currency_decimal: Option<String>,
    pub(super) currency_group: Option<String>,
}

/// (magnitude, plural category, pattern) of compact numbers.
pub(super) type Compact = Vec<(i32, String, String)>;

/// How a locale writes numbers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Numbers {
    pub(super) symbols: Symbols,
    pub(super) minimum_grouping_digits: usize,
    pub(super) decimal: String,
    pub(super) percent: String,
    pub(super) currency: String,
    pub(super) accounting: String,
    /// Plural category -> `{0} {1}`: an amount and the name of its currency.
    pub(super) currency_unit: HashMap<String, String>,
    /// What goes between a currency of letters and a digit: after it and before it.
    pub(super) insert_between: [String; 2],
    pub(super) compact_short: Compact,
    pub(super) compact_long: Compact,
    pub(super) compact_currency: Compact,
}

/// A piece of what stands before or behind the digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Affix {
    Text(String),
    Minus,
    Plus,
    Percent,
    Currency,
}

/// A pattern taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    prefix: Vec<Affix>,
    suffix: Vec<Affix>,
    /// The pattern of a negative number, if it is not the other one behind a sign.
    negative: Option<(Vec<Affix>, Vec<Affix>)>,
    /// Digits of the last group, and of those before it; 0 for no groups.
    pub(super) groups: (usize, usize),
    /// How many zeros it has before the point: what a compact pattern leaves of a number.
    pub(super) zeros: usize,
    /// Whether the number itself is left out: in French, 1000 is `mille`.
    pub(super) is_word: bool,
}

/// The sign that a number is shown with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    None,
    Minus,
    Plus,
}

impl Pattern {
    pub(super) fn parse(pattern: &str) -> Self {
        let (positive, negative) = split_unquoted(pattern);
        let (prefix, digits, suffix) = split_digits(positive);
        let groups = digits.split('.').next().unwrap_or("").split(',').skip(1).map(str::len).collect::<Vec<_>>();
        let groups = match groups[..] {
            [] => (0, 0),
            [only] => (only, only),
            [.., before, last] => (last, before),
        };
        let zeros = digits.split('.').next().unwrap_or("").matches('0').count();
        let negative = negative.map(|negative| {
            let (prefix, _, suffix) = split_digits(negative);
            (affix(prefix), affix(suffix))
        });
        Self { prefix: affix(prefix), suffix: affix(suffix), negative, groups, zeros, is_word: digits.is_empty() }
    }

    /// What stands before and behind the digits of a number with that sign.
    pub(super) fn affixes(&self, sign: Sign) -> (Vec<Affix>, Vec<Affix>) {
        let replaced = |affix: &[Affix]| -> Vec<Affix> {
            affix
                .iter()
                .map(|piece| if *piece == Affix::Minus && sign == Sign::Plus { Affix::Plus } else { piece.clone() })
                .collect()
        };
        if let Some((prefix, suffix)) = &self.negative {
            let has_minus = prefix.contains(&Affix::Minus) || suffix.contains(&Affix::Minus);
            if sign == Sign::Minus || (sign == Sign::Plus && has_minus) {
                return (replaced(prefix), replaced(suffix));
            }
        }
        let mut prefix = self.prefix.clone();
        match sign {
            Sign::None => {}
            Sign::Minus => prefix.insert(0, Affix::Minus),
            Sign::Plus => prefix.insert(0, Affix::Plus),
        }
        (prefix, self.suffix.clone())
    }
}

/// A pattern and, behind a semicolon, that of negative numbers.
fn split_unquoted(pattern: &str) -> (&str, Option<&str>) {
    let mut quoted = false;
    for (at, character) in pattern.char_indices() {
        match character {
            '\'' => quoted = !quoted,
            ';' if !quoted => return (&pattern[..at], Some(&pattern[at + 1..])),
            _ => {}
        }
    }
    (pattern, None)
}

/// Prefix, digits and suffix of a pattern.
fn split_digits(pattern: &str) -> (&str, &str, &str) {
    let mut quoted = false;
    let (mut start, mut end) = (None, 0);
    for (at, character) in pattern.char_indices() {
        match character {
            '\'' => quoted = !quoted,
            '#' | '0' if !quoted => {
                start.get_or_insert(at);
                end = at + 1;
            }
            _ => {}
        }
    }
    let start = start.unwrap_or(pattern.len());
    (&pattern[..start], &pattern[start..end.max(start)], &pattern[end.max(start)..])
}

fn affix(text: &str) -> Vec<Affix> {
    let mut found: Vec<Affix> = Vec::new();
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let piece = match character {
            '\'' if characters.next_if_eq(&'\'').is_some() => Affix::Text("'".to_owned()),
            '\'' => {
                quoted = !quoted;
                continue;
            }
            '-' if !quoted => Affix::Minus,
            '+' if !quoted => Affix::Plus,
            '%' if !quoted => Affix::Percent,
            '¤' if !quoted => Affix::Currency,
            other => Affix::Text(other.to_string()),
        };
        match (found.last_mut(), piece) {
            (Some(Affix::Text(before)), Affix::Text(added)) => before.push_str(&added),
            (_, piece) => found.push(piece),
        }
    }
    found
}
