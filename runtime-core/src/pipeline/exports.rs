//! `exportEvents`: events are kept until the end of the run or of the invocation, then handed over in batches of bounded size
//! (behaviour.md c.4). Windows, retries and frozen batches need the queue that a later release brings.

use super::Pipeline;
use super::calls::{Invocation, Subject, Tails};
use super::members::Member;
use super::report::Counts;
use crate::isolate::Function;
use serde_json::value::RawValue;

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
        self.export_buffer.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(event);
    }

    fn config_text(&self, key: &str) -> Option<&str> {
        self.installation().config.get(key).and_then(serde_json::Value::as_str)
    }

    fn batch_bytes(&self) -> usize {
        let given = self.config_text("exportEventsBufferBytes").and_then(|text| text.trim().parse::<usize>().ok());
        given.unwrap_or(DEFAULT_BATCH_BYTES).clamp(1, MAXIMUM_BATCH_BYTES)
    }
}

impl Pipeline {
    /// Hands every waiting event to its `exportEvents`. Failures are logged and final.
    pub async fn flush_exports(&self) {
        for member in &self.members {
            let waiting =
                std::mem::take(&mut *member.export_buffer.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
            for batch in batches(&waiting, member.batch_bytes()) {
                let json = serde_json::to_string(batch).expect("raw JSON values have a JSON form");
                let id = format!("export-{}-{}", member.installation().id, Counts::get(&self.counts.exported));
                let mut tails = Tails::default();
                let subject = Subject { id: &id, is_event: false, hops: 0 };
                let report =
                    self.call(member, Invocation::with(Function::ExportEvents, json), subject, &mut tails).await;
                if report.result.is_ok() {
                    Counts::add(&self.counts.exported, batch.len());
                }
                if let Err(error) = self.end_tails(tails).await {
                    self.log_lost_tail(member, &error);
                }
            }
        }
    }

    fn log_lost_tail(&self, member: &Member, error: &crate::ports::Unavailable) {
        let message = format!("what exportEvents left behind could not end: {error}");
        member.log(crate::telemetry::LogSource::System, crate::telemetry::LogLevel::Error, &message, None);
    }
}

/// Cuts events into runs whose sizes, in UTF-16 units as the reference counts, add up to at most `limit`; an event over the
/// limit goes alone.
fn batches(events: &[Box<RawValue>], limit: usize) -> Vec<&[Box<RawValue>]> {
    let mut batches = Vec::new();
    let (mut start, mut size) = (0, 0);
    for (index, event) in events.iter().enumerate() {
        let event_size = event.get().encode_utf16().count();
        if index > start && size + event_size > limit {
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
    fn batches_stay_under_the_limit_and_lose_nothing() {
        let lengths = |events: &[Box<RawValue>], limit| -> Vec<usize> {
            batches(events, limit).iter().map(|batch| batch.len()).collect()
        };
        let equal = events(100, 134);
        let cut = lengths(&equal, 1000);
        assert_eq!((cut[0], cut[14], cut.len()), (7, 2, 15));
        assert_eq!(lengths(&equal, 1), vec![1; 100]);
        assert!(lengths(&[], 10).is_empty());
    }
}
