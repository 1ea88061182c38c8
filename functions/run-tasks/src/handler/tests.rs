//! Invocations over doubles.

use super::*;
use async_trait::async_trait;
use lambda_common::testing::{Obedient, Stage, invocation, refused};
use runtime_core::ports::clock::Timestamp;
use serde_json::{Value, json};

/// A due table that notes when it was swept, in the journal of the stage.
struct Swept<'a>(&'a Stage);

#[async_trait]
impl DueTable for Swept<'_> {
    async fn sweep(&self, now: Timestamp) -> Result<usize, Unavailable> {
        self.0.processor.journal.note(format!("sweep {now}"));
        if self.0.is_down() { Err(refused("due table")) } else { Ok(1) }
    }
}

async fn run(stage: &Stage, payload: &Value) -> Result<SqsBatchResponse, Error> {
    handle(&stage.worker(), &Swept(stage), invocation(payload, 60)).await
}

fn rule(name: &str) -> Value {
    json!({"detail-type": "Scheduled Event", "source": "aws.events", "time": "2023-01-01T00:01:00Z",
        "resources": [format!("arn:aws:events:r:1:rule/stack-every-{name}")], "detail": {}})
}

#[tokio::test(start_paused = true)]
async fn jobs_run_and_what_queues_gave_up_is_imported() {
    let stage = Stage::new();
    let payload = json!({"Records": [
        {"messageId": "m0", "body": "again", "eventSourceARN": "arn:aws:sqs:r:1:jobs"},
        {"messageId": "m1", "body": "done", "eventSourceARN": "arn:aws:sqs:r:1:stack-ExportsDeadLetterQueue-1A2B"}
    ]});
    let response = run(&stage, &payload).await.unwrap();
    let named: Vec<_> = response.batch_item_failures.iter().map(|item| item.item_identifier.as_str()).collect();
    assert_eq!(named, ["m0"]);
    assert_eq!(stage.journal()[1..], ["process m0", "import m1 crashed", "flush"]);
}

#[tokio::test]
async fn every_minute_tasks_are_triggered_the_due_table_is_swept_and_disabled_apps_are_counted() {
    let stage = Stage::new();
    assert!(run(&stage, &rule("minute")).await.unwrap().batch_item_failures.is_empty());
    let expected =
        ["trigger runEveryMinute 2023-01-01T00:01:00.000Z", "sweep 1970-01-01T00:00:00.000Z", "count disabled apps"];
    assert_eq!(stage.journal()[1..], expected);
}

#[tokio::test]
async fn hours_and_days_are_triggers_only() {
    for (name, task) in [("hour", "runEveryHour"), ("day", "runEveryDay")] {
        let stage = Stage::new();
        run(&stage, &rule(name)).await.unwrap();
        assert_eq!(stage.journal()[1..], [format!("trigger {task} 2023-01-01T00:01:00.000Z")]);
    }
}

#[tokio::test]
async fn a_part_that_fails_keeps_no_other_from_being_done() {
    let failing_trigger = Stage::with(Obedient { triggers_fail: true, ..Obedient::default() });
    let failing_sweep = Stage::new();
    failing_sweep.go_down();
    let failing_count = Stage::with(Obedient { counts_fail: true, ..Obedient::default() });
    for stage in [failing_trigger, failing_sweep, failing_count] {
        let error = run(&stage, &rule("minute")).await.unwrap_err().to_string();
        assert_eq!(error, "the tick of runEveryMinute is not wholly done: see the errors logged before");
        assert_eq!(stage.journal().len(), 4, "{:?}", stage.journal());
    }
}

#[tokio::test]
async fn what_is_neither_is_an_error() {
    let error = run(&Stage::new(), &json!({})).await.unwrap_err().to_string();
    assert!(error.starts_with("the payload is no SQS event"), "{error}");
    let error = run(&Stage::new(), &json!({"detail-type": "x", "resources": ["r"]})).await.unwrap_err().to_string();
    assert!(error.starts_with("the event is of none of the rules"), "{error}");
}
