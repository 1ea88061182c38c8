//! Why a behaviour case has no test yet, and whose work it is: `tests/cases.json`.

use super::numbers::LAST_CASE;
use crate::Error;
use serde_json::Value;
use std::collections::BTreeSet;

const NO_REASON: &str = "no reason recorded in tests/cases.json";

/// One entry: the cases `from` to `to`, both included.
#[derive(Debug)]
struct Entry {
    from: u16,
    to: u16,
    text: String,
}

/// The recorded reasons.
#[derive(Debug)]
pub struct Reasons {
    entries: Vec<Entry>,
}

impl Reasons {
    /// Reads `{"cases": [{"from": 173, "to": 180, "owner": "operations", "reason": "..."}]}`. Refuses an entry that lacks a
    /// member, that ends before it starts, or that shares a case with an earlier one.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let refuse = |problem: &str| Error::new(format!("tests/cases.json: {problem}"));
        let value: Value = serde_json::from_str(text).map_err(|error| refuse(&error.to_string()))?;
        let list = value["cases"].as_array().ok_or_else(|| refuse("there is no list `cases`"))?;
        let mut entries: Vec<Entry> = Vec::new();
        for item in list {
            let number = |key: &str| item[key].as_u64().and_then(|number| u16::try_from(number).ok());
            let (Some(from), Some(to), Some(reason), Some(owner)) =
                (number("from"), number("to"), item["reason"].as_str(), item["owner"].as_str())
            else {
                return Err(refuse(&format!("{item} needs the numbers from and to and the texts reason and owner")));
            };
            if from == 0 || from > to || to > LAST_CASE {
                return Err(refuse(&format!("{from}-{to} is no range of 1-{LAST_CASE}")));
            }
            if entries.iter().any(|entry| from <= entry.to && entry.from <= to) {
                return Err(refuse(&format!("{from}-{to} overlaps another entry")));
            }
            entries.push(Entry { from, to, text: format!("{reason} ({owner})") });
        }
        Ok(Self { entries })
    }

    /// Sorts cases by reason, `reason (owner)`, in the order of the file; last those for which none is recorded.
    pub fn group(&self, numbers: &BTreeSet<u16>) -> Vec<(&str, BTreeSet<u16>)> {
        let mut groups = Vec::new();
        let mut rest = numbers.clone();
        for entry in &self.entries {
            let group: BTreeSet<u16> = rest.range(entry.from..=entry.to).copied().collect();
            rest.retain(|number| !group.contains(number));
            if !group.is_empty() {
                groups.push((entry.text.as_str(), group));
            }
        }
        if !rest.is_empty() {
            groups.push((NO_REASON, rest));
        }
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_grouped_by_reason() {
        let reasons =
            Reasons::parse(r#"{"cases": [{"from": 173, "to": 180, "owner": "operations", "reason": "no API"}]}"#);
        let reasons = reasons.expect("the text is valid");
        let groups = reasons.group(&BTreeSet::from([5, 174, 175]));
        assert_eq!(groups, [("no API (operations)", BTreeSet::from([174, 175])), (NO_REASON, BTreeSet::from([5]))]);
    }

    #[test]
    fn nonsense_is_refused() {
        for (text, part) in [
            ("{}", "`cases`"),
            (r#"{"cases": [{"from": 1, "to": 2, "reason": "r"}]}"#, "owner"),
            (r#"{"cases": [{"from": 3, "to": 2, "reason": "r", "owner": "o"}]}"#, "3-2"),
            (r#"{"cases": [{"from": 3, "to": 200, "reason": "r", "owner": "o"}]}"#, "3-200"),
            (
                r#"{"cases": [{"from": 1, "to": 5, "reason": "r", "owner": "o"}, {"from": 5, "to": 6, "reason": "r", "owner": "o"}]}"#,
                "overlaps",
            ),
        ] {
            let error = Reasons::parse(text).unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
        }
    }

    #[test]
    fn the_recorded_reasons_are_readable() {
        let path = crate::workspace::root().join("tests/cases.json");
        Reasons::parse(&std::fs::read_to_string(path).expect("the file exists")).expect("the file is valid");
    }
}
