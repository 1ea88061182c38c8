//! `exportEvents`: events are kept until the end of the run or of the invocation, then handed over in batches of bounded size
//! (behaviour.md c.4). A batch that cannot be exported is frozen: it is tried again as it is, under the same id (cases 110-112).

use super::Pipeline;
use super::calls::{Invocation, Subject, Tails};
use super::continuation::{Continuation, Progress, Stage};
use super::members::Member;
use super::report::Counts;
use crate::event::WorkUnit;
use crate::isolate::Function;
use crate::ports::Unavailable;
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

    fn exports(&self) -> MutexGuard<'_, Vec<Box<RawValue>>> {
        self.export_buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn config_text(&self, key: &str) -> Option<&str> {
        self.installation().config.get(key).and_then(serde_json::Value::as_str)
    }

    fn batch_bytes(&self) -> usize {
        batch_bytes(self.config_text("exportEventsBufferBytes"))
    }
}

impl Pipeline {
    /// Hands every waiting event to its `exportEvents`.
    ///
    /// # Errors
    /// When a batch could neither be exported nor stored for later. Its events, and those behind them, wait for the next time.
    pub async fn flush_exports(&self) -> Result<(), Unavailable> {
        for member in &self.members {
            self.flush_exports_of(member).await?;
        }
        Ok(())
    }

    /// Hands the waiting events of one app to its `exportEvents`.
    pub(super) async fn flush_exports_of(&self, member: &Member) -> Result<(), Unavailable> {
        let waiting = std::mem::take(&mut *member.exports());
        let mut done = 0;
        for batch in batches(&waiting, member.batch_bytes()) {
            let id = batch_id(member, batch);
            if let Err(error) = self.export(member, batch, &id, Progress::first(0)).await {
                member.exports().splice(0..0, waiting.into_iter().skip(done));
                return Err(error);
            }
            done += batch.len();
        }
        Ok(())
    }

    /// Exports one batch.
    pub(super) async fn export(
        &self,
        member: &Member,
        batch: &[Box<RawValue>],
        batch_id: &str,
        progress: Progress,
    ) -> Result<(), Unavailable> {
        let mut tails = Tails::default();
        let subject = Subject::batch(batch_id, progress, batch.len());
        let called =
            self.call(member, Invocation::with(Function::ExportEvents, json_of(batch)), subject, &mut tails).await;
        let work = || {
            let stage = Stage::Export { installation: member.installation().id, batch_id: batch_id.to_owned() };
            Continuation::of_batch(stage, progress, batch.to_vec())
        };
        if self.end_call(member, called, tails, work).await?.is_some() {
            Counts::add(&self.counts.exported, batch.len());
        }
        Ok(())
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

fn json_of(batch: &[Box<RawValue>]) -> String {
    serde_json::to_string(batch).expect("raw JSON values have a JSON form")
}

/// The same for the same events, so that a batch that is put together again is the same batch.
fn batch_id(member: &Member, batch: &[Box<RawValue>]) -> String {
    let work = WorkUnit {
        subject: &json_of(batch),
        stage: "batch",
        installation: member.installation().id,
        function: "exportEvents",
        attempt: 1,
    };
    format!("batch-{}", work.id())
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
            batches(events, limit).iter().map(|batch| batch.len()).collect()
        };
        let equal = events(100, 134);
        let cut = lengths(&equal, 1000);
        assert_eq!((cut[0], cut[14], cut.len()), (7, 2, 15));
        assert_eq!(lengths(&equal, 1), vec![1; 100]);
        assert!(lengths(&[], 10).is_empty());
    }
}
