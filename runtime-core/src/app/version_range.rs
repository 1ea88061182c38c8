//! npm's version ranges, as far as plugin.json's `posthogVersion` needs them (behaviour.md d).

use std::cmp::Ordering;

/// The version of PostHog that hedgerow answers as: the last one that the reference's apps could ask for.
pub(crate) const ANSWERED_VERSION: [u64; 3] = [1, 43, 0];

/// Whether `version` is in `range`: alternatives with `||`, comparators beside each other, `^`, `~`, x-ranges, `a - b`.
///
/// # Errors
/// The part of the range that is not understood.
pub(crate) fn matches(range: &str, version: [u64; 3]) -> Result<bool, String> {
    let mut matched = false;
    for alternative in range.split("||") {
        let comparators = parse_alternative(alternative.trim())?;
        matched |= comparators.iter().all(|comparator| comparator.holds(version));
    }
    Ok(matched)
}

/// A version of a range: what is left out or `x` is None.
#[derive(Debug, Clone, Copy)]
struct Partial {
    numbers: [Option<u64>; 3],
    is_prerelease: bool,
}

/// One bound.
#[derive(Debug, Clone, Copy)]
struct Comparator {
    operator: Operator,
    bound: Bound,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Operator {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A complete version; a prerelease comes right before the release of the same numbers.
#[derive(Debug, Clone, Copy)]
struct Bound {
    numbers: [u64; 3],
    is_prerelease: bool,
}

impl Comparator {
    fn new(operator: Operator, numbers: [u64; 3], is_prerelease: bool) -> Self {
        Self { operator, bound: Bound { numbers, is_prerelease } }
    }

    fn holds(&self, version: [u64; 3]) -> bool {
        let against_prerelease = if self.bound.is_prerelease { Ordering::Greater } else { Ordering::Equal };
        let ordering = version.cmp(&self.bound.numbers).then(against_prerelease);
        match self.operator {
            Operator::Less => ordering.is_lt(),
            Operator::LessOrEqual => ordering.is_le(),
            Operator::Greater => ordering.is_gt(),
            Operator::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

impl Partial {
    fn parse(text: &str) -> Result<Self, String> {
        let unreadable = || format!("\"{text}\" is not a version");
        let bare = text.trim_start_matches(['v', '=']);
        let (bare, _build) = bare.split_once('+').unwrap_or((bare, ""));
        let (bare, prerelease) = bare.split_once('-').unwrap_or((bare, ""));
        let mut numbers = [None; 3];
        let parts: Vec<&str> = if bare.is_empty() { Vec::new() } else { bare.split('.').collect() };
        if parts.len() > 3 || (bare.is_empty() && bare.len() != text.len()) {
            return Err(unreadable());
        }
        for (number, part) in numbers.iter_mut().zip(parts) {
            *number = match part {
                "x" | "X" | "*" => break,
                digits => Some(digits.parse().map_err(|_| unreadable())?),
            };
        }
        Ok(Self { numbers, is_prerelease: !prerelease.is_empty() })
    }

    /// The lowest version of this shape.
    fn lowest(&self) -> [u64; 3] {
        self.numbers.map(Option::unwrap_or_default)
    }

    /// How many numbers are given.
    fn given(&self) -> usize {
        self.numbers.iter().take_while(|number| number.is_some()).count()
    }

    /// The first version after all that agree with this one in the first `kept` numbers; None if there is no such end.
    fn after(&self, kept: usize) -> Option<[u64; 3]> {
        let mut numbers = self.lowest();
        let last = kept.checked_sub(1)?;
        numbers[last] += 1;
        numbers[last + 1..].fill(0);
        Some(numbers)
    }

    fn at_least(&self) -> Comparator {
        Comparator::new(Operator::GreaterOrEqual, self.lowest(), self.is_prerelease)
    }

    /// From this version up to where the first `kept` numbers change.
    fn span(&self, kept: usize) -> Vec<Comparator> {
        let end = self.after(kept).map(|numbers| Comparator::new(Operator::Less, numbers, false));
        std::iter::once(self.at_least()).chain(end).collect()
    }
}

fn parse_alternative(text: &str) -> Result<Vec<Comparator>, String> {
    let tokens = join_operators(text);
    if let [low, hyphen, high] = tokens.as_slice()
        && hyphen == "-"
    {
        let (low, high) = (Partial::parse(low)?, Partial::parse(high)?);
        let mut comparators = vec![low.at_least()];
        comparators.extend(parse_bound("<=", high));
        return Ok(comparators);
    }
    let mut comparators = Vec::new();
    for token in &tokens {
        let length = token.len() - token.trim_start_matches(['<', '>', '=', '^', '~']).len();
        let (operator, version) = token.split_at(length);
        if !["", "=", "==", "<", "<=", ">", ">=", "^", "~", "~>"].contains(&operator) {
            return Err(format!("\"{operator}\" is not an operator"));
        }
        comparators.extend(parse_bound(operator, Partial::parse(version)?));
    }
    Ok(comparators)
}

/// The words of an alternative; an operator that stands alone (`>= 1.2`) joins the next word.
fn join_operators(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut operator = String::new();
    for word in text.split([' ', '\t', '\n', ',']).filter(|word| !word.is_empty()) {
        operator.push_str(word);
        if !word.chars().all(|character| "<>=^~".contains(character)) {
            tokens.push(std::mem::take(&mut operator));
        }
    }
    if !operator.is_empty() {
        tokens.push(operator);
    }
    tokens
}

fn parse_bound(operator: &str, version: Partial) -> Vec<Comparator> {
    let given = version.given();
    let exact = |operator| vec![Comparator::new(operator, version.lowest(), version.is_prerelease)];
    let beyond = |operator| version.after(given).map(|numbers| Comparator::new(operator, numbers, false));
    // A caret keeps everything up to the first number that is not zero.
    let first_not_zero = version.lowest().iter().position(|&number| number != 0).map_or(3, |index| index + 1);
    match operator {
        "^" => version.span(first_not_zero.min(given)),
        "~" | "~>" => version.span(given.min(2)),
        "<" => exact(Operator::Less),
        ">=" => exact(Operator::GreaterOrEqual),
        "<=" if given < 3 => beyond(Operator::Less).into_iter().collect(),
        "<=" => exact(Operator::LessOrEqual),
        // Nothing is greater than every version.
        ">" if given < 3 => {
            vec![beyond(Operator::GreaterOrEqual).unwrap_or(Comparator::new(Operator::Less, [0; 3], false))]
        }
        ">" => exact(Operator::Greater),
        _ if given == 3 => [exact(Operator::GreaterOrEqual), exact(Operator::LessOrEqual)].concat(),
        _ => version.span(given),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_hold() {
        for range in [
            "",
            "*",
            "x",
            "1",
            "1.x",
            "1.43",
            "1.43.x",
            "1.43.0",
            "=1.43.0",
            "v1.43.0",
            ">=1.26.0",
            ">= 1.26.0",
            "> 1.42",
            ">=1.25.0 <2",
            ">=1.25.0, <2",
            "^1.20.0",
            "^1",
            "~1.43.0",
            "~1",
            "<=1.43",
            "<1.43.1",
            "1.40.0 - 1.43",
            "1.2 - 1",
            "0.1.0 || >=1.43.0",
            "<1 || ^1.43",
            ">=1.43.0-beta.1",
            "1.43.0+build",
            ">1.43.0-rc.1",
            "<2.0.0-alpha",
        ] {
            assert_eq!(matches(range, ANSWERED_VERSION), Ok(true), "{range}");
        }
    }

    #[test]
    fn ranges_that_do_not_hold() {
        for range in [
            "2",
            "0.x",
            ">1.43",
            ">1.43.0",
            "<1.43",
            "<1.43.0",
            "<=1.42",
            "^0.43.0",
            "^2",
            "~1.42.0",
            "1.44.0",
            "1.44 - 2",
            "1.0 - 1.42",
            ">=2 || <1.43",
            ">=1.26.0 <1.40",
            ">*",
            "1.43.0-beta.1",
        ] {
            assert_eq!(matches(range, ANSWERED_VERSION), Ok(false), "{range}");
        }
    }

    #[test]
    fn ranges_that_cannot_be_read() {
        for range in ["abc", "1.2.3.4", ">>1", "1..2", ">=1.a", "=>1.0.0", "1.0 -", "~^1"] {
            assert!(matches(range, ANSWERED_VERSION).is_err(), "{range}");
        }
    }

    #[test]
    fn carets_keep_the_first_number_that_is_not_zero() {
        assert_eq!(matches("^0.2.3", [0, 2, 9]), Ok(true));
        assert_eq!(matches("^0.2.3", [0, 3, 0]), Ok(false));
        assert_eq!(matches("^0.0.3", [0, 0, 4]), Ok(false));
        assert_eq!(matches("^0.0", [0, 0, 4]), Ok(true));
        assert_eq!(matches("^0", [0, 9, 4]), Ok(true));
    }
}
