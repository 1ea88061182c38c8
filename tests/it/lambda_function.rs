//! The program `process-events` as Lambda runs it: polling a Runtime API.

use adapter_local::LocalStore;
use adapter_local::clock::SystemClock;
use runtime_core::ports::dead_letters::{DeadLetter, DeadLetterReason, DeadLetters, LetterFilter};
use serde_json::{Value, json};
use std::fs;
use std::sync::Arc;
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

/// An app, its installation, and the folder that both and the function's state are in.
struct Stack {
    folder: tempfile::TempDir,
}

impl Stack {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let app = folder.path().join("marker");
        fs::create_dir(&app).expect("a folder in it");
        fs::write(app.join("plugin.json"), r#"{"name": "marker"}"#).expect("written");
        let source = "export function processEvent(event) {\n  if (event.event === 'bad') throw new Error('no')\n  event.properties.seen = true\n  return event.event === 'drop' ? null : event\n}";
        fs::write(app.join("index.ts"), source).expect("written");
        let installations = json!({"tokens": {"phc_x": 2}, "installations": [{"id": 1, "team": 2, "app": "marker"}]});
        fs::write(folder.path().join("installations.json"), installations.to_string()).expect("written");
        Self { folder }
    }

    fn environment(&self, api: &RuntimeApi) -> Vec<(String, String)> {
        let path = |name: &str| self.folder.path().join(name).to_string_lossy().into_owned();
        let mut environment = api.environment();
        environment.push(("HEDGEROW_INSTALLATIONS".to_owned(), path("installations.json")));
        environment.push(("HEDGEROW_STATE".to_owned(), path("state")));
        environment
    }

    fn start(&self, api: &RuntimeApi) -> Program {
        Program::start("process-events", self.environment(api))
    }

    /// The final events, in the order in which they reached the sink.
    fn sent(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.path().join("state/events.jsonl")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect("a line is an event")).collect()
    }

    async fn dead_letters(&self) -> Vec<DeadLetter> {
        let store = LocalStore::open(&self.folder.path().join("state"), Arc::new(SystemClock::new()))
            .expect("the function made it");
        store.dead_letters().list(&LetterFilter::default(), 100).await.expect("readable")
    }
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
    let stack = Stack::new();
    let mut function = stack.start(&api);
    for _ in 0..3 {
        let answer = invoke(&api, &sqs_event(&[]), PATIENCE).await;
        assert_eq!(answer, Answer::Response(json!({"batchItemFailures": []})));
    }
    assert!(function.is_running(), "the function ended after answering");
}

#[tokio::test]
async fn a_payload_that_is_no_sqs_event_is_an_error_and_not_the_end() {
    let api = RuntimeApi::start().await.unwrap();
    let stack = Stack::new();
    let function = stack.start(&api);
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
    let stack = Stack::new();
    let _function = stack.start(&api);
    // The default margin is 40 s: nothing may be started.
    let answer = invoke(&api, &sqs_event(&["{}", "[]"]), Duration::from_secs(20)).await;
    let expected = json!({"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m1"}]});
    assert_eq!(answer, Answer::Response(expected));
}

#[tokio::test]
async fn a_setting_that_makes_no_sense_stops_the_start() {
    let api = RuntimeApi::start().await.unwrap();
    let stack = Stack::new();
    let mut environment = stack.environment(&api);
    environment.push(("HEDGEROW_RECORD_CONCURRENCY".to_owned(), "many".to_owned()));
    let mut function = Program::start("process-events", environment);
    let ended = spawn_blocking(move || function.wait().map(|status| (status, function.output())));
    let (status, output) = timeout(PATIENCE, ended).await.expect("the function started all the same").unwrap().unwrap();
    assert!(!status.success());
    let output = output.unwrap();
    assert!(output.contains("HEDGEROW_RECORD_CONCURRENCY is `many`: set a whole number from 1 to 100"), "{output}");
}

#[tokio::test]
async fn every_form_of_a_record_goes_through_the_apps_and_into_the_sink() {
    let api = RuntimeApi::start().await.unwrap();
    let stack = Stack::new();
    let _function = stack.start(&api);
    let one = json!({"event": "one", "distinct_id": "p", "token": "phc_x"}).to_string();
    let list = json!([{"event": "two", "distinct_id": "p"}, {"event": "three", "distinct_id": "p"}]).to_string();
    let batch = json!({"api_key": "phc_x", "batch": [{"event": "four", "distinct_id": "p"}]}).to_string();
    let capture = json!({"api_key": "phc_x", "event": "five", "properties": {"distinct_id": "p"}}).to_string();
    let raw =
        json!({"uuid": "01890000-0000-7000-8000-000000000006", "distinct_id": "p", "ip": "8.8.8.8", "site_url": "",
        "team_id": 2, "now": "2023-01-01T00:00:00Z", "data": json!({"event": "six", "properties": {}}).to_string()})
        .to_string();
    let answer = invoke(&api, &sqs_event(&[&one, &list, &batch, &capture, &raw]), PATIENCE * 4).await;
    assert_eq!(answer, Answer::Response(json!({"batchItemFailures": []})));
    let mut names: Vec<String> = stack.sent().iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect();
    names.sort();
    assert_eq!(names, ["five", "four", "one", "six", "three", "two"]);
    for event in stack.sent() {
        assert_eq!((&event["properties"]["seen"], &event["team_id"]), (&json!(true), &json!(2)));
        assert_eq!(event["properties"]["$plugins_succeeded"], json!(["marker (1)"]));
    }
    assert!(stack.dead_letters().await.is_empty());
}

#[tokio::test]
async fn a_bad_record_is_kept_whole_and_its_neighbours_go_on() {
    let api = RuntimeApi::start().await.unwrap();
    let stack = Stack::new();
    let _function = stack.start(&api);
    let truncated = r#"{"event": "cut", "dist"#;
    let mixed = json!([{"event": "good", "distinct_id": "p"}, 7, {"event": "drop", "distinct_id": "p"}]).to_string();
    let failing = json!({"event": "bad", "distinct_id": "p"}).to_string();
    let answer = invoke(&api, &sqs_event(&[truncated, &mixed, &failing, ""]), PATIENCE * 4).await;
    assert_eq!(answer, Answer::Response(json!({"batchItemFailures": []})));
    let mut names: Vec<String> = stack.sent().iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect();
    names.sort();
    assert_eq!(names, ["bad", "good"], "a failing app lets the event pass");
    let letters = stack.dead_letters().await;
    let bodies: Vec<&[u8]> = letters.iter().map(|letter| letter.body.as_slice()).collect();
    assert_eq!(letters.len(), 3, "{letters:?}");
    assert!(letters.iter().all(|letter| letter.reason == DeadLetterReason::Undecodable));
    assert!(bodies.contains(&truncated.as_bytes()) && bodies.contains(&b"".as_slice()));
}
