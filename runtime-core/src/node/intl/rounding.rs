//! To how many digits a number is shown: the digit options of ECMA-402.

use crate::node::intl::decimal::{Decimal, RoundingMode};
use serde::Deserialize;

/// Which of the two kinds of digit options decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum RoundingType {
    #[default]
    FractionDigits,
    SignificantDigits,
    MorePrecision,
    LessPrecision,
}

/// The digit options, as JavaScript resolved them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rounding {
    #[serde(default)]
    rounding_type: RoundingType,
    minimum_integer_digits: usize,
    #[serde(default)]
    minimum_fraction_digits: usize,
    #[serde(default)]
    maximum_fraction_digits: i32,
    #[serde(default)]
    minimum_significant_digits: i32,
    #[serde(default)]
    maximum_significant_digits: i32,
    #[serde(default)]
    rounding_mode: RoundingMode,
    /// `trailingZeroDisplay: 'stripIfInteger'`.
    #[serde(default)]
    strip_if_integer: bool,
}

/// A number rounded, as digits before and after the point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Digits {
    pub(super) decimal: Decimal,
    pub(super) whole: String,
    pub(super) fraction: String,
}

impl Rounding {
    pub(super) fn round(&self, decimal: &Decimal) -> Digits {
        let at_fraction = -self.maximum_fraction_digits;
        let at_significant = decimal.magnitude() - self.maximum_significant_digits + 1;
        let by_fraction = match self.rounding_type {
            RoundingType::FractionDigits => true,
            RoundingType::SignificantDigits => false,
            RoundingType::MorePrecision => at_fraction < at_significant,
            RoundingType::LessPrecision => at_fraction > at_significant,
        };
        let rounded = decimal.rounded(if by_fraction { at_fraction } else { at_significant }, self.rounding_mode);
        let least = if by_fraction {
            self.minimum_fraction_digits
        } else {
            usize::try_from(self.minimum_significant_digits - 1 - rounded.magnitude()).unwrap_or(0)
        };
        let mut fraction = rounded.fraction(least);
        if self.strip_if_integer && fraction.chars().all(|digit| digit == '0') {
            fraction.clear();
        }
        let whole = format!("{:0>1$}", rounded.whole(), self.minimum_integer_digits);
        Digits { decimal: rounded, whole, fraction }
    }
}
