//! Whose turn it is when something of a package settles, what holds the end of a call up, and where errors go.

use super::stage::{Stage, received, until};
use crate::isolate::Limits;
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// An app whose `processEvent` does what the event's name says. `later` is what a timer of the Node layer is.
fn app(steps: &str) -> String {
    format!(
        "const bytes = (text) => Uint8Array.from(Buffer.from(text))
         const text = (bytes) => Buffer.from(bytes).toString()
         const later = (milliseconds, callback) => {{
             const timer = binding.startTimer(milliseconds)
             timer.done.then(() => {{ callback() }})
             return timer
         }}
         const wait = (milliseconds) => new Promise((resolve) => later(milliseconds, resolve))
         const connect = () => binding.connect({{ host: 'db.test', port: 5432 }})
         const state = {{}}
         const steps = {{ {steps} }}
         export function processEvent(event) {{ return steps[event.event](event) }}"
    )
}

/// Whether the end of the call waits for something.
async fn is_held(stage: &Stage, name: &str) -> bool {
    let report = stage.call(name).await;
    report.result.unwrap_or_else(|error| panic!("{name} failed: {error}"));
    let mut ended = Box::pin(report.tail.ended());
    // A call that is told of nothing that could end it would be held for ever: what is asked for next runs after its last turn.
    stage.call("nothing").await;
    futures_util::poll!(&mut ended).is_pending()
}

#[tokio::test(flavor = "multi_thread")]
async fn timers_hold_a_call_up_if_they_are_short_and_referenced() {
    let stage = Stage::with(&app("nothing() {},
         short() { later(9_999, () => {}) },
         long() { later(10_000, () => {}) },
         unref() { later(5, () => {}).unref() },
         ref() { const timer = later(6, () => {}); timer.unref(); timer.ref() },
         refLong() { const timer = later(20_000, () => {}); timer.unref(); timer.ref() },
         cancelled() { later(7, () => {}).cancel() },"));
    let mut held = Vec::new();
    for name in ["short", "long", "unref", "ref", "refLong", "cancelled"] {
        if is_held(&stage, name).await {
            held.push(name);
        }
    }
    assert_eq!(held, ["short", "ref"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_timer_leaves_the_clock() {
    let stage =
        Stage::with(&app("start() { state.timer = later(20_000, () => {}) }, cancel() { state.timer.cancel() }"));
    stage.call("start").await;
    let moment = Duration::from_secs(20);
    until(|| stage.clock.is_awaited(moment)).await;
    stage.call("cancel").await;
    until(|| !stage.clock.is_awaited(moment)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_holds_a_call_up_while_it_expects_an_answer() {
    let stage = Stage::with(&app(
        "nothing() {},
         async idle() {
             const connection = await connect()
             await connection.write(bytes('question'))
             await connection.read()
             connection.read()
         },
         async unref() { const connection = await connect(); connection.unref(); connection.read() },
         async greeting() { (await connect()).read() },
         async asking() { const connection = await connect(); await connection.write(bytes('question')); connection.read() },",
    ));
    let answering = async {
        let mut server = stage.server().await;
        assert_eq!(received(&mut server).await, "question");
        server.write_all(b"answer").await.unwrap();
        server
    };
    let (idle, _server) = futures_util::future::join(is_held(&stage, "idle"), answering).await;
    assert!(!idle, "an idle connection of a pool");
    assert!(!is_held(&stage, "unref").await);
    assert!(is_held(&stage, "greeting").await, "the other side may speak first");
    assert!(is_held(&stage, "asking").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tail_of_a_call_ends_with_its_last_answer() {
    let stage = Stage::with(&app(
        "async ask() { const connection = await connect(); connection.read().then((bytes) => console.log(text(bytes))) },",
    ));
    let report = stage.call("ask").await;
    let mut server = stage.server().await;
    let answering = async { server.write_all(b"answer").await.unwrap() };
    let (tail, ()) = futures_util::future::join(report.tail.ended(), answering).await;
    assert!(tail.errors.is_empty(), "{:?}", tail.errors);
    assert_eq!(stage.logged("answer").await.as_deref(), Some("ask"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_belongs_to_the_call_that_wrote_last() {
    let stage = Stage::with(&app(
        "async open() {
             state.connection = await connect()
             state.connection.unref()
             const read = async () => { for (let bytes; (bytes = await state.connection.read());) console.log(text(bytes)) }
             read()
         },
         async use() {
             await state.connection.write(bytes('question'))
             await wait(50)
         },",
    ));
    stage.call("open").await.tail.ended().await;
    let mut server = stage.server().await;
    let using = async {
        assert_eq!(received(&mut server).await, "question");
        server.write_all(b"answer").await.unwrap();
        assert_eq!(stage.logged("answer").await.as_deref(), Some("use"), "B's callbacks run as B");
        stage.pass(50).await;
    };
    futures_util::future::join(stage.returned("use"), using).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_nobody_runs_as_the_oldest_open_call() {
    let stage = Stage::with(&app(
        "leave() { later(100, () => { console.log('lent'); throw new Error('of nobody') }).unref() },
         async first() { await wait(150); return { done: 1 } },
         async second() { await wait(160); return { done: 2 } },",
    ));
    stage.call("leave").await.tail.ended().await;
    let passing = async {
        let all = [100, 150, 160].map(Duration::from_millis);
        until(|| all.iter().all(|moment| stage.clock.is_awaited(*moment))).await;
        stage.clock.advance(Duration::from_millis(100));
        let whose = stage.logged("lent").await;
        assert!(whose.as_deref() == Some("first"), "{whose:?}");
        stage.logged("of nobody").await;
        stage.clock.advance(Duration::from_millis(60));
    };
    let first_then_second = async {
        // The first has begun when it waits for its time.
        until(|| stage.clock.is_awaited(Duration::from_millis(150))).await;
        stage.returned("second").await
    };
    let (first, second, ()) = futures_util::future::join3(stage.returned("first"), first_then_second, passing).await;
    assert_eq!((first, second), (json!({"done": 1}), json!({"done": 2})), "neither is to blame");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_lent_its_turn_to_an_endless_loop_runs_again() {
    let source = app("leave() { later(100, () => { for (;;); }).unref() },
         async first() { await wait(150); return { done: true } },");
    let stage = Stage::limited(&source, Limits { synchronous: Duration::from_millis(100), ..Limits::default() });
    stage.call("leave").await.tail.ended().await;
    let passing = async {
        until(|| [100, 150].iter().all(|moment| stage.clock.is_awaited(Duration::from_millis(*moment)))).await;
        stage.clock.advance(Duration::from_millis(100));
        stage.pass(150).await;
    };
    let (result, ()) = futures_util::future::join(stage.returned("first"), passing).await;
    assert_eq!(result, json!({"done": true}));
    assert!(stage.logs.messages()[0].contains("timed out after 0.1 seconds"), "{:?}", stage.logs.messages());
}

#[tokio::test(flavor = "multi_thread")]
async fn between_calls_errors_go_to_the_log_with_their_line() {
    let source = app("leave() {
             later(100, () => { throw new Error('nobody is there') }).unref()
             later(101, () => { for (;;); }).unref()
         },
         next() { return { state: 'fine' } },");
    let limits = Limits { synchronous: Duration::from_millis(100), ..Limits::default() };
    let stage = Stage::limited(&source, limits);
    stage.call("leave").await.tail.ended().await;
    stage.pass(100).await;
    assert_eq!(stage.logged("nobody is there").await, None);
    let line = stage.logs.messages().into_iter().find(|line| line.contains("nobody is there")).unwrap();
    assert!(line.starts_with("what an import does between calls failed: Error: nobody is there\n"), "{line}");
    assert!(line.contains("index.js:"), "{line}");
    stage.pass(1).await;
    stage.logged("timed out").await;
    assert_eq!(stage.returned("next").await, json!({"state": "fine"}), "the engine was made anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_callback_throws_fails_its_call_at_once_with_its_line() {
    let stage = Stage::with(&app(
        "timer() { return new Promise(() => later(5, () => { throw new Error('in a timer') })) },
         async read() {
             const connection = await connect()
             return new Promise(() => { connection.read().then(() => { throw new Error('in a read') }) })
         },
         loop() {
             const read = async () => { const connection = await connect(); await connection.read(); throw new Error('in a loop') }
             return new Promise(() => { read() })
         },
         exchange() {
             const options = { method: 'GET', protocol: 'https:', hostname: 'api.test', port: 443, path: '/', headers: [] }
             return new Promise(() => { binding.request(options).head.then(() => { throw new Error('in an exchange') }) })
         },",
    ));
    for (name, message) in
        [("timer", "in a timer"), ("read", "in a read"), ("loop", "in a loop"), ("exchange", "in an exchange")]
    {
        let driving = async {
            match name {
                "timer" => stage.pass(5).await,
                "exchange" => {}
                _ => stage.server().await.write_all(b"answer").await.unwrap(),
            }
        };
        let (report, ()) = futures_util::future::join(stage.call(name), driving).await;
        let error = report.result.expect_err("the call must not succeed");
        assert_eq!(error.to_string(), format!("Error: {message}"), "{name}");
        let crate::isolate::CallError::Thrown(thrown) = error else { panic!("{error:?}") };
        assert!(thrown.stack.contains("index.js:"), "{name}: {}", thrown.stack);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_that_the_app_forgot_does_not_end_its_call() {
    let stage = Stage::with(&app(
        "async forget() { await wait(5); Promise.reject(new Error('forgotten')); await wait(6); return { done: true } },",
    ));
    let passing = async {
        stage.pass(5).await;
        stage.pass(6).await;
    };
    let (report, ()) = futures_util::future::join(stage.call("forget"), passing).await;
    assert_eq!(report.result.unwrap().json.as_deref(), Some(r#"{"done":true}"#));
    assert_eq!(report.detached_errors.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_in_a_tail_is_the_calls_own() {
    let stage = Stage::with(&app("leave() { later(5, () => { throw new Error('too late') }) },"));
    let report = stage.call("leave").await;
    assert!(report.result.is_ok());
    let (tail, ()) = futures_util::future::join(report.tail.ended(), stage.pass(5)).await;
    assert_eq!(tail.errors.len(), 1);
    assert_eq!(tail.errors[0].to_string(), "Error: too late");
}

/// Leaves a connection behind, on which something waits.
const POOL: &str = "
    async open() {
        state.connection = await connect()
        await state.connection.write(bytes('hello'))
        await state.connection.read()
        state.connection.read().then(
            () => console.log('ended'),
            (error) => { console.log('lost', error.code); state.connection = null; throw new Error('nobody listens') },
        )
    },
    use() { console.log('begins'); return { lost: state.connection === null } },";

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_died_in_a_freeze_are_closed_before_the_next_call() {
    let stage = Stage::with(&app(POOL));
    let serving = async {
        let mut server = stage.server().await;
        assert_eq!(received(&mut server).await, "hello");
        server.write_all(b"hello").await.unwrap();
        server
    };
    let opening = async { stage.call("open").await.tail.ended().await };
    let (_, mut server) = futures_util::future::join(opening, serving).await;
    stage.clock.advance(Duration::from_secs(15));
    assert_eq!(stage.returned("use").await, json!({"lost": false}), "15 s are not too long");
    stage.clock.advance(Duration::from_millis(1));
    let report = stage.call("use").await;
    assert_eq!(report.result.unwrap().json.as_deref(), Some(r#"{"lost":true}"#));
    assert!(report.detached_errors.is_empty(), "{:?}", report.detached_errors);
    assert_eq!(server.read(&mut [0; 8]).await.unwrap(), 0, "the connection is closed");
    let messages = stage.logs.messages();
    assert_eq!(messages[..2], ["begins", "lost ECONNRESET"], "{messages:?}");
    assert!(
        messages[2].starts_with("what an import does between calls failed: Error: nobody listens\n"),
        "{messages:?}"
    );
    assert_eq!(messages[3..], ["begins"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_an_open_call_uses_is_not_stale() {
    let stage = Stage::with(&app(
        "async ask() { const connection = await connect(); await connection.write(bytes('slow')); return text(await connection.read()) },
         nothing() {},",
    ));
    let answering = async {
        let mut server = stage.server().await;
        assert_eq!(received(&mut server).await, "slow");
        stage.clock.advance(Duration::from_secs(20));
        stage.call("nothing").await;
        server.write_all(b"answer").await.unwrap();
    };
    let (answer, ()) = futures_util::future::join(stage.returned("ask"), answering).await;
    assert_eq!(answer, json!("answer"));
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_of_a_timed_out_call_never_go_on() {
    let source = app("async slow() { const connection = await connect(); console.log('reading'); console.log(text(await connection.read())) },
         async other() { await wait(900); await wait(700); console.log('other'); return { done: true } },
         nothing() { return { fresh: state.connection === undefined } },");
    let stage = Stage::limited(&source, Limits { single_await: Duration::from_secs(1), ..Limits::default() });
    let is_over = AtomicBool::new(false);
    let slow = async {
        let report = stage.call("slow").await;
        is_over.store(true, Ordering::SeqCst);
        report
    };
    let passing = async {
        let mut server = stage.server().await;
        stage.logged("reading").await;
        // The other call keeps the engine, so that the code of the late one is there to go on.
        let drive = async {
            for (awaited, passing) in [(900, 900), (1_600, 100)] {
                until(|| stage.clock.is_awaited(Duration::from_millis(awaited))).await;
                // Time that passes during a turn is that call's own, so none is to be under way.
                stage.call("nothing").await;
                stage.clock.advance(Duration::from_millis(passing));
            }
            until(|| is_over.load(Ordering::SeqCst)).await;
            // It fails if nobody holds the other end any more, which is as well.
            drop(server.write_all(b"late").await);
            stage.clock.advance(Duration::from_millis(600));
        };
        futures_util::future::join(stage.call("other"), drive).await.0
    };
    let (slow, other) = futures_util::future::join(slow, passing).await;
    assert!(slow.result.unwrap_err().to_string().starts_with("Script execution timed out after 1 second"));
    assert_eq!(other.result.unwrap().json.as_deref(), Some(r#"{"done":true}"#));
    assert_eq!(stage.returned("nothing").await, json!({"fresh": true}));
    assert_eq!(stage.logs.messages(), ["reading", "other"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_end_with_their_isolate() {
    let stage = Stage::with(&app("async open() { state.connection = await connect(); state.connection.read() },"));
    drop(stage.call("open").await);
    let mut server = stage.server().await;
    let Stage { isolate, .. } = stage;
    drop(isolate);
    assert_eq!(received(&mut server).await, "", "the other side is told");
}
