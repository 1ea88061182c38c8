//! What Lambda makes of a function's answer to a batch of messages, with `ReportBatchItemFailures`.
//!
//! By AWS's documentation ("Reporting batch item failures"): an empty or null list, and an empty or null answer, mean that all
//! messages were worked on; an error, an answer that is not of this form, and an identifier that is empty, null or under another
//! name, that none were. A message that the batch does not have makes the answer one that cannot be trusted: none were.

use crate::runtime_api::Answer;
use serde_json::Value;
use std::collections::BTreeSet;

/// Which messages go, and which come again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All are deleted but these, by their ids.
    AllBut(BTreeSet<String>),
    /// None is deleted; why.
    None(String),
}

impl Verdict {
    /// Judges the answer to a batch of messages with these ids.
    pub fn of<'a>(answer: &Answer, ids: impl IntoIterator<Item = &'a str>) -> Self {
        let response = match answer {
            Answer::Response(response) => response,
            Answer::Error { kind, message } => return Self::None(format!("the function failed: {kind}: {message}")),
        };
        match failures(response, &ids.into_iter().collect()) {
            Ok(failures) => Self::AllBut(failures),
            Err(reason) => Self::None(reason),
        }
    }

    /// Whether the message of that id is deleted.
    #[must_use]
    pub fn deletes(&self, id: &str) -> bool {
        matches!(self, Self::AllBut(failures) if !failures.contains(id))
    }
}

fn failures(response: &Value, ids: &BTreeSet<&str>) -> Result<BTreeSet<String>, String> {
    let list = match response {
        Value::Null => return Ok(BTreeSet::new()),
        Value::Object(members) => match members.get("batchItemFailures") {
            None if members.is_empty() => return Ok(BTreeSet::new()),
            None => return Err("the answer has no batchItemFailures".to_owned()),
            Some(Value::Null) => return Ok(BTreeSet::new()),
            Some(Value::Array(list)) => list,
            Some(other) => return Err(format!("batchItemFailures is no list: {other}")),
        },
        other => return Err(format!("the answer is no object: {other}")),
    };
    let mut failures = BTreeSet::new();
    for item in list {
        match item.get("itemIdentifier") {
            Some(Value::String(id)) if ids.contains(id.as_str()) => _ = failures.insert(id.clone()),
            Some(Value::String(id)) => return Err(format!("no message of the batch has the itemIdentifier {id:?}")),
            _ => return Err(format!("a failure has no itemIdentifier that is text: {item}")),
        }
    }
    Ok(failures)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(response: Value) -> Verdict {
        Verdict::of(&Answer::Response(response), ["a", "b"])
    }

    fn is_none(verdict: &Verdict) -> bool {
        matches!(verdict, Verdict::None(_)) && !verdict.deletes("a") && !verdict.deletes("b")
    }

    #[test]
    fn nothing_named_is_a_complete_success() {
        for response in [json!(null), json!({}), json!({"batchItemFailures": null}), json!({"batchItemFailures": []})] {
            let verdict = of(response.clone());
            assert!(verdict.deletes("a") && verdict.deletes("b"), "{response}");
        }
    }

    #[test]
    fn only_what_is_named_comes_again() {
        let verdict = of(json!({"batchItemFailures": [{"itemIdentifier": "b"}]}));
        assert!(verdict.deletes("a") && !verdict.deletes("b"));
    }

    #[test]
    fn what_cannot_be_trusted_fails_the_whole_batch() {
        for response in [
            json!({"batchItemFailures": [{"itemIdentifier": ""}]}),
            json!({"batchItemFailures": [{"itemIdentifier": null}]}),
            json!({"batchItemFailures": [{"itemIdentifier": "c"}]}),
            json!({"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "c"}]}),
            json!({"batchItemFailures": [{"id": "a"}]}),
            json!({"batchItemFailures": ["a"]}),
            json!({"batchItemFailures": "a"}),
            json!({"failures": []}),
            json!("ok"),
            json!([]),
        ] {
            assert!(is_none(&of(response.clone())), "{response}");
        }
        let error = Answer::Error { kind: "Unhandled".to_owned(), message: "no".to_owned() };
        assert!(is_none(&Verdict::of(&error, ["a", "b"])));
    }
}
