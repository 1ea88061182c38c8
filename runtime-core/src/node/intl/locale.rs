//! Language tags: their canonical form, and which locale of ours answers for them (ECMA-402, lookup).

use crate::node::intl::archive::entry;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// A metazone, and from and to which minute since 1970 a zone belongs to it.
pub(super) type MetazonePeriod = (String, Option<i64>, Option<i64>);

/// What all locales share; the archive's entry `shared`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shared {
    /// Locales as Node names them -> the name of their data in the archive.
    pub(super) locales: BTreeMap<String, String>,
    /// Every locale that Node's ICU knows; those not in `locales` are refused by name.
    pub(super) available: HashSet<String>,
    pub(super) language_aliases: HashMap<String, String>,
    /// Digits after the point of the currencies that do not have two; `DEFAULT` is all others.
    pub(super) currency_digits: HashMap<String, u32>,
    /// `cardinal` and `ordinal` -> data locale -> (category, rule).
    pub(super) plurals: HashMap<String, HashMap<String, Vec<(String, String)>>>,
    /// Names of time zones -> the one that ICU gives back.
    pub(super) zone_aliases: HashMap<String, String>,
    /// By zone.
    pub(super) metazone_periods: HashMap<String, Vec<MetazonePeriod>>,
    /// Metazone -> the zone that stands for it.
    pub(super) metazone_golden: HashMap<String, String>,
}

/// The data that all locales share.
pub(super) fn shared() -> Arc<Shared> {
    entry("shared")
}

/// How a list of requested locales ends.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Negotiated {
    /// The locale that answers, such as `de-DE`; absent if ours is not among what Node has (`refused`).
    locale: String,
    /// The name of its data.
    data: String,
    /// Keywords of the tag's Unicode extension: `-u-hc-h12` is `{hc: "h12"}`.
    keywords: BTreeMap<String, String>,
    /// The tag that Node would serve and we cannot.
    refused: Option<String>,
}

/// A tag in canonical form, `None` if it is not one: `EN-us` is `en-US`, `iw` is `he`.
pub(super) fn canonical(tag: &str) -> Option<String> {
    if tag.contains('_') {
        return None;
    }
    let mut locale: icu_locale_core::Locale = tag.parse().ok()?;
    if let Some(replaced) = shared().language_aliases.get(locale.id.language.as_str()) {
        locale.id.language = replaced.parse().ok()?;
    }
    Some(locale.to_string())
}

/// The first of the canonical tags that Node's ICU has, else its default, en-US.
pub(super) fn negotiate(tags: &[String]) -> Negotiated {
    let shared = shared();
    for tag in tags {
        let (base, extension) = tag.split_once("-u-").unwrap_or((tag, ""));
        let base = base.split_once("-x-").map_or(base, |(base, _)| base);
        let Some(found) = best_available(base, &shared) else { continue };
        let data = shared.locales.get(&found).cloned();
        let refused = data.is_none().then(|| found.clone());
        return Negotiated { locale: found, data: data.unwrap_or_default(), keywords: keywords(extension), refused };
    }
    Negotiated { locale: "en-US".to_owned(), data: "en".to_owned(), keywords: BTreeMap::new(), refused: None }
}

/// Whether Node would serve the canonical tag, and whether we do.
pub(super) fn is_supported(tag: &str) -> bool {
    let base = tag.split_once("-u-").map_or(tag, |(base, _)| base);
    let shared = shared();
    best_available(base, &shared).is_some_and(|found| shared.locales.contains_key(&found))
}

/// The longest prefix of the tag that names a locale.
fn best_available(tag: &str, shared: &Shared) -> Option<String> {
    let mut candidate = tag;
    loop {
        if shared.locales.contains_key(candidate) || shared.available.contains(candidate) {
            return Some(candidate.to_owned());
        }
        let cut = candidate.rfind('-')?;
        candidate = &candidate[..cut];
        // A singleton does not stay behind alone.
        if candidate.len() > 2 && candidate.as_bytes()[candidate.len() - 2] == b'-' {
            candidate = &candidate[..candidate.len() - 2];
        }
    }
}

/// `hc-h12-nu-latn` as a map; a key without a type is `true`.
fn keywords(extension: &str) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut key: Option<String> = None;
    for subtag in extension.split('-').filter(|subtag| !subtag.is_empty()) {
        match (subtag.len(), &key) {
            (1, _) => break,
            (2, _) => {
                found.entry(subtag.to_owned()).or_insert_with(|| "true".to_owned());
                key = Some(subtag.to_owned());
            }
            (_, Some(key)) => {
                let value = found.entry(key.clone()).or_default();
                *value = if value == "true" { subtag.to_owned() } else { format!("{value}-{subtag}") };
            }
            (_, None) => {}
        }
    }
    found
}

/// The locales that we serve, for an error that names them.
pub(super) fn supported() -> Vec<String> {
    shared().locales.keys().cloned().collect()
}
