//! The times of an event: reading what clients send, and the time at which an event happened.

use super::PluginEvent;
use crate::ports::clock::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::Offset;
use serde_json::Value;

/// A client's clock may be ahead by this much; an event from further ahead gets the time of its arrival (behaviour.md c.2:
/// PostHog's limit is 23 hours).
const FUTURE_LIMIT_MS: i64 = 23 * 3600 * 1000;

/// Reads a time as JavaScript's `new Date(value)` does: ISO 8601 with or without an offset (without one it is UTC, the time
/// zone of isolates), a date alone, RFC 2822, or a number of milliseconds since 1970. `None` where it is no time, or one
/// outside the years 0 to 9999.
pub fn parse_time(value: &Value) -> Option<Timestamp> {
    let milliseconds = match value {
        Value::String(text) => parse_text(text.trim())?,
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a cast from f64 saturates, and the range is checked below"
        )]
        Value::Number(number) => number.as_f64()? as i64,
        _ => return None,
    };
    let time = jiff::Timestamp::from_millisecond(milliseconds).ok()?;
    let year = Offset::UTC.to_datetime(time).year();
    (0..=9999).contains(&year).then_some(Timestamp(milliseconds))
}

fn parse_text(text: &str) -> Option<i64> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some(time.as_millisecond());
    }
    if let Ok(time) = text.parse::<DateTime>() {
        return Some(Offset::UTC.to_timestamp(time).ok()?.as_millisecond());
    }
    rfc2822::parse(text).ok().map(|time| time.timestamp().as_millisecond())
}

/// The ISO text of a time that came in: kept letter by letter if it is ISO 8601 with an offset already (it may be finer than
/// a millisecond), else rewritten. `None` where it is no time.
pub(crate) fn iso_text(value: &Value) -> Option<String> {
    let time = parse_time(value)?;
    match value {
        Value::String(text) if text.as_bytes().get(10) == Some(&b'T') && text.parse::<jiff::Timestamp>().is_ok() => {
            Some(text.clone())
        }
        _ => Some(time.to_string()),
    }
}

impl PluginEvent {
    /// When the event happened, by the server's clock: `timestamp` is by the client's, and the difference of the two is what
    /// `sent_at` (the client's clock when it sent the event) and `now` (the server's when it came in) show. So it is
    /// `now + (timestamp - sent_at)`; without `sent_at`, or with `properties.$ignore_sent_at`, it is `timestamp`.
    ///
    /// As in PostHog this comes after the chain: apps see, and may set, the `timestamp` of the client. A `timestamp` that is
    /// no time, or more than 23 hours ahead of `now`, counts as `now`. `None` if the event has none of the times.
    pub fn happened_at(&self) -> Option<Timestamp> {
        let time = |member: &str| self.members.get(member).and_then(parse_time);
        let now = time("now");
        let Some(timestamp) = time("timestamp") else { return now };
        let Some(now) = now else { return Some(timestamp) };
        let ignores = self.property("$ignore_sent_at").is_some_and(super::text::is_truthy);
        let corrected = match time("sent_at") {
            Some(sent_at) if !ignores => now.0.saturating_add(timestamp.0.saturating_sub(sent_at.0)),
            _ => timestamp.0,
        };
        if corrected.saturating_sub(now.0) > FUTURE_LIMIT_MS {
            return Some(now);
        }
        Some(parse_time(&Value::from(corrected)).unwrap_or(now))
    }

    /// The ISO text of [`PluginEvent::happened_at`]; the `timestamp` itself, letter by letter, where there is nothing to
    /// correct.
    pub(crate) fn happened_at_text(&self) -> Option<String> {
        let time = self.happened_at()?;
        let timestamp = self.members.get("timestamp");
        match timestamp.filter(|value| parse_time(value) == Some(time)).and_then(iso_text) {
            Some(text) => Some(text),
            None => Some(time.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(members: Value) -> PluginEvent {
        PluginEvent { members: members.as_object().unwrap().clone() }
    }

    #[test]
    fn reads_what_new_date_reads() {
        for text in [
            "2023-01-01T10:00:00Z",
            "2023-01-01T10:00:00.000Z",
            "2023-01-01T12:00:00+02:00",
            "2023-01-01T12:00:00+0200",
            "2023-01-01T10:00:00",
            "2023-01-01 10:00:00",
            "2023-01-01 10:00:00.000000+00:00",
            " 2023-01-01T10:00Z ",
            "Sun, 01 Jan 2023 10:00:00 GMT",
        ] {
            assert_eq!(parse_time(&json!(text)), Some(Timestamp(1_672_567_200_000)), "{text}");
        }
        assert_eq!(parse_time(&json!("2023-01-01")), Some(Timestamp(1_672_531_200_000)));
        assert_eq!(parse_time(&json!(1_672_531_200_000_i64)), Some(Timestamp(1_672_531_200_000)));
        for value in
            [json!("yesterday"), json!(""), json!(1e300), json!(null), json!({}), json!("-002023-01-01T00:00:00Z")]
        {
            assert_eq!(parse_time(&value), None, "{value}");
        }
    }

    #[test]
    fn iso_text_keeps_precision_and_rewrites_the_rest() {
        assert_eq!(iso_text(&json!("2023-01-01T10:00:00.123456+02:00")).unwrap(), "2023-01-01T10:00:00.123456+02:00");
        assert_eq!(iso_text(&json!("2023-01-01 10:00:00")).unwrap(), "2023-01-01T10:00:00.000Z");
        assert_eq!(iso_text(&json!(0)).unwrap(), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn a_clock_that_is_off_is_corrected() {
        let mut skewed = event(json!({
            "timestamp": "2023-01-01T11:00:00Z", "sent_at": "2023-01-01T11:00:05Z", "now": "2023-01-01T10:00:06Z"}));
        assert_eq!(skewed.happened_at_text().unwrap(), "2023-01-01T10:00:01.000Z");
        skewed.members.insert("properties".into(), json!({"$ignore_sent_at": true}));
        assert_eq!(skewed.happened_at_text().unwrap(), "2023-01-01T11:00:00Z");
    }

    #[test]
    fn far_ahead_or_unreadable_counts_as_now() {
        let now = "2023-01-01T00:00:00.000Z";
        for timestamp in ["2023-01-01T23:00:00.001Z", "nonsense"] {
            assert_eq!(event(json!({"timestamp": timestamp, "now": now})).happened_at_text().unwrap(), now);
        }
        let ahead = "2023-01-01T23:00:00.000Z";
        assert_eq!(event(json!({"timestamp": ahead, "now": now})).happened_at_text().unwrap(), ahead);
        assert_eq!(event(json!({})).happened_at(), None);
    }
}
