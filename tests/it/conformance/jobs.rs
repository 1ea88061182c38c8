//! Cases 146-153 and 155: jobs.

use runtime_core::event::InstallationId;
use runtime_core::extensions::jobs::JobMessage;
use runtime_core::pipeline::Counts;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::dead_letters::DeadLetterReason;
use runtime_core::ports::delayed_queue::{DelayedMessage, DelayedQueue, DueWork, Lane};
use runtime_core::telemetry::CallEnd;
use runtime_core::telemetry::LogLevel;
use serde_json::json;
use tests::World;

/// An app with jobs whose `processEvent` does this with `jobs`, the event and its payload at hand.
fn app(body: &str) -> String {
    format!(
        "export const jobs = {{
             work(payload, meta) {{ console.log(payload, arguments.length, 'cache' in (meta ?? payload)) }},
             fail() {{ console.log('run'); throw new Error('boom') }},
             later() {{ console.log('run'); throw new RetryError('boom') }},
         }}
         export async function processEvent(event, {{ jobs }}) {{ {body}; return event }}"
    )
}

fn printed(world: &World) -> Vec<String> {
    world.logs.messages(LogLevel::Log)
}

/// What waits in the queue, which is left empty.
async fn taken(world: &World) -> Vec<DelayedMessage> {
    let queue = world.store.delayed_queue();
    let end = Timestamp(i64::MAX);
    let waiting = queue.take(end, end, usize::MAX).await.expect("the store is in memory");
    for message in &waiting {
        queue.finish(&message.id).await.expect("the store is in memory");
    }
    waiting
}

/// How many milliseconds after now the only job that `body` enqueues is due.
async fn delay_of(body: &str) -> i64 {
    let world = World::with(&app(body)).await;
    world.run().await.expect("not dropped");
    let jobs = taken(&world).await;
    let [job] = &jobs[..] else { panic!("one job: {jobs:?}, {:?}", world.errors()) };
    job.not_before.0 - world.now().0
}

#[tokio::test]
async fn case_146_a_job_of_process_event_or_on_event_runs_later_with_its_payload() {
    for function in ["processEvent", "onEvent"] {
        let world = World::with(&format!(
            "export const jobs = {{ async work(payload, meta) {{ console.log(payload, 'cache' in meta) }} }}
             export async function {function}(event, {{ jobs }}) {{
                 console.log((await jobs.work({{ name: event.event, list: [1, null] }}).runNow()) === undefined)
                 return event
             }}"
        ))
        .await;
        assert!(world.run().await.is_some(), "{function}");
        assert_eq!(printed(&world), ["true"], "{function}: the job has not run yet");
        assert_eq!(world.run_waiting().await, [0], "{function}");
        assert_eq!(printed(&world), ["true", r#"{"name":"E","list":[1,null]} true"#], "{function}");
        assert_eq!(Counts::get(&world.pipeline.counts.jobs), 1, "{function}");
        assert!(world.errors().is_empty(), "{function}: {:?}", world.errors());
    }
}

#[tokio::test]
async fn case_147_a_unit_may_be_singular_or_plural() {
    for (unit, milliseconds) in [("second", 1000), ("minute", 60_000), ("day", 86_400_000), ("month", 2_592_000_000)] {
        for unit in [unit.to_owned(), format!("{unit}s")] {
            assert_eq!(delay_of(&format!("await jobs.work(1).runIn(1, '{unit}')")).await, milliseconds, "{unit}");
        }
    }
}

#[tokio::test]
async fn case_148_a_job_at_the_present_moment_runs() {
    let world = World::with(&app("await jobs.work('x').runAt(new Date())")).await;
    world.run().await.expect("not dropped");
    assert_eq!(world.run_waiting().await, [0]);
    assert_eq!(printed(&world), ["x 2 true"]);
}

#[tokio::test]
async fn case_149_an_unknown_unit_is_an_error() {
    let catching = |unit: &str| {
        format!("await jobs.work(1).runIn(1, '{unit}').catch((error) => {{ event.properties.caught = error.message }})")
    };
    for (unit, text) in [
        ("fortnight", "Unknown time unit: fortnights"),
        ("fortnights", "Unknown time unit: fortnights"),
        ("Second", "Unknown time unit: Seconds"),
        ("toString", "Unknown time unit: toStrings"),
    ] {
        let world = World::with(&app(&catching(unit))).await;
        assert_eq!(world.run_properties().await["caught"], text);
        assert!(taken(&world).await.is_empty(), "{unit}");
    }
}

#[tokio::test]
async fn case_150_a_job_without_a_payload_gets_meta_alone() {
    for payload in ["", "undefined", "null", "0", "''", "false"] {
        let body = format!("await jobs.work({payload}).runNow()");
        let source = app(&body).replace("console.log(payload,", "console.log(");
        let world = World::with(&source).await;
        world.run().await.expect("not dropped");
        world.run_waiting().await;
        assert_eq!(printed(&world), ["1 true"], "{payload}");
    }
}

#[tokio::test]
async fn case_151_a_job_of_an_unknown_name_is_enqueued_and_fails_when_it_runs() {
    let world = World::with(&app("await jobs.other({ a: 1 }).runNow()")).await;
    let properties = world.run_properties().await;
    assert_eq!(properties["$plugins_succeeded"], json!(["demo (39)"]));
    assert!(world.logs.lines().is_empty(), "{:?}", world.logs.lines());
    assert_eq!(world.run_waiting().await, [0]);
    let text = "Task \"other\" not found for plugin \"demo\" with config id 39";
    assert_eq!(world.errors(), [text]);
    let letters = world.dead_letters().await;
    let [letter] = &letters[..] else { panic!("one dead letter: {letters:?}") };
    assert_eq!((letter.reason, letter.message.as_str()), (DeadLetterReason::BadJob, text));
    assert_eq!((letter.installation, letter.function.as_deref()), (Some(InstallationId(39)), Some("jobs.other")));
    assert_eq!(Counts::get(&world.pipeline.counts.jobs), 0);
}

#[tokio::test]
async fn case_152_a_job_that_throws_is_saved_and_not_run_again() {
    for (name, error) in [("fail", "Error: boom"), ("later", "RetryError: boom")] {
        let world = World::with(&app(&format!("await jobs.{name}({{ a: 1 }}).runNow()"))).await;
        world.run().await.expect("not dropped");
        assert_eq!(world.run_waiting().await, [0], "{name}: there is one run");
        assert_eq!(printed(&world), ["run"], "{name}");
        let errors = world.errors();
        assert!(errors.len() == 1 && errors[0].starts_with(&format!("jobs.{name} failed: {error}")), "{errors:?}");
        let letters = world.dead_letters().await;
        let [letter] = &letters[..] else { panic!("one dead letter: {letters:?}") };
        assert_eq!((letter.reason, letter.message.as_str()), (DeadLetterReason::AppFailed, error));
        assert_eq!(letter.function, Some(format!("jobs.{name}")));
        let kept: JobMessage = serde_json::from_slice(&letter.body).expect("a job");
        assert_eq!((kept.name.as_str(), kept.payload), (name, Some(json!({"a": 1}))));
        assert_eq!(Counts::get(&world.pipeline.counts.failures), 1, "{name}");
    }
}

/// Jobs that wait for a disabled app are kept as dead letters (the table of decisions: "a disabled app").
#[tokio::test]
async fn case_153_a_job_of_a_disabled_app_is_not_run() {
    for failing in ["throw new Error('no load')", "export function setupPlugin() { throw new Error('no set-up') }"] {
        let world = World::with(&format!("export const jobs = {{ work() {{ console.log('run') }} }}\n{failing}")).await;
        let why = world.first().disabled().expect("the app is disabled");
        world.run_job("work", Some(json!(1))).await;
        assert_eq!(printed(&world), [""; 0]);
        let letters = world.dead_letters().await;
        let [letter] = &letters[..] else { panic!("one dead letter: {letters:?}") };
        assert_eq!((letter.reason, letter.message.as_str()), (DeadLetterReason::Disabled, why.as_str()));
        assert_eq!((letter.installation, letter.function.as_deref()), (Some(InstallationId(39)), Some("jobs.work")));
        assert_eq!(Counts::get(&world.pipeline.counts.jobs), 0);
    }
}

#[tokio::test]
async fn case_154_a_job_is_not_counted_in_metrics_and_a_scheduled_task_is() {
    let source = "export const jobs = { work() {}, fail() { throw new Error('boom') } }
        export function runEveryMinute() {}
        export function runEveryHour() { throw new Error('boom') }";
    let world = World::with(source).await;
    for job in ["work", "fail"] {
        world.run_job(job, None).await;
    }
    assert_eq!(world.logs.calls(), []);
    for task in ["runEveryMinute", "runEveryHour"] {
        world.run_task(task).await;
    }
    let expected = [("runEveryMinute", CallEnd::Success), ("runEveryHour", CallEnd::Failure)];
    assert_eq!(world.logs.calls(), expected.map(|(function, end)| (function.to_owned(), end)));
}

#[tokio::test]
async fn case_155_a_message_that_is_no_job_becomes_a_dead_letter() {
    let unreadable = "the job cannot be read: ";
    for (body, reason) in [
        ("", unreadable),
        ("{", unreadable),
        ("null", unreadable),
        (r#"{"v":1}"#, unreadable),
        (r#"{"v":1,"kind":5,"installation":39}"#, unreadable),
        (r#"{"v":1,"installation":39,"name":5,"payload":null,"hops":0}"#, unreadable),
        (r#"{"v":1,"installation":"39","name":"work","payload":null,"hops":0}"#, unreadable),
        (r#"{"v":1,"installation":7,"name":"work","payload":null,"hops":0}"#, "there is no installation 7"),
    ] {
        let world = World::with(&app("")).await;
        let message = world.message("m1", Lane::Jobs, body.into());
        world.store.delayed_queue().send(message).await.expect("the store is in memory");
        assert_eq!(world.run_waiting().await, [0], "{body}");
        let letters = world.dead_letters().await;
        let [letter] = &letters[..] else { panic!("one dead letter of {body}: {letters:?}") };
        assert_eq!((letter.reason, letter.body.as_slice()), (DeadLetterReason::BadJob, body.as_bytes()), "{body}");
        assert!(letter.message.starts_with(reason), "{body}: {}", letter.message);
        assert_eq!((letter.installation, printed(&world).len()), (None, 0), "{body}");
    }
}
