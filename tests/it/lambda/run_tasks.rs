//! The program `run-tasks`: jobs, scheduled tasks, what is due later, and what queues gave up.

use super::{app_with_url, event, rule};
use aws_sdk_dynamodb::types::AttributeValue;
use runtime_core::ports::dead_letters::{DeadLetterReason, Redrive};
use runtime_core::ports::delayed_queue::{DueWork, Lane};
use serde_json::json;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tests::aws::{AwsStack, Count, Function, Installed, Queue};
use tests::endpoint::Endpoint;
use tests::runtime_api::Answer;

/// An app that enqueues the job `report` as its event says (`{"in": [2, "seconds"]}`), and reports each minute.
fn reporter(url: &str) -> Installed {
    let source = "
        async function report(config, text) { await fetch(config.url, { method: 'POST', body: JSON.stringify(text) }) }
        export const jobs = { async report(payload, { config }) { await report(config, payload.text) } }
        export async function runEveryMinute({ config }) { await report(config, 'a minute') }
        export async function processEvent(event, { jobs }) {
            const [count, unit] = event.properties.in
            await jobs.report({ text: event.event }).runIn(count, unit)
            return event
        }";
    app_with_url("reporter", source, url)
}

/// Has the app enqueue a job.
async fn enqueue(stack: &AwsStack, name: &str, delay: serde_json::Value) -> Function {
    let function = stack.start("process-events").await;
    let event = json!({"event": name, "distinct_id": "p", "properties": {"in": delay}}).to_string();
    stack.send(Queue::Events, &[&event]).await;
    assert_eq!(stack.deliver(Queue::Events, &function, 0).await.failed, 0);
    function
}

fn done() -> Answer {
    Answer::Response(json!({"batchItemFailures": []}))
}

#[tokio::test]
async fn a_job_runs_at_its_time() {
    let endpoint = Endpoint::start().await.unwrap();
    let stack = AwsStack::new(&[reporter(endpoint.url())]).await;
    let enqueued_at = Instant::now();
    enqueue(&stack, "soon", json!([2, "seconds"])).await;
    assert_eq!(stack.count(Queue::Jobs).await, Count { held_back: 1, ..Count::default() }, "the queue holds it back");
    let function = stack.start("run-tasks").await;
    assert_eq!(stack.deliver(Queue::Jobs, &function, 10).await.failed, 0);
    assert!(enqueued_at.elapsed() >= Duration::from_secs(2), "{:?}", enqueued_at.elapsed());
    assert_eq!(endpoint.received(), [json!("soon")]);
}

#[tokio::test]
async fn a_job_later_than_a_queue_can_hold_it_back_waits_in_the_due_table() {
    let endpoint = Endpoint::start().await.unwrap();
    let stack = AwsStack::new(&[reporter(endpoint.url())]).await;
    enqueue(&stack, "later", json!([20, "minutes"])).await;
    let function = stack.start("run-tasks").await;
    assert_eq!(function.invoke(rule("every-hour")).await, done(), "nothing is swept but every minute");
    let minute = rule("every-minute");
    assert_eq!(function.invoke(minute.clone()).await, done());
    // The minute's own task is there, and its sweep has left the job where it was: it is due in more than 15 minutes.
    assert_eq!(stack.deliver(Queue::Jobs, &function, 0).await.bodies.len(), 1);
    assert_eq!(endpoint.received(), [json!("a minute")]);
    let (waiting, due) = stack.store.due_table().waiting().await.unwrap();
    let minutes = (due.unwrap().0 - now()) / 60_000;
    assert!(waiting == 1 && (18..=20).contains(&minutes), "{waiting} in {minutes} minutes");

    bring_forward(&stack, now() + 2_000).await;
    assert_eq!(function.invoke(minute).await, done());
    assert_eq!(stack.store.due_table().waiting().await.unwrap(), (0, None));
    // The same minute once more, which is not run again, and the job.
    for _ in 0..2 {
        assert_eq!(stack.deliver(Queue::Jobs, &function, 10).await.failed, 0);
    }
    assert_eq!(endpoint.received(), [json!("a minute"), json!("later")]);
}

fn now() -> i64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    i64::try_from(since_1970.as_millis()).expect("it is before the year 292 million")
}

/// Lets everything in the due table become due at that time: what waiting would do.
async fn bring_forward(stack: &AwsStack, to: i64) {
    let table = aws_sdk_dynamodb::Client::new(&stack.config);
    let scanned = table.scan().table_name(&stack.names.due_table).send().await.expect("the emulator reads items");
    for mut item in scanned.items.unwrap_or_default() {
        for name in ["not_before", "available_at"] {
            item.insert(name.to_owned(), AttributeValue::N(to.to_string()));
        }
        let put = table.put_item().table_name(&stack.names.due_table).set_item(Some(item));
        put.send().await.expect("the emulator keeps items");
    }
}

#[tokio::test]
async fn a_tick_runs_once_however_often_it_comes() {
    let endpoint = Endpoint::start().await.unwrap();
    let stack = AwsStack::new(&[reporter(endpoint.url())]).await;
    let function = stack.start("run-tasks").await;
    let tick = rule("every-minute");
    assert_eq!(function.invoke(tick.clone()).await, done());
    assert_eq!(function.invoke(tick).await, done());
    let delivery = stack.deliver(Queue::Jobs, &function, 0).await;
    assert_eq!((delivery.bodies.len(), delivery.failed), (2, 0), "a message a delivery of the tick");
    assert_eq!(endpoint.received(), [json!("a minute")]);
    let Answer::Error { message, .. } = function.invoke(rule("nightly")).await else { panic!("it is none of ours") };
    assert!(message.starts_with("the event is of none of the rules"), "{message}");
}

#[tokio::test]
async fn what_a_queue_gave_up_becomes_a_dead_letter() {
    let stack = AwsStack::new(&[]).await;
    let dead = stack.make_queue("stack-EventsDeadLetterQueue-1A2B").await;
    stack.give_up_after_one(Queue::Events, &dead).await;
    let body = event("crasher");
    stack.send(Queue::Events, &[&body]).await;
    // Somebody takes it, crashes, and it is not there the next time.
    stack.receive_and_crash(Queue::Events).await;
    assert!(stack.receive(Queue::Events, 0).await.is_empty());
    let function = stack.start("run-tasks").await;
    assert_eq!(stack.deliver(Queue::At(&dead), &function, 5).await.failed, 0);
    let letters = stack.dead_letters().await;
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!((letter.reason, letter.body.as_slice()), (DeadLetterReason::Crashed, body.as_bytes()));
    assert_eq!(letter.redrive, Redrive::Record);
    assert_eq!(stack.count(Queue::At(&dead)).await, Count::default());

    let jobs_dead = stack.make_queue("stack-JobsDeadLetterQueue-3C4D").await;
    stack.send(Queue::At(&jobs_dead), &["{}"]).await;
    assert_eq!(stack.deliver(Queue::At(&jobs_dead), &function, 0).await.failed, 0);
    let letters = stack.dead_letters().await;
    assert!(letters.iter().any(|letter| letter.redrive == Redrive::Message(Lane::Jobs)), "{letters:?}");
}
