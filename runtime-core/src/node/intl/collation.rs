//! `Intl.Collator`: the order of texts in a locale, by ICU4X and its tables of CLDR.

use icu_collator::options::{AlternateHandling, CaseLevel, CollatorOptions, Strength};
use icu_collator::preferences::{CollationCaseFirst, CollationNumericOrdering};
use icu_collator::{Collator, CollatorBorrowed, CollatorPreferences};
use icu_locale_core::Locale;
use serde::Deserialize;
use std::cmp::Ordering;

/// The option `sensitivity`: which differences count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Sensitivity {
    Base,
    Accent,
    Case,
    #[default]
    Variant,
}

/// The option `caseFirst`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum CaseFirst {
    Upper,
    Lower,
    False,
}

/// The options as JavaScript checked them.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct CollationOptions {
    pub(super) locale: String,
    pub(super) sensitivity: Sensitivity,
    pub(super) numeric: bool,
    pub(super) case_first: Option<CaseFirst>,
    pub(super) ignore_punctuation: bool,
}

/// An order of texts.
pub(super) struct Order(CollatorBorrowed<'static>);

impl Order {
    /// The order of a locale; `None` if there is no such locale or no data of it.
    pub(super) fn new(options: &CollationOptions) -> Option<Self> {
        let locale: Locale = options.locale.parse().ok()?;
        let mut preferences = CollatorPreferences::from(&locale);
        if options.numeric {
            preferences.numeric_ordering = Some(CollationNumericOrdering::True);
        }
        preferences.case_first = options.case_first.map(|first| match first {
            CaseFirst::Upper => CollationCaseFirst::Upper,
            CaseFirst::Lower => CollationCaseFirst::Lower,
            CaseFirst::False => CollationCaseFirst::False,
        });
        let mut levels = CollatorOptions::default();
        let (strength, case_level) = match options.sensitivity {
            Sensitivity::Base => (Strength::Primary, CaseLevel::Off),
            Sensitivity::Accent => (Strength::Secondary, CaseLevel::Off),
            Sensitivity::Case => (Strength::Primary, CaseLevel::On),
            Sensitivity::Variant => (Strength::Tertiary, CaseLevel::Off),
        };
        levels.strength = Some(strength);
        levels.case_level = Some(case_level);
        if options.ignore_punctuation {
            levels.alternate_handling = Some(AlternateHandling::Shifted);
        }
        Collator::try_new(preferences, levels).ok().map(Self)
    }

    /// -1, 0 or 1.
    pub(super) fn compare(&self, left: &str, right: &str) -> i32 {
        match self.0.compare(left, right) {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        }
    }
}
