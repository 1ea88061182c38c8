//! At which size a number is shown: as it is, by a power of ten, or by a word for one.

use crate::node::intl::currency::CurrencyDisplay;
use crate::node::intl::decimal::Decimal;
use crate::node::intl::number_options::{Notation, NumberOptions, Style};
use crate::node::intl::numbers::{Compact, Numbers, Pattern};
use crate::node::intl::plural::{self, Operands};
use crate::node::intl::rounding::Digits;

/// A number at the size at which it is shown.
pub(super) struct Sized {
    pub(super) digits: Digits,
    /// The power of ten that it was divided by.
    pub(super) exponent: i32,
    /// The pattern of that power, in a compact notation.
    pub(super) pattern: Option<Pattern>,
}

/// The patterns that a power of ten may have: (plural category, pattern).
type Rows = Vec<(String, String)>;

/// Which power of ten goes with which number.
struct Table<'a> {
    options: &'a NumberOptions,
    numbers: &'a Numbers,
}

impl Sized {
    /// Rounds the number at the size that the notation gives it.
    pub(super) fn new(decimal: &Decimal, options: &NumberOptions, numbers: &Numbers) -> Self {
        let table = Table { options, numbers };
        let mut magnitude = decimal.magnitude();
        loop {
            let (exponent, pattern) = table.exponent(decimal, magnitude);
            let digits = options.rounding.round(&decimal.times_ten(-exponent));
            let reached = digits.decimal.magnitude() + exponent;
            // Rounding may have made it one digit longer, for which there may be another size: 999,999 is 1M and not 1000K.
            if !digits.decimal.is_zero() && reached > magnitude && table.exponent(decimal, reached).0 != exponent {
                magnitude = reached;
                continue;
            }
            let pattern = pattern.map(|rows| compact_pattern(&options.data, &rows, &digits));
            return Self { digits, exponent, pattern };
        }
    }

    /// The number as plural rules see it: at its full size, in whatever notation.
    pub(super) fn operands(&self) -> Operands {
        let digits = &self.digits;
        match u32::try_from(self.exponent) {
            Ok(exponent) => Operands::new(&digits.whole, &digits.fraction, exponent),
            Err(_) => {
                let full = digits.decimal.times_ten(self.exponent);
                Operands::new(&full.whole(), &full.fraction(0), 0).with_negative_exponent()
            }
        }
    }
}

impl Table<'_> {
    /// By which power of ten a number of that magnitude is divided, and the patterns it may have then.
    fn exponent(&self, decimal: &Decimal, magnitude: i32) -> (i32, Option<Rows>) {
        match self.options.notation {
            Notation::Standard => (0, None),
            _ if decimal.is_zero() => (0, None),
            Notation::Scientific => (magnitude, None),
            Notation::Engineering => (magnitude.div_euclid(3) * 3, None),
            Notation::CompactShort | Notation::CompactLong => {
                let table = self.compact();
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

    fn compact(&self) -> &Compact {
        let is_named = self.options.currency_display == CurrencyDisplay::Name;
        match self.options.notation {
            _ if self.options.style == Style::Currency && !is_named => &self.numbers.compact_currency,
            Notation::CompactLong => &self.numbers.compact_long,
            _ => &self.numbers.compact_short,
        }
    }
}

/// The pattern for digits as shown.
fn compact_pattern(data: &str, rows: &[(String, String)], digits: &Digits) -> Pattern {
    let operands = Operands::new(&digits.whole, &digits.fraction, 0);
    let category = plural::category(data, "cardinal", &operands);
    let exact = (digits.whole == "1" && digits.fraction.is_empty()).then_some("1");
    let of = |wanted: &str| rows.iter().find(|(category, _)| category == wanted).map(|(_, pattern)| pattern.as_str());
    let found = exact.and_then(of).or_else(|| of(&category)).or_else(|| of("other")).unwrap_or("0");
    Pattern::parse(found)
}
