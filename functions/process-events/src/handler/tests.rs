//! The handler over processors that do what the body of a record says.

use super::*;
use async_trait::async_trait;
use runtime_core::ports::Unavailable;
use runtime_core::ports::dead_letters::DeadLetterReason;
use serde_json::{Value, json};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// `done`, `again`, `panic`, `hang`, `slow`; notes what it was given.
#[derive(Default)]
struct Obedient {
    seen: Mutex<Vec<String>>,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    flushed: AtomicUsize,
    /// Whether the end of the invocation fails.
    flush_fails: bool,
    ran_due: AtomicUsize,
}

#[async_trait]
impl RecordProcessor for Obedient {
    async fn process(&self, record: Record) -> RecordOutcome {
        self.seen.lock().unwrap().push(record.message_id.clone());
        self.most_at_once.fetch_max(self.at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let outcome = match record.body.as_slice() {
            b"again" => RecordOutcome::Redeliver { reason: "asked to".into() },
            b"panic" => panic!("a record that nobody foresaw"),
            b"hang" => std::future::pending().await,
            b"slow" => {
                tokio::time::sleep(Duration::from_secs(20)).await;
                RecordOutcome::Done
            }
            _ => RecordOutcome::Done,
        };
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        outcome
    }

    async fn import(&self, _record: Record, _reason: DeadLetterReason, _message: String) -> RecordOutcome {
        RecordOutcome::Done
    }

    async fn process_all(&self, _records: Vec<Record>) -> Vec<RecordOutcome> {
        Vec::new()
    }

    async fn trigger(&self, _task: &str, _at: Timestamp) -> Result<usize, Unavailable> {
        Ok(0)
    }

    async fn flush(&self) -> RecordOutcome {
        self.flushed.fetch_add(1, Ordering::SeqCst);
        if self.flush_fails { RecordOutcome::Redeliver { reason: "asked to".into() } } else { RecordOutcome::Done }
    }

    async fn run_due(&self) {
        self.ran_due.fetch_add(1, Ordering::SeqCst);
        std::future::pending().await
    }
}

fn messages(bodies: &[&str]) -> Value {
    bodies.iter().enumerate().map(|(index, body)| json!({"messageId": format!("m{index}"), "body": body})).collect()
}

/// Runs an invocation of so many seconds; the time is tokio's, which these tests hold still.
async fn answer(processor: &Arc<Obedient>, messages: Value, seconds: u64) -> Result<Vec<String>, UnnamedFailures> {
    let settings = Settings {
        record_concurrency: 3,
        start_margin: Duration::from_secs(40),
        answer_margin: Duration::from_secs(1),
        installations: "installations.json".into(),
        state: "state".into(),
        output: "events.jsonl".into(),
    };
    let handler = Handler::new(Arc::clone(processor) as Arc<dyn RecordProcessor>, &settings);
    let pending = pending(serde_json::from_value(messages).unwrap(), "request", Timestamp(0));
    let response = handler.process(pending, Instant::now() + Duration::from_secs(seconds)).await?;
    let mut failures: Vec<String> =
        response.batch_item_failures.into_iter().filter_map(|item| item.item_identifier.into()).collect();
    failures.sort();
    Ok(failures)
}

#[tokio::test(start_paused = true)]
async fn each_record_has_its_own_fate() {
    let processor = Arc::default();
    let failures = answer(&processor, messages(&["done", "panic", "again", "done", ""]), 300).await.unwrap();
    assert_eq!(failures, ["m1", "m2"]);
    assert_eq!(processor.seen.lock().unwrap().len(), 5);
    assert_eq!(processor.flushed.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn no_messages_are_no_failures() {
    assert!(answer(&Arc::default(), json!([]), 300).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn records_run_at_the_same_time_up_to_the_limit() {
    let processor: Arc<Obedient> = Arc::default();
    let failures = answer(&processor, messages(&["slow"; 7]), 300).await.unwrap();
    assert!(failures.is_empty());
    assert_eq!(processor.most_at_once.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn with_little_time_left_nothing_more_is_started() {
    let processor: Arc<Obedient> = Arc::default();
    // Three at once, 20 s each: at 0 s and 20 s there is time for more, at 40 s only 39.9 s are left.
    let failures = answer(&processor, messages(&["slow"; 8]), 79).await.unwrap();
    assert_eq!(failures, ["m6", "m7"]);
    assert_eq!(answer(&processor, messages(&["done"]), 40).await.unwrap(), ["m0"], "at the margin none is started");
}

#[tokio::test(start_paused = true)]
async fn what_hangs_is_named_and_the_rest_is_acknowledged() {
    let processor: Arc<Obedient> = Arc::default();
    let begun = Instant::now();
    let failures = answer(&processor, messages(&["hang", "done", "done"]), 60).await.unwrap();
    assert_eq!(failures, ["m0"]);
    assert_eq!(begun.elapsed(), Duration::from_secs(59));
}

#[tokio::test(start_paused = true)]
async fn suspects_run_last() {
    let processor: Arc<Obedient> = Arc::default();
    let messages = json!([
        {"messageId": "second", "body": "done", "attributes": {"ApproximateReceiveCount": "2"}},
        {"messageId": "first", "body": "done", "attributes": {"ApproximateReceiveCount": "1"}},
        {"messageId": "fresh", "body": "done"}
    ]);
    answer(&processor, messages, 300).await.unwrap();
    assert_eq!(*processor.seen.lock().unwrap(), ["first", "fresh", "second"]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_cannot_be_named_fails_the_invocation() {
    let processor: Arc<Obedient> = Arc::default();
    let unnamed = |body: &str| json!([{"messageId": "m0", "body": "done"}, {"body": body}]);
    assert!(answer(&processor, unnamed("done"), 300).await.unwrap().is_empty());
    assert_eq!(answer(&processor, unnamed("again"), 300).await, Err(UnnamedFailures { count: 1 }));
    assert!(processor.seen.lock().unwrap().contains(&"request/1".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn every_message_comes_again_if_what_they_left_behind_could_not_be_stored() {
    let processor = Arc::new(Obedient { flush_fails: true, ..Obedient::default() });
    assert_eq!(answer(&processor, messages(&["done", "again", "done"]), 60).await.unwrap(), ["m0", "m1", "m2"]);
    assert_eq!(processor.ran_due.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn work_that_was_due_may_take_the_rest_of_the_invocation_and_no_message_depends_on_it() {
    let processor = Arc::new(Obedient::default());
    assert_eq!(answer(&processor, messages(&["done", "again"]), 60).await.unwrap(), ["m1"]);
    assert_eq!((processor.flushed.load(Ordering::SeqCst), processor.ran_due.load(Ordering::SeqCst)), (1, 1));
}
