//! What looks on at events that have left the chain: web hooks and exports.

use runtime_core::pipeline::Counts;
use runtime_core::ports::dead_letters::DeadLetterReason;
use runtime_core::telemetry::{CallEnd, LogLevel};
use serde_json::{Value, json};
use std::time::Duration;
use tests::{AppSetup, MockReply, World, event};

const WEBHOOK: &str = "export function composeWebhook(event) {
    if (event.event === 'skipped') return null
    return { url: 'https://hooks.example.com/x?y=1', body: JSON.stringify([event.event, event.timestamp instanceof Date, Object.keys(event)]) }
}";

#[tokio::test]
async fn a_web_hook_is_sent_as_json_by_post() {
    let world = World::with(WEBHOOK).await;
    world.run().await.expect("not dropped");
    let requests = world.http.requests();
    let [request] = &requests[..] else { panic!("one request: {requests:?}") };
    assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", "https://hooks.example.com/x?y=1"));
    let body: Value = serde_json::from_slice(request.body.as_deref().expect("a body")).expect("JSON");
    let keys = ["uuid", "team_id", "distinct_id", "event", "timestamp", "properties"];
    assert_eq!(body, json!(["E", true, keys]));
    assert!(request.headers.contains(&("Content-Type".into(), "application/json".into())), "{:?}", request.headers);
    assert!(world.logs.lines().is_empty(), "{:?}", world.logs.lines());
}

#[tokio::test]
async fn a_web_hook_names_its_own_method_and_headers() {
    let world = World::with(
        "export function composeWebhook() {
             return { url: 'https://hooks.example.com/', method: 'PUT', body: 'text', headers: { 'content-type': 'text/plain', 'X-Mine': '1' } }
         }",
    )
    .await;
    world.run().await.expect("not dropped");
    let request = world.http.requests().remove(0);
    assert_eq!((request.method.as_str(), request.body.as_deref()), ("PUT", Some(&b"text"[..])));
    let of = |name: &str| -> Vec<&str> {
        let found = request.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).collect()
    };
    assert_eq!((of("content-type"), of("x-mine")), (vec!["text/plain"], vec!["1"]));
}

#[tokio::test]
async fn no_web_hook_is_none() {
    let world = World::with(WEBHOOK).await;
    world.run_event(event(json!({"event": "skipped"}))).await.expect("not dropped");
    assert!(world.http.requests().is_empty() && world.logs.lines().is_empty());
}

fn answers(status: u16) -> MockReply {
    MockReply { status, ..MockReply::json(&json!({})) }
}

#[tokio::test]
async fn a_web_hook_that_may_arrive_later_is_sent_again() {
    let world = World::with(WEBHOOK).await;
    world.http.answer(answers(503));
    assert!(world.run().await.is_some(), "the event has left all the same");
    let warning = "composeWebhook will be tried again in 5 s: \
                   RetryError (attempt 1/6): the web hook was not accepted: the receiver answered 503";
    assert_eq!(world.logs.messages(LogLevel::Warn), [warning]);
    world.http.answer(answers(204));
    assert_eq!(world.run_waiting().await, [5]);
    let bodies: Vec<_> = world.http.requests().into_iter().map(|request| request.body).collect();
    assert!(bodies.len() == 2 && bodies[0] == bodies[1], "{bodies:?}");
    let [composed, sent] = ["composeWebhook", "webhook"].map(str::to_owned);
    let expected = [
        (composed.clone(), CallEnd::Success),
        (sent.clone(), CallEnd::Retry),
        (composed, CallEnd::SuccessOnRetry),
        (sent, CallEnd::SuccessOnRetry),
    ];
    assert_eq!(world.logs.calls(), expected);
    assert!(world.errors().is_empty() && world.dead_letters().await.is_empty());
}

#[tokio::test]
async fn a_web_hook_that_never_arrives_becomes_a_dead_letter_after_six_attempts() {
    for status in [408, 429, 500, 599] {
        let world = World::with(WEBHOOK).await;
        world.http.answer(answers(status));
        assert!(world.run().await.is_some(), "the event has left all the same");
        assert_eq!(world.run_waiting().await, [5, 10, 20, 40, 80]);
        let letters = world.dead_letters().await;
        let [letter] = &letters[..] else { panic!("one dead letter: {letters:?}") };
        let message =
            format!("RetryError (attempt 6/6): the web hook was not accepted: the receiver answered {status}");
        assert_eq!((letter.reason, &letter.message), (DeadLetterReason::RetriesExhausted, &message));
        assert_eq!(world.errors(), [format!("composeWebhook failed: {message}")]);
        assert_eq!(Counts::get(&world.pipeline.counts.failures), 1);
    }
}

#[tokio::test]
async fn a_web_hook_without_an_answer_is_sent_again() {
    let world = World::with(WEBHOOK).await;
    world.http.answer(MockReply::never());
    assert!(world.during(&[Duration::from_secs(10)], world.run()).await.is_some());
    world.http.answer(answers(200));
    assert_eq!(world.run_waiting().await, [5]);
    assert_eq!(world.http.requests().len(), 2);
}

#[tokio::test]
async fn a_web_hook_that_is_refused_or_none_is_told_and_becomes_a_dead_letter() {
    let returned = "({ url: 'https://hooks.example.com/', body: '' })";
    for (returned, error) in [
        (returned, "the web hook was not accepted: the receiver answered 404"),
        ("'text'", "composeWebhook returned no web hook"),
        ("({ body: 'x' })", "composeWebhook returned no web hook (missing field `url`"),
        ("({ url: 'http://127.0.0.1/', body: '' })", "the web hook was not delivered: Internal hostname"),
        ("({ url: 'nonsense', body: '' })", "the web hook was not delivered: Invalid URL"),
    ] {
        let world = World::with(&format!("export function composeWebhook() {{ return {returned} }}")).await;
        world.http.answer(answers(404));
        assert!(world.run().await.is_some(), "the event has left all the same");
        let error = format!("composeWebhook failed: Error: {error}");
        assert!(world.errors().len() == 1 && world.errors()[0].starts_with(&error), "{returned}: {:?}", world.errors());
        assert_eq!(world.http.requests().len(), usize::from(error.ends_with("404")), "{returned}");
        assert_eq!(world.logs.calls()[1], ("webhook".to_owned(), CallEnd::Failure));
        assert_eq!(Counts::get(&world.pipeline.counts.failures), 1);
        let letters = world.dead_letters().await;
        let [letter] = &letters[..] else { panic!("one dead letter: {letters:?}") };
        assert_eq!(letter.reason, DeadLetterReason::AppFailed);
        assert_eq!(format!("composeWebhook failed: {}", letter.message), world.errors()[0]);
    }
}

/// Prints the names of each batch.
const EXPORTER: &str = "export function exportEvents(events) { console.log(events.map((event) => event.event)) }";

/// Sends events of these names, then ends the invocation; what the exporter printed.
async fn exported(app: AppSetup, names: &[&str]) -> Vec<String> {
    let world = World::of(app).await;
    for name in names {
        world.run_event(event(json!({"event": name, "uuid": name}))).await.expect("not dropped");
    }
    assert!(world.logs.lines().is_empty(), "nothing is exported before the end");
    world.export().await;
    assert!(world.errors().is_empty(), "{:?}", world.errors());
    let printed = world.logs.messages(LogLevel::Log);
    world.export().await;
    assert_eq!(world.logs.messages(LogLevel::Log), printed, "no event is exported twice, no empty batch at all");
    printed
}

#[tokio::test]
async fn exports_get_everything_in_order() {
    assert_eq!(exported(AppSetup::new(EXPORTER), &["a", "b", "c"]).await, [r#"["a","b","c"]"#]);
    assert_eq!(exported(AppSetup::new(EXPORTER), &[]).await, [""; 0]);
}

#[tokio::test]
async fn exports_leave_out_what_the_config_ignores() {
    let app = AppSetup::new(EXPORTER).with(|app| app.config = json!({"exportEventsToIgnore": "b, c,,"}));
    assert_eq!(exported(app, &["a", "b", "B", "c", "d"]).await, [r#"["a","B","d"]"#]);
}

#[tokio::test]
async fn exports_are_cut_by_size() {
    let app = AppSetup::new(EXPORTER).with(|app| app.config = json!({"exportEventsBufferBytes": "1"}));
    assert_eq!(exported(app, &["a", "b"]).await, [r#"["a"]"#, r#"["b"]"#]);
}

#[tokio::test]
async fn an_export_that_fails_is_told_and_the_next_batch_goes_on() {
    let source = "export function exportEvents([event]) { if (event.event === 'a') throw new Error('boom'); console.log(event.event) }";
    let app = AppSetup::new(source).with(|app| app.config = json!({"exportEventsBufferBytes": "1"}));
    let world = World::of(app).await;
    for name in ["a", "b"] {
        world.run_event(event(json!({"event": name}))).await.expect("not dropped");
    }
    world.export().await;
    assert!(world.errors()[0].starts_with("exportEvents failed: Error: boom"), "{:?}", world.errors());
    assert_eq!(world.logs.messages(LogLevel::Log), ["b"]);
    assert_eq!(Counts::get(&world.pipeline.counts.exported), 1);
}
