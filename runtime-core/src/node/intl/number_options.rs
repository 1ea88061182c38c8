//! What `Intl.NumberFormat` was asked for, from JavaScript.

use crate::node::intl::currency::CurrencyDisplay;
use crate::node::intl::rounding::Rounding;
use serde::Deserialize;

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

impl NumberOptions {
    pub(super) fn is_compact(&self) -> bool {
        matches!(self.notation, Notation::CompactShort | Notation::CompactLong)
    }

    /// Whether the number gets the locale's percent sign. A compact one gets the unit percent instead, and that unit, unless
    /// it is spelt out or compact, gets the sign (so does ICU).
    pub(super) fn is_percent(&self) -> bool {
        let is_unit = self.style == Style::Unit && self.unit == "percent" && self.unit_display != "long";
        (self.style == Style::Percent || is_unit) && !self.is_compact()
    }

    /// Whether a symbol or code of the currency stands beside the number.
    pub(super) fn has_symbol(&self) -> bool {
        let is_named = self.currency_display == CurrencyDisplay::Name && !self.own_pattern;
        self.style == Style::Currency && !is_named
    }
}
