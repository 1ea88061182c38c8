//! The numbers of the behaviour cases.

use std::collections::BTreeSet;

/// The highest number.
pub const LAST_CASE: u16 = 180;

/// The case that a test belongs to: `NNN` of the first `case_NNN_` in its name, if there is such a case.
pub fn case_number(test: &str) -> Option<u16> {
    test.match_indices("case_").find_map(|(start, prefix)| {
        let (digits, rest) = test[start + prefix.len()..].split_at_checked(3)?;
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit()) && rest.starts_with('_');
        let number: u16 = is_number.then(|| digits.parse().ok())??;
        (1..=LAST_CASE).contains(&number).then_some(number)
    })
}

/// Numbers as people write them: `1-42, 44, 46-98`; `none` for no number.
pub fn ranges(numbers: &BTreeSet<u16>) -> String {
    let mut runs: Vec<(u16, u16)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => runs.push((*number, *number)),
        }
    }
    let texts: Vec<String> = runs
        .into_iter()
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") })
        .collect();
    if texts.is_empty() { "none".to_owned() } else { texts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_carries_a_three_digit_number() {
        assert_eq!(case_number("runtime-core cache::tests::case_134_lpush_lrange_expire"), Some(134));
        assert_eq!(case_number("tests::it showcase_item::case_001_empty_source"), Some(1));
        for other in ["case_13_short", "case_1345_long", "case_134", "case_000_none", "case_181_beyond", "upper_case_é"]
        {
            assert_eq!(case_number(other), None, "{other}");
        }
    }

    #[test]
    fn neighbours_are_written_as_a_range() {
        assert_eq!(ranges(&BTreeSet::from([1, 2, 3, 5, 7, 8])), "1-3, 5, 7-8");
        assert_eq!(ranges(&BTreeSet::new()), "none");
    }
}
