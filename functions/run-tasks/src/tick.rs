//! A tick: the event of a rule of EventBridge.

use runtime_core::isolate::TRIGGERED_TASKS;
use runtime_core::ports::clock::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

/// How the names of the three rules end, in the order of their tasks.
const ENDINGS: [&str; 3] = ["-every-minute", "-every-hour", "-every-day"];

/// The time of a scheduled task has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// `runEveryMinute`, `runEveryHour` or `runEveryDay`.
    pub task: &'static str,
    /// The time for which the rule was scheduled.
    pub at: Timestamp,
}

/// The event of a rule is not one of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotATick {
    /// No rule of ours has such a name.
    #[error("the event is of none of the rules NAME-every-minute, NAME-every-hour and NAME-every-day: {0}")]
    Rule(String),
    /// When it was scheduled cannot be read.
    #[error("the event of the rule says no time: its `time` should be like 2026-01-01T00:00:00Z")]
    Time,
}

/// What a rule's event says of itself.
#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "detail-type")]
    _detail_type: Box<RawValue>,
    #[serde(default)]
    resources: Vec<String>,
    #[serde(default)]
    time: String,
}

impl Tick {
    /// Reads a payload; `None` if it is no event of EventBridge at all.
    ///
    /// # Errors
    /// When it is one, but of no rule of ours.
    pub fn read(payload: &RawValue) -> Option<Result<Self, NotATick>> {
        let envelope: Envelope = serde_json::from_str(payload.get()).ok()?;
        Some(Self::of(&envelope))
    }

    fn of(envelope: &Envelope) -> Result<Self, NotATick> {
        let rule = envelope.resources.first().map(String::as_str).unwrap_or_default();
        let place = ENDINGS.iter().position(|ending| rule.ends_with(ending));
        let task = TRIGGERED_TASKS[place.ok_or_else(|| NotATick::Rule(rule.to_owned()))?];
        let at: jiff::Timestamp = envelope.time.parse().map_err(|_| NotATick::Time)?;
        Ok(Self { task, at: Timestamp(at.as_millisecond()) })
    }

    /// Whether this comes every minute, with which other work is done too.
    pub fn is_minute(&self) -> bool {
        self.task == TRIGGERED_TASKS[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(payload: &Value) -> Option<Result<Tick, NotATick>> {
        Tick::read(&serde_json::value::to_raw_value(payload).unwrap())
    }

    /// An event as EventBridge writes it.
    fn event(rule: &str, time: &str) -> Value {
        json!({"version": "0", "id": "89d1a02d-5ec7-412e-82f5-13505f849b41", "detail-type": "Scheduled Event",
            "source": "aws.events", "account": "123456789012", "time": time, "region": "eu-west-1",
            "resources": [format!("arn:aws:events:eu-west-1:123456789012:rule/{rule}")], "detail": {}})
    }

    #[test]
    fn a_rule_is_told_by_the_end_of_its_name() {
        for (rule, task) in [
            ("stack-every-minute", "runEveryMinute"),
            ("my-every-minute-stack-every-hour", "runEveryHour"),
            ("stack-every-day", "runEveryDay"),
        ] {
            let tick = read(&event(rule, "2023-01-01T00:01:00Z")).unwrap().unwrap();
            assert_eq!(tick, Tick { task, at: Timestamp(1_672_531_260_000) });
            assert_eq!(tick.is_minute(), task == "runEveryMinute");
        }
    }

    #[test]
    fn other_rules_and_times_are_errors_and_other_payloads_are_no_ticks() {
        let arn = "arn:aws:events:eu-west-1:123456789012:rule/nightly".to_owned();
        assert_eq!(read(&event("nightly", "2023-01-01T00:01:00Z")), Some(Err(NotATick::Rule(arn))));
        assert_eq!(read(&event("a-every-day", "noon")), Some(Err(NotATick::Time)));
        assert_eq!(read(&json!({"detail-type": "x"})), Some(Err(NotATick::Rule(String::new()))));
        assert_eq!([read(&json!({"Records": []})), read(&json!([]))], [None, None]);
    }
}
