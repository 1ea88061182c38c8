//! `Intl.NumberFormat`: a number to its parts.

use crate::node::intl::archive::entry;
use crate::node::intl::currency::{self, CurrencyDisplay};
use crate::node::intl::decimal::{Decimal, Quantity};
use crate::node::intl::numbers::{Affix, Compact, Numbers, Pattern, Sign};
use crate::node::intl::parts::Parts;
use crate::node::intl::plural::{self, Operands};
use crate::node::intl::rounding::{Digits, Rounding};
use crate::node::intl::units;
use crate::node::intl::words::of_category;
use serde::Deserialize;
use std::sync::Arc;

/// The option `style`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Style {
    #[default]
    Decimal,
    Percent,
    Currency,
    Unit,
}

/// The options `notation` and `compactDisplay`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Notation {
    #[default]
    Standard,
    Scientific,
    Engineering,
    CompactShort,
    CompactLong,
}

/// The option `signDisplay`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum SignDisplay {
    #[default]
    Auto,
    Always,
    Never,
    ExceptZero,
    Negative,
}

/// The option `useGrouping`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Grouping {
    #[default]
    Auto,
    Always,
    Min2,
    Never,
}

/// The options as JavaScript checked them.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct NumberOptions {
    /// The name of the locale's data.
    pub(super) data: String,
    pub(super) style: Style,
    pub(super) notation: Notation,
    pub(super) sign_display: SignDisplay,
    pub(super) grouping: Grouping,
    pub(super) currency: String,
    pub(super) currency_display: CurrencyDisplay,
    /// `currencySign: 'accounting'`.
    pub(super) accounting: bool,
    /// Whether ICU has a pattern of its own for the currency, as in Turkish: it stands for accounts too, and its symbol is
    /// printed even beside the currency's name.
    pub(super) own_pattern: bool,
    pub(super) unit: String,
    pub(super) unit_display: String,
    pub(super) rounding: Rounding,
}

/// A formatter: everything is decided but the number.
#[derive(Debug)]
pub(super) struct NumberFormat {
    options: NumberOptions,
    numbers: Arc<Numbers>,
    pattern: Pattern,
    /// What `¤` stands for.
    symbol: String,
}

/// A number at the size at which it is shown.
struct Sized {
    digits: Digits,
    /// The power of ten that it was divided by.
    exponent: i32,
    /// The pattern of that power, in a compact notation.
    pattern: Option<Pattern>,
}

impl NumberFormat {
    pub(super) fn new(options: NumberOptions) -> Self {
        let numbers: Arc<Numbers> = entry(&format!("{}/numbers", options.data));
        let has_symbol = options.currency_display != CurrencyDisplay::Name || options.own_pattern;
        let by_symbol = options.style == Style::Currency && has_symbol;
        let pattern = match options.style {
            _ if is_percent(&options) => &numbers.percent,
            Style::Currency if by_symbol && options.accounting && !options.own_pattern => &numbers.accounting,
            Style::Currency if by_symbol => &numbers.currency,
            _ => &numbers.decimal,
        };
        let pattern = Pattern::parse(pattern);
        let display = match options.currency_display {
            CurrencyDisplay::Name => CurrencyDisplay::Symbol,
            display => display,
        };
        let symbol = currency::symbol(&options.data, &options.currency, display);
        Self { options, numbers, pattern, symbol }
    }

    /// The parts of a number.
    pub(super) fn parts(&self, quantity: &Quantity) -> Parts {
        match quantity {
            Quantity::NotANumber => self.whole(&[("nan", &self.numbers.symbols.nan)], self.sign(false, true)),
            Quantity::Infinite { negative } => {
                self.whole(&[("infinity", &self.numbers.symbols.infinity)], self.sign(*negative, false))
            }
            Quantity::Finite(decimal) => self.finite(decimal),
        }
    }

    /// The plural category of a number as shown.
    pub(super) fn plural(&self, quantity: &Quantity, kind: &str) -> String {
        match quantity {
            Quantity::Finite(decimal) => plural::category(&self.options.data, kind, &operands(&self.sized(decimal))),
            _ => "other".to_owned(),
        }
    }

    /// A text without digits, between what a number would stand between.
    fn whole(&self, body: &[(&'static str, &str)], sign: Sign) -> Parts {
        let mut inner = Parts::default();
        for (kind, text) in body {
            inner.add(kind, text);
        }
        self.around(inner, sign, &self.pattern, None, "other")
    }

    fn finite(&self, decimal: &Decimal) -> Parts {
        let percent = if self.options.style == Style::Percent { 2 } else { 0 };
        let sized = self.sized(&decimal.times_ten(percent));
        let sign = self.sign(decimal.negative, sized.digits.decimal.is_zero());
        let mut inner = Parts::default();
        self.add_digits(&mut inner, &sized.digits);
        if matches!(self.options.notation, Notation::Scientific | Notation::Engineering) {
            inner.add("exponentSeparator", &self.numbers.symbols.exponential);
            if sized.exponent < 0 {
                inner.add("exponentMinusSign", &self.numbers.symbols.minus_sign);
            }
            inner.add("exponentInteger", &sized.exponent.unsigned_abs().to_string());
        }
        let category = plural::category(&self.options.data, "cardinal", &operands(&sized));
        self.around(inner, sign, sized.pattern.as_ref().unwrap_or(&self.pattern), sized.pattern.as_ref(), &category)
    }

    /// Puts sign, symbols and words around the digits.
    fn around(&self, digits: Parts, sign: Sign, pattern: &Pattern, compact: Option<&Pattern>, category: &str) -> Parts {
        let (prefix, suffix) = pattern.affixes(sign);
        let text_kind = if compact.is_some() { "compact" } else { "literal" };
        let mut parts = Parts::default();
        self.add_affix(&mut parts, &prefix, text_kind);
        if prefix.last() == Some(&Affix::Currency)
            && self.symbol.chars().next_back().is_some_and(is_letter_like)
            && starts_with_digit(&digits)
        {
            parts.literal(&self.numbers.insert_between[1]);
        }
        if !pattern.is_word {
            parts.append(digits);
        }
        if suffix.first() == Some(&Affix::Currency)
            && self.symbol.chars().next().is_some_and(is_letter_like)
            && compact.is_none()
        {
            parts.literal(&self.numbers.insert_between[0]);
        }
        self.add_affix(&mut parts, &suffix, text_kind);
        match self.options.style {
            Style::Currency if self.options.currency_display == CurrencyDisplay::Name => {
                let name = currency::name(&self.options.data, &self.options.currency, category);
                let pattern = of_category(&self.numbers.currency_unit, category);
                units::wrap(pattern, parts, ("currency", &name))
            }
            Style::Percent | Style::Unit if !is_percent(&self.options) => {
                units::with_unit(&self.options, parts, category)
            }
            _ => parts,
        }
    }

    fn add_affix(&self, parts: &mut Parts, affix: &[Affix], text_kind: &'static str) {
        let symbols = &self.numbers.symbols;
        for piece in affix {
            match piece {
                Affix::Minus => parts.add("minusSign", &symbols.minus_sign),
                Affix::Plus => parts.add("plusSign", &symbols.plus_sign),
                Affix::Percent => parts.add(self.percent_kind(), &symbols.percent_sign),
                Affix::Currency => parts.add("currency", &self.symbol),
                Affix::Text(text) => units::add_words(parts, text, text_kind),
            }
        }
    }

    fn percent_kind(&self) -> &'static str {
        if self.options.style == Style::Unit { "unit" } else { "percentSign" }
    }

    /// The sign of a number; `is_zero` also of what is no number.
    fn sign(&self, negative: bool, is_zero: bool) -> Sign {
        match (self.options.sign_display, negative) {
            (SignDisplay::Never, _) => Sign::None,
            (SignDisplay::ExceptZero | SignDisplay::Negative, _) if is_zero => Sign::None,
            (_, true) => Sign::Minus,
            (SignDisplay::Always | SignDisplay::ExceptZero, false) => Sign::Plus,
            (_, false) => Sign::None,
        }
    }

    fn add_digits(&self, parts: &mut Parts, digits: &Digits) {
        let symbols = &self.numbers.symbols;
        let money = self.options.style == Style::Currency;
        let group = if money { symbols.currency_group.as_ref() } else { None }.unwrap_or(&symbols.group);
        let decimal = if money { symbols.currency_decimal.as_ref() } else { None }.unwrap_or(&symbols.decimal);
        for (index, text) in self.groups(&digits.whole).iter().enumerate() {
            if index > 0 {
                parts.add("group", group);
            }
            parts.add("integer", text);
        }
        if !digits.fraction.is_empty() {
            parts.add("decimal", decimal);
            parts.add("fraction", &digits.fraction);
        }
    }

    fn groups<'a>(&self, whole: &'a str) -> Vec<&'a str> {
        let (last, before) = self.pattern.groups;
        let least = match self.options.grouping {
            Grouping::Never => return vec![whole],
            Grouping::Always => 1,
            Grouping::Auto => self.numbers.minimum_grouping_digits,
            Grouping::Min2 => self.numbers.minimum_grouping_digits.max(2),
        };
        if last == 0 || whole.len() < last + least {
            return vec![whole];
        }
        let (mut rest, tail) = whole.split_at(whole.len() - last);
        let mut groups = vec![tail];
        while rest.len() > before {
            let (head, group) = rest.split_at(rest.len() - before);
            groups.push(group);
            rest = head;
        }
        groups.push(rest);
        groups.reverse();
        groups
    }

    /// Rounds the number at the size that the notation gives it.
    fn sized(&self, decimal: &Decimal) -> Sized {
        let mut magnitude = decimal.magnitude();
        loop {
            let (exponent, pattern) = self.exponent(decimal, magnitude);
            let digits = self.options.rounding.round(&decimal.times_ten(-exponent));
            let reached = digits.decimal.magnitude() + exponent;
            // Rounding may have made it one digit longer, for which there may be another size: 999,999 is 1M and not 1000K.
            if !digits.decimal.is_zero() && reached > magnitude && self.exponent(decimal, reached).0 != exponent {
                magnitude = reached;
                continue;
            }
            let pattern = pattern.map(|rows| self.compact_pattern(&rows, &digits));
            return Sized { digits, exponent, pattern };
        }
    }

    /// By which power of ten a number of that magnitude is divided, and the patterns it may have then.
    fn exponent(&self, decimal: &Decimal, magnitude: i32) -> (i32, Option<Vec<(String, String)>>) {
        match self.options.notation {
            Notation::Standard => (0, None),
            _ if decimal.is_zero() => (0, None),
            Notation::Scientific => (magnitude, None),
            Notation::Engineering => (magnitude.div_euclid(3) * 3, None),
            Notation::CompactShort | Notation::CompactLong => {
                let table = self.compact_table();
                let largest = table.iter().map(|(row, ..)| *row).max().unwrap_or(0);
                let row = magnitude.min(largest);
                let patterns: Vec<_> = table
                    .iter()
                    .filter(|(at, ..)| *at == row)
                    .map(|(_, category, text)| (category.clone(), text.clone()))
                    .collect();
                let zeros = patterns.iter().map(|(_, text)| Pattern::parse(text).zeros).max().unwrap_or(0);
                let is_plain = patterns.iter().all(|(_, text)| text == "0");
                if is_plain || zeros == 0 {
                    (0, None)
                } else {
                    (row + 1 - i32::try_from(zeros).unwrap_or(1), Some(patterns))
                }
            }
        }
    }

    fn compact_table(&self) -> &Compact {
        let by_symbol = self.options.style == Style::Currency && self.options.currency_display != CurrencyDisplay::Name;
        match self.options.notation {
            _ if by_symbol => &self.numbers.compact_currency,
            Notation::CompactLong => &self.numbers.compact_long,
            _ => &self.numbers.compact_short,
        }
    }

    fn compact_pattern(&self, rows: &[(String, String)], digits: &Digits) -> Pattern {
        let operands = Operands::new(&digits.whole, &digits.fraction, 0);
        let category = plural::category(&self.options.data, "cardinal", &operands);
        let exact = (digits.whole == "1" && digits.fraction.is_empty()).then_some("1");
        let of =
            |wanted: &str| rows.iter().find(|(category, _)| category == wanted).map(|(_, pattern)| pattern.as_str());
        let found = exact.and_then(of).or_else(|| of(&category)).or_else(|| of("other")).unwrap_or("0");
        Pattern::parse(found)
    }
}

/// Whether the number gets the locale's percent sign. A compact one gets the unit percent instead, and that unit, unless it
/// is spelt out or compact, gets the sign (so does ICU).
fn is_percent(options: &NumberOptions) -> bool {
    let is_compact = matches!(options.notation, Notation::CompactShort | Notation::CompactLong);
    let is_unit = options.style == Style::Unit && options.unit == "percent" && options.unit_display != "long";
    (options.style == Style::Percent || is_unit) && !is_compact
}

/// The number as plural rules see it: at its full size, in whatever notation.
fn operands(sized: &Sized) -> Operands {
    let digits = &sized.digits;
    match u32::try_from(sized.exponent) {
        Ok(exponent) => Operands::new(&digits.whole, &digits.fraction, exponent),
        Err(_) => {
            let full = digits.decimal.times_ten(sized.exponent);
            Operands::new(&full.whole(), &full.fraction(0), 0).with_negative_exponent()
        }
    }
}

/// Whether CLDR sets the character apart from a digit beside it: neither a symbol (`$`) nor a space.
fn is_letter_like(character: char) -> bool {
    let is_symbol = matches!(character, '$' | '+' | '<'..='>' | '^' | '`' | '|' | '~' | '¢'..='©' | '¬' | '®'..='±' | '´' | '¸' | '×' | '÷')
        || ('\u{20a0}'..='\u{20cf}').contains(&character)
        || ('\u{ffe0}'..='\u{ffe6}').contains(&character);
    !is_symbol && !character.is_whitespace()
}

fn starts_with_digit(parts: &Parts) -> bool {
    parts.0.first().is_some_and(|(kind, _)| *kind == "integer")
}
