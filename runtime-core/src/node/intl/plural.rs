//! Plural categories (UTS 35, "Language Plural Rules"): `one` for 1 apple in English, `few` for 2 in Polish.

use crate::node::intl::locale::shared;

/// A formatted number as the rules see it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Operands {
    /// Digits before the point.
    whole: u128,
    /// Digits after the point, as shown.
    fraction: String,
    /// The exponent of compact notation.
    exponent: u32,
}

/// As many digits as fit the numbers of ours; no rule looks further.
const KEPT_DIGITS: usize = 30;
/// As many digits as ICU keeps of the integer operand, the last ones.
const ICU_MODULUS: u128 = 10_u128.pow(18);

impl Operands {
    /// Of a number's digits as shown, which a compact notation divided by ten to the `exponent`.
    pub(super) fn new(whole: &str, fraction: &str, exponent: u32) -> Self {
        // Rules are of the value, so the point moves back to where it was.
        let mut digits = whole.to_owned();
        let moved = fraction.len().min(exponent as usize);
        digits.push_str(&fraction[..moved]);
        digits.extend(std::iter::repeat_n('0', exponent as usize - moved));
        let tail = &digits[digits.len().saturating_sub(KEPT_DIGITS)..];
        let above = if digits.len() > KEPT_DIGITS { 10_u128.pow(35) } else { 0 };
        let whole = tail.parse().unwrap_or(0) + above;
        Self { whole, fraction: fraction[moved..].to_owned(), exponent }
    }

    /// The same number in a notation whose exponent is below zero, which for the rules is none from 0 on.
    pub(super) fn with_negative_exponent(self) -> Self {
        Self { exponent: u32::MAX, ..self }
    }

    /// The value of an operand, `None` for `n` of a number with a fraction, which equals no integer.
    fn value(&self, operand: &str) -> Option<u128> {
        let trimmed = self.fraction.trim_end_matches('0');
        let number = |digits: &str| Some(digits.parse().unwrap_or(0));
        match operand {
            "n" => trimmed.is_empty().then_some(self.whole),
            "i" if self.exponent == 0 => Some(self.whole % ICU_MODULUS),
            "i" => Some(self.whole),
            "v" => Some(self.fraction.len() as u128),
            "w" => Some(trimmed.len() as u128),
            "f" => number(&self.fraction),
            "t" => number(trimmed),
            _ => Some(u128::from(self.exponent)),
        }
    }
}

/// The categories of a locale's rules of a type (`cardinal`, `ordinal`), in the order of the alphabet, but `other` last.
pub(super) fn categories(data: &str, kind: &str) -> Vec<String> {
    let mut categories: Vec<String> = rules(data, kind).into_iter().map(|(category, _)| category).collect();
    categories.sort_by_key(|category| (category == "other", category.clone()));
    categories
}

/// The category of a number. Rules are tried in the order of the alphabet, as ICU has them.
pub(super) fn category(data: &str, kind: &str, operands: &Operands) -> String {
    let mut rules = rules(data, kind);
    rules.sort();
    let found = rules.into_iter().find(|(_, rule)| !rule.is_empty() && holds(rule, operands));
    found.map_or_else(|| "other".to_owned(), |(category, _)| category)
}

fn rules(data: &str, kind: &str) -> Vec<(String, String)> {
    shared().plurals.get(kind).and_then(|all| all.get(data)).cloned().unwrap_or_default()
}

fn holds(rule: &str, operands: &Operands) -> bool {
    rule.split(" or ").any(|conditions| conditions.split(" and ").all(|relation| relation_holds(relation, operands)))
}

/// `i % 10 != 2..4,9`.
fn relation_holds(relation: &str, operands: &Operands) -> bool {
    let (left, wanted, ranges) = match relation.split_once(" != ") {
        Some((left, ranges)) => (left, false, ranges),
        None => match relation.split_once(" = ") {
            Some((left, ranges)) => (left, true, ranges),
            None => return false,
        },
    };
    let (operand, modulus) = left.trim().split_once(" % ").unwrap_or((left.trim(), ""));
    let value = operands.value(operand).map(|value| modulus.parse().map_or(value, |modulus: u128| value % modulus));
    let within = |range: &str| {
        let (first, last) = range.split_once("..").unwrap_or((range, range));
        let bounds = first.trim().parse().ok().zip(last.trim().parse().ok());
        value.zip(bounds).is_some_and(|(value, (first, last))| (first..=last).contains(&value))
    };
    ranges.split(',').any(within) == wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_of_some_numbers() {
        for (data, kind, whole, fraction, expected) in [
            ("en", "cardinal", "1", "", "one"),
            ("en", "cardinal", "1", "0", "other"),
            ("en", "ordinal", "22", "", "two"),
            ("en", "ordinal", "12", "", "other"),
            ("pl", "cardinal", "22", "", "few"),
            ("pl", "cardinal", "12", "", "many"),
            ("pl", "cardinal", "1", "5", "other"),
            ("fr", "cardinal", "1", "5", "one"),
            ("fr", "cardinal", "1000000", "", "many"),
            ("ja", "cardinal", "1", "", "other"),
        ] {
            assert_eq!(category(data, kind, &Operands::new(whole, fraction, 0)), expected, "{data} {whole}.{fraction}");
        }
    }
}
