//! The program `process-events` as Lambda runs it: polling a Runtime API.

use serde_json::{Value, json};
use std::time::Duration;
use tests::program::Program;
use tests::runtime_api::{Answer, RuntimeApi};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// Longer than any test here takes, unless the function hangs.
const PATIENCE: Duration = Duration::from_secs(30);

async fn invoke(api: &RuntimeApi, payload: &str, time: Duration) -> Answer {
    timeout(PATIENCE, api.invoke(payload.to_owned(), time)).await.expect("the function did not answer")
}

fn sqs_event(bodies: &[&str]) -> String {
    let records: Vec<Value> = bodies
        .iter()
        .enumerate()
        .map(|(index, body)| {
            json!({"messageId": format!("m{index}"), "receiptHandle": "r", "body": body, "eventSource": "aws:sqs",
                "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1672531200000"}, "messageAttributes": {},
                "md5OfBody": "0", "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:events", "awsRegion": "eu-west-1"})
        })
        .collect();
    json!({"Records": records}).to_string()
}

#[tokio::test]
async fn one_process_answers_invocation_after_invocation() {
    let api = RuntimeApi::start().await.unwrap();
    let mut function = Program::start("process-events", api.environment());
    for _ in 0..3 {
        let answer = invoke(&api, &sqs_event(&[]), PATIENCE).await;
        assert_eq!(answer, Answer::Response(json!({"batchItemFailures": []})));
    }
    assert!(function.is_running(), "the function ended after answering");
}

#[tokio::test]
async fn a_payload_that_is_no_sqs_event_is_an_error_and_not_the_end() {
    let api = RuntimeApi::start().await.unwrap();
    let function = Program::start("process-events", api.environment());
    for payload in ["{\"SECRET\": 1}", "[\"SECRET\"]", "\"SECRET\"", "{\"Records\": [{\"body\": [\"SECRET\"]}]}"] {
        let Answer::Error { message, .. } = invoke(&api, payload, PATIENCE).await else {
            panic!("{payload} was answered as if it were an SQS event");
        };
        assert!(message.starts_with("the payload is no SQS event from line 1, column "), "{message}");
        assert!(!function.output().unwrap().contains("SECRET"), "a payload must not reach the log");
    }
    for payload in ["SECRET", ""] {
        assert!(matches!(invoke(&api, payload, PATIENCE).await, Answer::Error { .. }), "{payload:?} is no JSON");
    }
    assert_eq!(invoke(&api, &sqs_event(&[]), PATIENCE).await, Answer::Response(json!({"batchItemFailures": []})));
}

#[tokio::test]
async fn without_time_every_message_is_named() {
    let api = RuntimeApi::start().await.unwrap();
    let _function = Program::start("process-events", api.environment());
    // The default margin is 40 s: nothing may be started.
    let answer = invoke(&api, &sqs_event(&["{}", "[]"]), Duration::from_secs(20)).await;
    let expected = json!({"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m1"}]});
    assert_eq!(answer, Answer::Response(expected));
}

#[tokio::test]
async fn a_setting_that_makes_no_sense_stops_the_start() {
    let api = RuntimeApi::start().await.unwrap();
    let mut environment = api.environment();
    environment.push(("HEDGEROW_RECORD_CONCURRENCY".to_owned(), "many".to_owned()));
    let mut function = Program::start("process-events", environment);
    let ended = spawn_blocking(move || function.wait().map(|status| (status, function.output())));
    let (status, output) = timeout(PATIENCE, ended).await.expect("the function started all the same").unwrap().unwrap();
    assert!(!status.success());
    let output = output.unwrap();
    assert!(output.contains("HEDGEROW_RECORD_CONCURRENCY is `many`: set a whole number from 1 to 100"), "{output}");
}
