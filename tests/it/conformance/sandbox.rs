//! Cases 45-61: what apps have not got, and the ends of those that do not end.
//!
//! Loops are ended by CPU time, of which these apps get 0.1 s; awaits by the world's clock, which moves when a test says so.

mod loops;

use super::{marking, properties_after};
use runtime_core::telemetry::LogLevel;
use serde_json::{Value, json};
use std::future::Future;
use std::time::Duration;
use tests::{AppSetup, MockReply, World, event, until};

const CPU_LIMIT: &str = "0.1 seconds";

async fn impatient_world(source: &str) -> World {
    World::of(AppSetup::new(source).impatient()).await
}

const fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// The line at which a time-out says that the app was, after checking everything else it says.
fn line_of(error: &str, limit: &str, function: &str) -> u32 {
    let start = format!("{function} failed: Script execution timed out after {limit} in {function} (demo, index.js:");
    let line = error.strip_prefix(&start).and_then(|rest| rest.strip_suffix(')'));
    line.and_then(|line| line.parse().ok()).unwrap_or_else(|| panic!("expected `{start}LINE)`, got `{error}`"))
}

#[tokio::test(flavor = "multi_thread")]
async fn case_045_timers_and_process_are_undefined() {
    let properties = properties_after(
        "export function processEvent(event) {
            event.properties.kinds = [typeof setTimeout, typeof setInterval, typeof setImmediate, typeof process]
            event.properties.own = ['setTimeout', 'setInterval', 'setImmediate', 'process'].filter((name) => name in globalThis)
            return event
        }",
    )
    .await;
    assert_eq!(properties["kinds"], json!(["undefined", "undefined", "undefined", "undefined"]));
    assert_eq!(properties["own"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_051_await_that_never_settles_names_its_line() {
    let source = "export async function processEvent(event) {\n  event.properties.before = 1\n  await new Promise(() => {})\n  return event\n}";
    let world = impatient_world(source).await;
    let properties = world.during(&[milliseconds(1000)], world.run_properties()).await;
    assert_eq!(properties["$plugins_failed"], json!(["demo (39)"]));
    assert_eq!(line_of(&world.errors()[0], "1 second", "processEvent"), 3);
    assert_eq!(world.errors().len(), 1);
}

/// An app that waits for the world's (slow) network in four places.
fn four_awaits(function: &str, result: &str) -> String {
    let awaits = "\n  await fetch('https://example.com/')".repeat(4);
    format!("async function {function}(event, meta) {{{awaits}\n  console.log('through')\n  return {result}\n}}")
}

/// What `work` comes to in a world whose network takes `delay`, of which `count` pass.
async fn with_slow_network<T>(world: &World, delay: Duration, count: usize, work: impl Future<Output = T>) -> T {
    world.http.answer(MockReply::json(&json!({})).after(delay));
    world.during(&vec![delay; count], work).await
}

/// The properties of the base event after an app for which 1 s passes while the network takes 0.8 s an answer.
async fn run_into_the_second_await(world: &World) -> Value {
    world.http.answer(MockReply::json(&json!({})).after(milliseconds(800)));
    let passing = async {
        world.pass(milliseconds(800)).await;
        until("the second request", || world.http.requests().len() == 2).await;
        world.pass(milliseconds(200)).await;
    };
    futures_util::future::join(world.run_properties(), passing).await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn case_052_four_awaits_reach_the_limit_of_the_call() {
    let source = four_awaits("processEvent", "event");
    let world = impatient_world(&source).await;
    assert_eq!(run_into_the_second_await(&world).await, json!({"$plugins_failed": ["demo (39)"]}));
    assert_eq!(line_of(&world.errors()[0], "1 second", "processEvent"), 3, "the second await");
    assert_eq!(world.http.requests().len(), 2);
    assert!(!world.logs.contains("through"));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_053_shadowing_the_guard_changes_nothing() {
    for guard in ["__asyncGuard", "__hedgerow_await"] {
        let source = four_awaits("processEvent", "event").replacen(
            "{\n",
            &format!("{{ const {guard} = (value) => value; {guard}(1)\n"),
            1,
        );
        let world = impatient_world(&format!("var {guard} = (value) => value\n{source}")).await;
        assert_eq!(run_into_the_second_await(&world).await, json!({"$plugins_failed": ["demo (39)"]}));
        assert_eq!(line_of(&world.errors()[0], "1 second", "processEvent"), 4, "{guard}");

        let world = impatient_world(&format!(
            "export async function processEvent(event) {{\n  const {guard} = (value) => value\n  await new Promise(() => {{}})\n}}"
        ))
        .await;
        world.during(&[milliseconds(1000)], world.run_properties()).await;
        assert_eq!(line_of(&world.errors()[0], "1 second", "processEvent"), 3, "{guard}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_054_job_with_four_short_awaits_completes() {
    let world = impatient_world(&format!("{}\nexports.jobs = {{ run }}", four_awaits("run", "null"))).await;
    with_slow_network(&world, milliseconds(410), 4, world.run_job("run", Some(json!(1)))).await;
    assert_eq!(world.errors(), Vec::<String>::new());
    assert!(world.logs.contains("through"));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_055_job_with_one_long_await_times_out() {
    let world = impatient_world(&format!("{}\nexports.jobs = {{ run }}", four_awaits("run", "null"))).await;
    world.http.answer(MockReply::json(&json!({})).after(milliseconds(1500)));
    world.during(&[milliseconds(1000)], world.run_job("run", Some(json!(1)))).await;
    assert_eq!(line_of(&world.errors()[0], "1 second", "jobs.run"), 2);
    assert!(!world.logs.contains("through"));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_056_time_awaited_in_a_loop_does_not_count() {
    let source = "exports.jobs = {
  async run() {
    for (let i = 0; i < 7; i++) {
      await fetch('https://example.com/')
    }
    console.log('through')
  },
}";
    let world = impatient_world(source).await;
    with_slow_network(&world, milliseconds(230), 7, world.run_job("run", Some(json!(1)))).await;
    assert_eq!(world.errors(), Vec::<String>::new());
    assert!(world.logs.contains("through"));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_057_time_out_is_a_retry_error() {
    let world = impatient_world("export function setupPlugin() { for (;;) ; }\nexport const jobs = { run() {} }").await;
    let told = world.logs.messages(LogLevel::Warn);
    let [told] = &told[..] else { panic!("an app with jobs is set up when it is loaded: {told:?}") };
    let text = "setupPlugin failed with RetryError (attempt 1/6): Script execution timed out after 0.1 seconds in setupPlugin (demo, ";
    assert!(told.starts_with(text) && told.ends_with("Retrying in 5 s..."), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn case_058_endless_top_level_code_fails_the_load() {
    let broken = AppSetup::new("for (;;) { }\nexport function processEvent(event) { return null }").impatient();
    let healthy = AppSetup::new(&marking("healthy")).named("healthy", 40);
    let world = World::builder().app(broken).app(healthy).start().await;
    let error = world.first().load_error().expect("never loaded").to_string();
    assert!(
        error.starts_with("the app could not be loaded: Script execution timed out after 0.1 seconds in "),
        "{error}"
    );
    assert_eq!(world.errors(), [format!("{error}. Disabled the app!")]);
    assert_eq!(world.run_properties().await, json!({"by": "healthy", "$plugins_succeeded": ["healthy (40)"]}));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_059_lines_are_those_of_the_original_source() {
    let source = "interface Long {
  a: string
  b: number
}
type Short = Long |
  null
declare const nothing: Short

enum Level {
  Low,
}
async function run(event: Long, level: Level = Level.Low) {
  await new Promise(() => {})
}
function loop(): never {
  for (;;) { }
}
export const processEvent = (event: any) => (event.event === 'loop' ? loop() : run(event))
";
    let world = impatient_world(source).await;
    world.during(&[milliseconds(1000)], world.run_properties()).await;
    assert_eq!(line_of(&world.errors()[0], "1 second", "processEvent"), 13);
    world.run_event(event(json!({"event": "loop"}))).await;
    assert_eq!(line_of(&world.errors()[1], CPU_LIMIT, "processEvent"), 16);
}

#[tokio::test(flavor = "multi_thread")]
async fn case_060_infinite_recursion_is_a_range_error() {
    let world = impatient_world(
        "function deeper() { return deeper() + 1 }
        export function processEvent(event) {
            event.properties.before = true
            if (event.event === 'caught') {
                try { deeper() } catch (error) { event.properties.caught = [error instanceof RangeError, error.name] }
                return event
            }
            deeper()
        }",
    )
    .await;
    assert_eq!(world.run_properties().await, json!({"before": true, "$plugins_failed": ["demo (39)"]}));
    assert!(world.errors()[0].starts_with("processEvent failed: RangeError: "), "{:?}", world.errors());
    let caught = world.run_event(event(json!({"event": "caught"}))).await.expect("not dropped");
    assert_eq!(caught["properties"]["caught"], json!([true, "RangeError"]));
    assert_eq!(caught["properties"]["$plugins_succeeded"], json!(["demo (39)"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_061_labels_and_continue_cross_guarded_loops() {
    let properties = properties_after(
        "export async function processEvent(event) {
            const pairs = []
            outer: for (let a = 0; a < 3; a++) {
                let b = 0
                while (true) {
                    await null
                    if (b === a) continue outer
                    do {
                        if (a === 2 && b === 1) break outer
                        pairs.push([a, b])
                        b++
                        continue outer
                    } while (true)
                }
            }
            event.properties.pairs = pairs
            return event
        }",
    )
    .await;
    assert_eq!(properties["pairs"], json!([[1, 0], [2, 0]]));
}
