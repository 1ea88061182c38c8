//! `meta.jobs`: work for later (behaviour.md b.4).

use crate::event::InstallationId;
use crate::ports::clock::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(super) const SOURCE: &str = include_str!("jobs.js");

/// When a job is due, as the app said it; units are resolved on the JavaScript side.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DueTime {
    /// Milliseconds from now; negative is now.
    In(f64),
    /// Milliseconds since 1970.
    At(f64),
}

impl DueTime {
    /// The time, given what time it is.
    pub fn resolve(self, now: Timestamp) -> Timestamp {
        #[expect(clippy::cast_possible_truncation, reason = "saturates, which is what a delay beyond all time means")]
        match self {
            Self::In(milliseconds) => Timestamp(now.0.saturating_add(milliseconds as i64)),
            Self::At(milliseconds) => Timestamp(milliseconds as i64),
        }
    }
}

/// A queued job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobMessage {
    /// The format, so that a newer release can still read it (design decision 19).
    #[serde(rename = "v")]
    pub version: u32,
    /// Whose job.
    pub installation: InstallationId,
    /// Its key in `exports.jobs`; any text, checked only when it runs.
    pub name: String,
    /// What it is called with; none if the app gave nothing.
    pub payload: Option<Value>,
    /// How many captures led here.
    pub hops: u32,
}

impl JobMessage {
    /// The format that this release writes.
    pub const VERSION: u32 = 1;

    /// As JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a message of plain data always has a JSON form")
    }

    /// Whether a payload is there as JavaScript sees it; without one the function is called with `meta` alone (case 150).
    pub fn is_truthy(payload: Option<&Value>) -> bool {
        match payload {
            None | Some(Value::Null | Value::Bool(false)) => false,
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Number(number)) => number.as_f64().is_none_or(|number| number != 0.0),
            Some(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_falsy_payload_is_none() {
        for falsy in [None, Some(json!(null)), Some(json!(0)), Some(json!("")), Some(json!(false))] {
            assert!(!JobMessage::is_truthy(falsy.as_ref()), "{falsy:?}");
        }
        assert!(JobMessage::is_truthy(Some(&json!({}))));
        assert!(JobMessage::is_truthy(Some(&json!("x"))));
    }

    #[test]
    fn due_times_are_from_now_or_absolute() {
        assert_eq!(DueTime::In(1500.0).resolve(Timestamp(10)), Timestamp(1510));
        assert_eq!(DueTime::At(5.0).resolve(Timestamp(10)), Timestamp(5));
    }
}
