//! Units and names beside a number: `5 kilometres per hour`.

use crate::node::intl::archive::entry;
use crate::node::intl::number_options::{NumberOptions, Style};
use crate::node::intl::parts::Parts;
use crate::node::intl::words::Words;
use std::sync::Arc;

/// Puts parts in the place of `{0}`, and a name in the place of `{1}`, of a pattern whose other words are of the name's kind.
pub(super) fn wrap(pattern: &str, number: Parts, (kind, name): (&'static str, &str)) -> Parts {
    let pattern = pattern.replace("{1}", name);
    let (before, after) = pattern.split_once("{0}").unwrap_or((&pattern, ""));
    let mut parts = Parts::default();
    add_words(&mut parts, before, kind);
    parts.append(number);
    add_words(&mut parts, after, kind);
    parts
}

/// Adds words of a kind; the spaces around them are literals.
pub(super) fn add_words(parts: &mut Parts, text: &str, kind: &'static str) {
    let words = text.trim();
    if words.is_empty() || kind == "literal" {
        parts.literal(text);
        return;
    }
    let start = text.len() - text.trim_start().len();
    parts.literal(&text[..start]);
    parts.add(kind, words);
    parts.literal(&text[start + words.len()..]);
}

/// A number with the unit of the options; that of a share is percent.
pub(super) fn with_unit(options: &NumberOptions, number: Parts, category: &str) -> Parts {
    let words: Arc<Words> = entry(&format!("{}/words", options.data));
    let (unit, display) = match options.style {
        Style::Percent => ("percent", "short"),
        _ => (options.unit.as_str(), options.unit_display.as_str()),
    };
    let Some(units) = words.units.get(display) else { return number };
    if let Some(unit) = units.get(unit) {
        return wrap_unit(unit.pattern(category), number);
    }
    let Some((numerator, denominator)) = unit.split_once("-per-") else { return number };
    let (Some(numerator), Some(denominator)) = (units.get(numerator), units.get(denominator)) else { return number };
    let pattern = numerator.pattern(category);
    let pattern = if denominator.per.is_empty() {
        let compound = words.per.get(display).map_or("{0}/{1}", String::as_str);
        let one = denominator.pattern("one").replace("{0}", "");
        compound.replace("{0}", pattern).replace("{1}", one.trim())
    } else {
        denominator.per.replace("{0}", pattern)
    };
    wrap_unit(&pattern, number)
}

fn wrap_unit(pattern: &str, number: Parts) -> Parts {
    wrap(pattern, number, ("unit", ""))
}
