//! The program `process-events`.

use super::{app, event};
use runtime_core::ports::dead_letters::DeadLetterReason;
use serde_json::{Value, json};
use std::time::Duration;
use tests::aws::{AwsStack, Count, Installed, Queue, sqs_event};
use tests::endpoint::Endpoint;
use tests::runtime_api::Answer;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(30);

fn marker() -> Installed {
    app(
        "marker",
        "export function processEvent(event) {
             if (event.event === 'bad') throw new Error('no')
             event.properties.seen = true
             return event.event === 'drop' ? null : event
         }",
    )
}

fn records(bodies: &[&str]) -> String {
    let record = |(index, body): (usize, &&str)| {
        json!({"messageId": format!("m{index}"), "receiptHandle": "r", "body": body,
            "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1672531200000"}, "messageAttributes": {}})
    };
    sqs_event("stack-events", bodies.iter().enumerate().map(record).collect())
}

fn names(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["event"].as_str().expect("an event has a name")).collect()
}

fn no_failures() -> Answer {
    Answer::Response(json!({"batchItemFailures": []}))
}

#[tokio::test]
async fn one_process_answers_invocation_after_invocation() {
    let stack = AwsStack::new(&[marker()]).await;
    let mut function = stack.start("process-events").await;
    for _ in 0..3 {
        assert_eq!(function.invoke(records(&[])).await, no_failures());
    }
    assert!(function.program().is_running(), "the function ended after answering");
}

#[tokio::test]
async fn a_payload_that_is_no_sqs_event_is_an_error_and_not_the_end() {
    let stack = AwsStack::new(&[marker()]).await;
    let function = stack.start("process-events").await;
    for payload in ["{\"SECRET\": 1}", "[\"SECRET\"]", "\"SECRET\"", "{\"Records\": [{\"body\": [\"SECRET\"]}]}"] {
        let Answer::Error { message, .. } = function.invoke(payload).await else {
            panic!("{payload} was answered as if it were an SQS event");
        };
        assert!(message.starts_with("the payload is no SQS event from line 1, column "), "{message}");
        assert!(!function.output().contains("SECRET"), "a payload must not reach the log");
    }
    for payload in ["SECRET", ""] {
        assert!(matches!(function.invoke(payload).await, Answer::Error { .. }), "{payload:?} is no JSON");
    }
    assert_eq!(function.invoke(records(&[])).await, no_failures());
}

#[tokio::test]
async fn without_time_every_message_is_named() {
    let stack = AwsStack::new(&[marker()]).await;
    let function = stack.start("process-events").await;
    // The default margin is 5 s: nothing may be started.
    let answer = function.invoke_within(records(&["{}", "[]"]), Duration::from_secs(4)).await;
    let expected = json!({"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m1"}]});
    assert_eq!(answer, Answer::Response(expected));
}

#[tokio::test]
async fn what_there_is_too_little_time_for_goes_on_in_the_next_invocation() {
    let stack = AwsStack::new(&[marker()]).await;
    let function = stack.start("process-events").await;
    // An app may take 30 s for a call, and 10 s are kept for the end.
    assert_eq!(function.invoke_within(records(&[&event("one")]), Duration::from_secs(20)).await, no_failures());
    assert!(stack.outcome().await.is_empty());
    assert_eq!(stack.deliver(Queue::Continuations, &function, 5).await.failed, 0);
    let events = stack.outcome().await;
    assert_eq!((names(&events), &events[0]["properties"]["seen"]), (vec!["one"], &json!(true)));
}

#[tokio::test]
async fn a_setting_that_makes_no_sense_stops_the_start() {
    let stack = AwsStack::new(&[]).await;
    for (name, value, says) in [
        (
            "HEDGEROW_RECORD_CONCURRENCY",
            "many",
            "HEDGEROW_RECORD_CONCURRENCY is `many`: set a whole number from 1 to 100",
        ),
        ("HEDGEROW_SINK", "kafka", "HEDGEROW_SINK is `kafka`: set it to `queue`, `posthog` or `none`"),
        ("HEDGEROW_BUCKET", "", "HEDGEROW_BUCKET is not set: set it to the name of an S3 bucket"),
        ("HEDGEROW_INSTALLATIONS", "nowhere.json", "nowhere.json"),
    ] {
        let mut function = stack.start_with("process-events", &[(name, value)]).await;
        let ended = spawn_blocking(move || function.program().wait().map(|status| (status, function.output())));
        let (status, output) =
            timeout(PATIENCE, ended).await.expect("the function started all the same").unwrap().unwrap();
        assert!(!status.success());
        assert!(output.contains(says), "{output}");
    }
}

#[tokio::test]
async fn what_apps_do_becomes_metrics_unless_they_are_switched_off() {
    let stack = AwsStack::new(&[marker()]).await;
    for (mode, is_on) in [("on", true), ("off", false)] {
        let function = stack.start_with("process-events", &[("HEDGEROW_APP_METRICS", mode)]).await;
        stack.send(Queue::Events, &[&event("one"), "no event"]).await;
        assert_eq!(stack.deliver(Queue::Events, &function, 0).await.failed, 0);
        let output = function.output();
        assert_eq!(output.contains("\"function\":\"processEvent\""), is_on, "{mode}: {output}");
        assert!(output.contains("\"dead_letters\":1"), "an alarm needs that whatever is switched off: {output}");
    }
}

#[tokio::test]
async fn every_form_of_a_record_goes_through_the_apps_and_into_the_output_queue() {
    let stack = AwsStack::new(&[marker()]).await;
    let function = stack.start("process-events").await;
    let one = event("one");
    let list = json!([{"event": "two", "distinct_id": "p"}, {"event": "three", "distinct_id": "p"}]).to_string();
    let batch = json!({"api_key": "phc_x", "batch": [{"event": "four", "distinct_id": "p"}]}).to_string();
    let capture = json!({"api_key": "phc_x", "event": "five", "properties": {"distinct_id": "p"}}).to_string();
    let raw =
        json!({"uuid": "01890000-0000-7000-8000-000000000006", "distinct_id": "p", "ip": "8.8.8.8", "site_url": "",
        "team_id": 2, "now": "2023-01-01T00:00:00Z", "data": json!({"event": "six", "properties": {}}).to_string()})
        .to_string();
    stack.send(Queue::Events, &[&one, &list, &batch, &capture, &raw]).await;
    let delivery = stack.deliver(Queue::Events, &function, 0).await;
    assert_eq!((delivery.bodies.len(), delivery.failed), (5, 0));
    let events = stack.outcome().await;
    assert_eq!(names(&events), ["five", "four", "one", "six", "three", "two"]);
    for event in events {
        assert_eq!((&event["properties"]["seen"], &event["team_id"]), (&json!(true), &json!(2)));
        assert_eq!(event["properties"]["$plugins_succeeded"], json!(["marker (1)"]));
    }
    assert!(stack.dead_letters().await.is_empty());
}

#[tokio::test]
async fn final_events_go_where_the_stack_says() {
    let endpoint = Endpoint::start().await.unwrap();
    let stack = AwsStack::new(&[marker()]).await;
    let posthog = [
        ("HEDGEROW_SINK", "posthog"),
        ("HEDGEROW_POSTHOG_HOST", endpoint.url().trim_end_matches('/')),
        ("HEDGEROW_POSTHOG_TOKEN", "phc_theirs"),
    ];
    for (variables, arrived) in [(&posthog[..], 1), (&[("HEDGEROW_SINK", "none")], 1)] {
        let function = stack.start_with("process-events", variables).await;
        stack.send(Queue::Events, &[&event("one")]).await;
        assert_eq!(stack.deliver(Queue::Events, &function, 0).await.failed, 0);
        assert_eq!(endpoint.received().len(), arrived, "{variables:?}");
    }
    let batch = &endpoint.received()[0];
    assert_eq!((&batch["api_key"], &batch["batch"][0]["event"]), (&json!("phc_theirs"), &json!("one")));
    assert_eq!(batch["batch"][0]["properties"]["seen"], json!(true));
    assert!(stack.outcome().await.is_empty());
}

#[tokio::test]
async fn a_bad_record_is_kept_whole_and_its_neighbours_go_on() {
    let stack = AwsStack::new(&[marker()]).await;
    let function = stack.start("process-events").await;
    let truncated = r#"{"event": "cut", "dist"#;
    let mixed = json!([{"event": "good", "distinct_id": "p"}, 7, {"event": "drop", "distinct_id": "p"}]).to_string();
    let failing = event("bad");
    let answer = function.invoke(records(&[truncated, &mixed, &failing, ""])).await;
    assert_eq!(answer, no_failures());
    assert_eq!(names(&stack.outcome().await), ["bad", "good"], "a failing app lets the event pass");
    let letters = stack.dead_letters().await;
    let bodies: Vec<&[u8]> = letters.iter().map(|letter| letter.body.as_slice()).collect();
    assert_eq!(letters.len(), 3, "{letters:?}");
    assert!(letters.iter().all(|letter| letter.reason == DeadLetterReason::Undecodable));
    assert!(bodies.contains(&truncated.as_bytes()) && bodies.contains(&b"".as_slice()));
}

#[tokio::test]
async fn what_is_delivered_twice_is_done_once_if_the_stack_says_so() {
    let stack = AwsStack::new(&[marker()]).await;
    for (idempotency, times) in [("off", 2), ("on", 1)] {
        let function = stack.start_with("process-events", &[("HEDGEROW_IDEMPOTENCY", idempotency)]).await;
        for _ in 0..2 {
            assert_eq!(function.invoke(records(&[&event(idempotency)])).await, no_failures());
        }
        assert_eq!(stack.outcome().await.len(), times, "{idempotency}");
    }
}

#[tokio::test]
async fn a_captured_event_comes_back_by_the_events_queue() {
    let source = "export async function processEvent(event) {
            if (event.event === 'first') await posthog.capture('second', { from: event.event })
            return event
        }";
    let stack = AwsStack::new(&[app("capturer", source)]).await;
    let function = stack.start("process-events").await;
    stack.send(Queue::Events, &[&event("first")]).await;
    assert_eq!(stack.deliver(Queue::Events, &function, 0).await.failed, 0);
    assert_eq!(stack.deliver(Queue::Events, &function, 5).await.bodies.len(), 1);
    assert_eq!(names(&stack.outcome().await), ["first", "second"]);
}

#[tokio::test]
async fn a_body_above_the_queues_limit_arrives_from_the_bucket_and_a_lost_one_is_kept_by_name() {
    let stack = AwsStack::new(&[marker()]).await;
    let function = stack.start("process-events").await;
    // As large as an event may be: the queue's own limit is 1 MiB.
    let large = "x".repeat(1_100_000);
    let body = json!({"event": "large", "distinct_id": "p", "properties": {"large": large}}).to_string();
    let name = stack.put_claim(body.as_bytes()).await;
    stack.send_claim(Queue::Events, &name).await;
    assert_eq!(stack.deliver(Queue::Events, &function, 0).await.failed, 0);
    let message = stack.receive(Queue::Output, 0).await.pop().expect("the event is in the output queue");
    let whole = stack.claim_of(&message).await.expect("it is too large for that queue, too");
    let event: Value = serde_json::from_slice(&whole).unwrap();
    assert_eq!(
        (&event["properties"]["seen"], event["properties"]["large"].as_str()),
        (&json!(true), Some(large.as_str()))
    );

    let lost = "0".repeat(64);
    stack.send_claim(Queue::Events, &lost).await;
    assert_eq!(stack.deliver(Queue::Events, &function, 0).await.failed, 0);
    let letters = stack.dead_letters().await;
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!(letter.reason, DeadLetterReason::LostBody);
    assert!(String::from_utf8_lossy(&letter.body).contains(&lost) && letter.message.contains(&lost), "{letter:?}");
}

#[tokio::test]
async fn a_message_that_was_delivered_before_runs_when_its_neighbours_are_deleted() {
    let stack = AwsStack::new(&[marker()]).await;
    let function = stack.start("process-events").await;
    stack.send(Queue::Events, &[&event("neighbour")]).await;
    let [neighbour] = stack.receive(Queue::Events, 0).await.try_into().unwrap();
    let record = |id: &str, body: &str, receipt: &str, count: &str| {
        json!({"messageId": id, "receiptHandle": receipt, "body": body, "messageAttributes": {},
            "attributes": {"ApproximateReceiveCount": count, "SentTimestamp": "1672531200000"}})
    };
    let payload = sqs_event(
        "stack-events",
        vec![
            record("suspect", &event("suspect"), "none", "2"),
            record("neighbour", neighbour.body().unwrap(), neighbour.receipt_handle().unwrap(), "1"),
        ],
    );
    assert_eq!(function.invoke(payload).await, no_failures());
    assert_eq!(names(&stack.outcome().await), ["neighbour", "suspect"]);
    assert_eq!(stack.count(Queue::Events).await, Count::default(), "the function itself has deleted it");
}

#[tokio::test]
async fn an_app_that_does_not_load_stops_no_other() {
    let stack = AwsStack::new(&[app("broken", "export function processEvent( {"), marker()]).await;
    let function = stack.start("process-events").await;
    stack.send(Queue::Events, &[&event("one")]).await;
    assert_eq!(stack.deliver(Queue::Events, &function, 0).await.failed, 0);
    assert_eq!(stack.outcome().await[0]["properties"]["$plugins_succeeded"], json!(["marker (2)"]));
}
