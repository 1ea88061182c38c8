//! The worker over a processor that does what the body of a record says.

use super::*;
use crate::testing::{Obedient, Stage, invocation};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Runs an invocation of so many seconds; the time is tokio's, which these tests hold still.
async fn run(stage: &Stage, way: Way, messages: Value, seconds: u64) -> Result<Vec<String>, UnnamedFailures> {
    let worker = stage.worker();
    let invocation = Invocation::lasting(Duration::from_secs(seconds), "request", worker.margins);
    let messages = serde_json::from_value(messages).unwrap();
    let response = worker.answer(messages, Strangers::DeadLetters, way, &invocation).await?;
    let mut failures: Vec<String> = response.batch_item_failures.into_iter().map(|item| item.item_identifier).collect();
    failures.sort();
    Ok(failures)
}

async fn answer(stage: &Stage, messages: Value, seconds: u64) -> Result<Vec<String>, UnnamedFailures> {
    run(stage, Way::Each, messages, seconds).await
}

/// Messages of the events queue; `delivered` for the how manieth time.
fn delivered(count: u32, bodies: &[(&str, &str)]) -> Vec<Value> {
    let message = |(id, body): &(&str, &str)| {
        json!({"messageId": id, "receiptHandle": format!("r-{id}"), "body": body, "eventSourceARN": "arn:aws:sqs:r:1:events",
            "attributes": {"ApproximateReceiveCount": count.to_string()}})
    };
    bodies.iter().map(message).collect()
}

fn messages(bodies: &[&str]) -> Value {
    let ids: Vec<String> = (0..bodies.len()).map(|index| format!("m{index}")).collect();
    let named: Vec<(&str, &str)> = ids.iter().map(String::as_str).zip(bodies.iter().copied()).collect();
    delivered(1, &named).into()
}

#[tokio::test(start_paused = true)]
async fn each_record_has_its_own_fate() {
    let stage = Stage::new();
    let failures = answer(&stage, messages(&["done", "panic", "again", "done", ""]), 300).await.unwrap();
    assert_eq!(failures, ["m1", "m2"]);
    let journal = stage.journal();
    assert_eq!(journal.iter().filter(|entry| entry.starts_with("process")).count(), 5);
    assert_eq!(journal[5..], ["flush"]);
}

#[tokio::test(start_paused = true)]
async fn no_messages_are_no_failures() {
    assert!(answer(&Stage::new(), json!([]), 300).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn records_run_at_the_same_time_up_to_the_limit() {
    let stage = Stage::new();
    assert!(answer(&stage, messages(&["slow"; 7]), 300).await.unwrap().is_empty());
    assert_eq!(stage.processor.most_at_once.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn with_little_time_left_nothing_more_is_started() {
    // Three at once, 20 s each: at 0 s and 20 s there is time for more, at 40 s only 39 s are left.
    let failures = answer(&Stage::new(), messages(&["slow"; 8]), 79).await.unwrap();
    assert_eq!(failures, ["m6", "m7"]);
    for way in [Way::Each, Way::Together] {
        let failures = run(&Stage::new(), way, messages(&["done"]), 40).await.unwrap();
        assert_eq!(failures, ["m0"], "at the margin none is started");
    }
}

#[tokio::test(start_paused = true)]
async fn what_hangs_is_named_and_the_rest_is_acknowledged() {
    let begun = Instant::now();
    assert_eq!(answer(&Stage::new(), messages(&["hang", "done", "done"]), 60).await.unwrap(), ["m0"]);
    assert_eq!(begun.elapsed(), Duration::from_secs(59));
}

#[tokio::test(start_paused = true)]
async fn what_finished_work_left_behind_is_stored_after_the_last_work_was_let_go_of() {
    for (milliseconds, expected) in [(499, vec!["m0"]), (501, vec!["m0", "m1"])] {
        let flush_takes = Duration::from_millis(milliseconds);
        let stage = Stage::with(Obedient { flush_takes, ..Obedient::default() });
        assert_eq!(answer(&stage, messages(&["hang", "done"]), 60).await.unwrap(), expected, "{flush_takes:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn suspects_run_last_and_one_by_one_when_what_is_done_was_deleted() {
    let stage = Stage::new();
    let mut messages = delivered(2, &[("s0", "slow"), ("s1", "slow")]);
    messages.extend(delivered(1, &[("fresh", "done"), ("failed", "again")]));
    assert_eq!(answer(&stage, messages.into(), 300).await.unwrap(), ["failed"]);
    assert_eq!(
        stage.journal(),
        [
            "process fresh",
            "process failed",
            "flush",
            "delete Events r-fresh",
            "process s0",
            "flush",
            "delete Events r-s0",
            "process s1",
            "flush",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_deleted_early_is_acknowledged_with_the_answer() {
    let stage = Stage::new();
    stage.go_down();
    let mut messages = delivered(2, &[("suspect", "again")]);
    messages.extend(delivered(1, &[("fresh", "done")]));
    assert_eq!(answer(&stage, messages.into(), 300).await.unwrap(), ["suspect"]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_cannot_be_named_fails_the_invocation() {
    let stage = Stage::new();
    let unnamed = |body: &str| {
        let of_queue = |message: Value| {
            let mut message = message;
            message["eventSourceARN"] = "arn:aws:sqs:r:1:events".into();
            message
        };
        json!([of_queue(json!({"messageId": "m0", "body": "done"})), of_queue(json!({"messageId": "", "body": body}))])
    };
    assert!(answer(&stage, unnamed("done"), 300).await.unwrap().is_empty());
    let error = answer(&stage, unnamed("again"), 300).await.unwrap_err();
    assert!(error.to_string().starts_with("1 messages without a messageId"), "{error}");
    assert!(stage.journal().contains(&"process request/1".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn every_message_comes_again_if_what_they_left_behind_could_not_be_stored() {
    let stage = Stage::with(Obedient { flush_fails_from: 1, ..Obedient::default() });
    assert_eq!(answer(&stage, messages(&["done", "again", "done"]), 60).await.unwrap(), ["m0", "m1", "m2"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_deleted_is_not_named_when_storing_fails_later() {
    let stage = Stage::with(Obedient { flush_fails_from: 2, ..Obedient::default() });
    let mut messages = delivered(2, &[("s0", "done"), ("s1", "done")]);
    messages.extend(delivered(1, &[("fresh", "done")]));
    assert_eq!(answer(&stage, messages.into(), 300).await.unwrap(), ["s0", "s1"]);
}

#[tokio::test(start_paused = true)]
async fn together_is_one_call_whose_outcomes_are_each_messages_own() {
    let stage = Stage::new();
    assert_eq!(run(&stage, Way::Together, messages(&["done", "again", "done"]), 300).await.unwrap(), ["m1"]);
    assert_eq!(stage.journal()[..2], ["together m0 m1 m2", "flush"]);
    for body in ["panic", "hang"] {
        let failures = run(&Stage::new(), Way::Together, messages(&["done", body]), 300).await.unwrap();
        assert_eq!(failures, ["m0", "m1"], "nobody knows how far it came");
    }
    let stage = Stage::new();
    let mut messages = delivered(3, &[("s0", "panic"), ("s1", "done")]);
    messages.extend(delivered(1, &[("fresh", "done")]));
    assert_eq!(run(&stage, Way::Together, messages.into(), 300).await.unwrap(), ["s0"]);
    assert!(stage.journal().contains(&"together s1".to_owned()), "suspects go alone");
}

#[tokio::test(start_paused = true)]
async fn what_a_queue_gave_up_is_imported() {
    let dead = |id: &str, body: &str| {
        json!({"messageId": id, "body": body, "eventSourceARN": "arn:aws:sqs:r:1:events-dead",
            "attributes": {"ApproximateReceiveCount": "11"}})
    };
    for way in [Way::Each, Way::Together] {
        let stage = Stage::new();
        let failures = run(&stage, way, json!([dead("d0", ""), dead("d1", "again")]), 300).await.unwrap();
        assert_eq!(failures, ["d1"]);
        assert_eq!(stage.journal()[..2], ["import d0 crashed", "import d1 crashed"]);
    }
}

fn claim(id: &str, name: &str) -> Value {
    json!({"messageId": id, "body": name, "eventSourceARN": "arn:aws:sqs:r:1:jobs",
        "messageAttributes": {"hedgerow-blob": {"stringValue": "sha-256", "dataType": "String"}}})
}

#[tokio::test(start_paused = true)]
async fn a_large_body_is_fetched_and_a_lost_one_is_a_dead_letter() {
    for way in [Way::Each, Way::Together] {
        let stage = Stage::new();
        stage.outside.claims.lock().unwrap().insert("abc".to_owned(), b"again".to_vec());
        let failures = run(&stage, way, json!([claim("whole", "abc"), claim("lost", "def")]), 300).await.unwrap();
        assert_eq!(failures, ["whole"], "its body, which the bucket has, asked for it");
        assert!(stage.journal().contains(&"import lost lost_body".to_owned()));
        let imported = stage.processor.imported.lock().unwrap();
        let [letter] = imported.as_slice() else { panic!("{imported:?}") };
        assert_eq!(letter.lane, Lane::Jobs);
        let message: Value = serde_json::from_slice(&letter.body).unwrap();
        assert_eq!((&message["body"], &message["attributes"]["hedgerow-blob"]), (&json!("def"), &json!("sha-256")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_out_of_reach_brings_the_message_back() {
    let stage = Stage::new();
    stage.go_down();
    assert_eq!(answer(&stage, json!([claim("m", "abc")]), 300).await.unwrap(), ["m"]);
    assert!(stage.processor.imported.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_processor_knows_when_the_invocation_ends() {
    let stage = Stage::new();
    stage.worker().begin(&invocation(&json!({}), 100).context).await.unwrap();
    let journal = stage.journal();
    let until = journal[0].strip_prefix("begin ").and_then(|until| until.strip_suffix('s')).unwrap();
    let until: f64 = until.parse().unwrap();
    assert!((98.0..=99.0).contains(&until), "{until}");
}
