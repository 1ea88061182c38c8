//! Events that wait for `exportEvents`: which are kept, and how they are cut into batches (behaviour.md c.4).

use super::members::Member;
use crate::telemetry::{LogLevel, LogSource};
use serde_json::Value;
use serde_json::value::RawValue;
use std::sync::{MutexGuard, PoisonError};

/// The default of `exportEventsBufferBytes`, and its range (behaviour.md c.4, case 113).
const DEFAULT_BATCH_BYTES: usize = 1 << 20;
const MAXIMUM_BATCH_BYTES: usize = 100 << 20;

impl Member {
    /// Keeps an event for `exportEvents`, unless the installation ignores events of that name.
    pub(super) fn buffer_export(&self, name: &str, event: Box<RawValue>) {
        let ignored = self.config_text("exportEventsToIgnore").unwrap_or_default();
        if ignored.split(',').map(str::trim).any(|ignored| !ignored.is_empty() && ignored == name) {
            return;
        }
        self.exports().push(event);
    }

    pub(super) fn exports(&self) -> MutexGuard<'_, Vec<Box<RawValue>>> {
        self.export_buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn config_text(&self, key: &str) -> Option<&str> {
        self.installation().config.get(key).and_then(Value::as_str)
    }

    /// Says which of the app's settings of `exportEvents` are not as they were meant (case 113). `exportEventsBufferSeconds` is checked
    /// and otherwise served by the window of the queue of exports.
    pub(super) fn warn_of_export_settings(&self) {
        let settings = [("exportEventsBufferBytes", 1, MAXIMUM_BATCH_BYTES), ("exportEventsBufferSeconds", 1, 600)];
        for (key, least, most) in settings {
            let Some(text) = self.config_text(key) else { continue };
            if !text.trim().parse::<usize>().is_ok_and(|number| (least..=most).contains(&number)) {
                let text = format!("{key} is \"{text}\": set a whole number from {least} to {most}, or leave it out");
                self.log(LogSource::System, LogLevel::Warn, &text, None);
            }
        }
    }

    pub(super) fn batch_bytes(&self) -> usize {
        batch_bytes(self.config_text("exportEventsBufferBytes"))
    }
}

/// The size limit of a batch by its config value: read as `parseInt` reads, then brought into the range (case 113).
fn batch_bytes(given: Option<&str>) -> usize {
    let text = given.unwrap_or_default().trim_start();
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.find(|character: char| !character.is_ascii_digit()).unwrap_or(digits.len());
    match &digits[..end] {
        "" => DEFAULT_BATCH_BYTES,
        _ if is_negative => 1,
        // Digits alone fail to be a number only if there are too many of them.
        digits => digits.parse().unwrap_or(MAXIMUM_BATCH_BYTES).clamp(1, MAXIMUM_BATCH_BYTES),
    }
}

/// Cuts events into runs whose sizes, in UTF-16 units as the reference counts, add up to at most `limit`; an event over the
/// limit goes alone. A run has at most `most` events.
pub(super) fn batches(events: &[Box<RawValue>], limit: usize, most: usize) -> Vec<&[Box<RawValue>]> {
    let mut batches = Vec::new();
    let (mut start, mut size) = (0, 0);
    for (index, event) in events.iter().enumerate() {
        let event_size = event.get().encode_utf16().count();
        if index > start && (size + event_size > limit || index - start >= most) {
            batches.push(&events[start..index]);
            (start, size) = (index, 0);
        }
        size += event_size;
    }
    if start < events.len() {
        batches.push(&events[start..]);
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(count: usize, size: usize) -> Vec<Box<RawValue>> {
        let text = format!("\"{}\"", "x".repeat(size - 2));
        (0..count).map(|_| RawValue::from_string(text.clone()).expect("valid")).collect()
    }

    #[test]
    fn case_113_a_limit_that_is_no_number_is_the_default_and_others_stay_in_range() {
        let of = |text: &str| batch_bytes(Some(text));
        assert_eq!(batch_bytes(None), 1_048_576);
        assert_eq!([of("abc"), of(""), of("-"), of("x1")], [1_048_576; 4]);
        assert_eq!([of("0"), of("-5"), of("1")], [1; 3]);
        assert_eq!([of(" 1000"), of("+1000"), of("1000.9"), of("1000 bytes")], [1000; 4]);
        assert_eq!([of("104857600"), of("104857601"), of(&"9".repeat(40))], [104_857_600; 3]);
    }

    #[test]
    fn batches_stay_under_the_limit_and_lose_nothing() {
        let lengths = |events: &[Box<RawValue>], limit| -> Vec<usize> {
            batches(events, limit, 50).iter().map(|batch| batch.len()).collect()
        };
        let equal = events(100, 134);
        let cut = lengths(&equal, 1000);
        assert_eq!((cut[0], cut[14], cut.len()), (7, 2, 15));
        assert_eq!(lengths(&equal, 1), vec![1; 100]);
        assert_eq!(lengths(&equal, usize::MAX), [50, 50], "no more than so many events");
        assert!(lengths(&[], 10).is_empty());
    }
}
