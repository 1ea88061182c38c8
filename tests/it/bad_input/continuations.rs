//! Messages of the queue that nothing can be done with, and continuations whose installation has changed: each has its end.

use runtime_core::installation::DisabledPolicy;
use runtime_core::pipeline::{ResumeError, Resumed};
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::dead_letters::DeadLetterReason;
use runtime_core::ports::delayed_queue::{DelayedMessage, DueWork, Lane};
use tests::{AppSetup, World};

/// What waits, whole.
async fn waiting(world: &World) -> Vec<DelayedMessage> {
    let queue = world.store.delayed_queue();
    let far = Timestamp(i64::MAX - 1);
    queue.take(far, world.now(), usize::MAX).await.expect("the store is in memory")
}

/// The body of the one message that an app with this source leaves waiting.
async fn left_waiting(source: &str) -> String {
    let world = World::with(source).await;
    world.run().await.expect("not dropped");
    let [message] = &waiting(&world).await[..] else { panic!("one message") };
    message.body.clone()
}

const LATER: &str = "export function onEvent() { throw new RetryError('later') }";

async fn go_on(world: &World, body: &str) -> Result<Resumed, ResumeError> {
    let message = world.message("m1", Lane::Continuations, body.to_owned());
    world.pipeline.run_delayed(&message).await
}

#[tokio::test]
async fn a_continuation_that_cannot_be_used_is_kept_whole() {
    let body = left_waiting(LATER).await;
    let bad = [
        body.replace("\"attempt\":2", "\"attempt\":0"),
        body.replace("on_event", "nowhere"),
        body.replace("\"installation\":39", "\"installation\":7"),
        format!("{}\"subject\":{{\"event\":5}}}}", body.split("\"subject\"").next().expect("there is a first part")),
        r#"{"kind":"continuation"}"#.into(),
    ];
    for body in bad {
        let world = World::with(LATER).await;
        let done = go_on(&world, &body).await.expect("it has ended");
        assert!(matches!(done, Resumed::Done), "{body}");
        let letters = world.dead_letters().await;
        let [letter] = &letters[..] else { panic!("one dead letter of {body}: {letters:?}") };
        assert_eq!((letter.reason, &letter.body[..]), (DeadLetterReason::BadContinuation, body.as_bytes()), "{body}");
        assert!(waiting(&world).await.is_empty());
    }
}

#[tokio::test]
async fn a_continuation_of_a_newer_release_is_left_alone() {
    let body = left_waiting(LATER).await.replace("\"v\":1", "\"v\":2");
    let world = World::with(LATER).await;
    let job = r#"{"v":2,"installation":39,"name":"work","payload":null,"hops":0}"#;
    for body in [&body, job] {
        let error = go_on(&world, body).await.expect_err("it must stay in the queue");
        assert!(matches!(&error, ResumeError::Newer(_)) && error.to_string().contains("format 2"), "{error}");
    }
    assert!(world.dead_letters().await.is_empty() && world.logs.lines().is_empty());
}

#[tokio::test]
async fn what_waits_for_a_disabled_installation_becomes_a_dead_letter() {
    let body = left_waiting(LATER).await;
    let disabled = "throw new Error('no load')";
    for policy in [DisabledPolicy::Pass, DisabledPolicy::DeadLetter] {
        let world = World::of(AppSetup::new(disabled).with(|app| app.on_disabled = policy)).await;
        go_on(&world, &body).await.expect("it has ended");
        let found = world.dead_letters().await;
        assert!(matches!(found.as_slice(), [letter] if letter.reason == DeadLetterReason::Disabled), "{found:?}");
        assert!(waiting(&world).await.is_empty());
    }
}

#[tokio::test]
async fn a_continuation_of_a_function_that_is_gone_ends() {
    let world = World::with("export function processEvent(event) { return event }").await;
    go_on(&world, &left_waiting(LATER).await).await.expect("it has ended");
    assert!(world.dead_letters().await.is_empty() && waiting(&world).await.is_empty());
}
