//! Currencies in a locale: `€`, `EUR`, `euros`.

use crate::node::intl::archive::entry;
use crate::node::intl::locale::shared;
use crate::node::intl::words::{Plurals, of_category};
use serde::Deserialize;
use std::collections::HashMap;

/// The archive's entry `LOCALE/currencies`: code -> symbol, narrow symbol, both empty where there is none, names.
#[derive(Debug, Deserialize)]
pub(super) struct Currencies(HashMap<String, (String, String, Plurals)>);

/// The option `currencyDisplay`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum CurrencyDisplay {
    #[default]
    Symbol,
    NarrowSymbol,
    Code,
    Name,
}

/// How many digits after the point an amount has.
pub(super) fn digits(code: &str) -> u32 {
    let digits = &shared().currency_digits;
    digits.get(code).or_else(|| digits.get("DEFAULT")).copied().unwrap_or(2)
}

/// What stands for the currency beside an amount.
pub(super) fn symbol(data: &str, code: &str, display: CurrencyDisplay) -> String {
    let currencies = entry::<Currencies>(&format!("{data}/currencies"));
    let found = match (display, currencies.0.get(code)) {
        (CurrencyDisplay::NarrowSymbol, Some((_, narrow, _))) if !narrow.is_empty() => narrow.clone(),
        (CurrencyDisplay::NarrowSymbol | CurrencyDisplay::Symbol, Some((symbol, ..))) => symbol.clone(),
        _ => String::new(),
    };
    if found.is_empty() { code.to_owned() } else { found }
}

/// The currency's name for a plural category.
pub(super) fn name(data: &str, code: &str, category: &str) -> String {
    let currencies = entry::<Currencies>(&format!("{data}/currencies"));
    match currencies.0.get(code) {
        Some((.., names)) if !names.is_empty() => of_category(names, category).to_owned(),
        _ => code.to_owned(),
    }
}
