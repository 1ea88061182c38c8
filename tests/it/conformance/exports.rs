//! Cases 1-18: finding an app's functions.

use super::{marking, properties_after};
use serde_json::json;
use tests::{World, event};

/// The names of an app's functions: methods, scheduled tasks, jobs.
async fn capabilities(source: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
    let world = World::with(source).await;
    let found = world.first().capabilities().expect("the app loads").clone();
    (found.methods, found.scheduled_tasks, found.jobs)
}

/// Asserts that nothing of the app is found to call for an event, and that the event leaves the chain as it came.
async fn assert_not_found(source: &str) {
    let world = World::with(source).await;
    assert_eq!(world.first().capabilities().expect("the app loads").methods, Vec::<String>::new(), "{source}");
    assert_eq!(world.run().await, Some(event(json!({}))), "{source}");
    assert_eq!(world.errors(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn case_001_empty_source_loads_without_methods() {
    assert_not_found("").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_002_top_level_function_is_found() {
    let properties = properties_after(&marking("function")).await;
    assert_eq!(properties, json!({"by": "function", "$plugins_succeeded": ["demo (39)"]}));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_003_top_level_var_is_found_and_const_is_not() {
    let arrow = "processEvent = (event) => { event.properties.by = 'arrow'; return event }";
    assert_eq!(properties_after(&format!("var {arrow}")).await["by"], json!("arrow"));
    assert_not_found(&format!("const {arrow}")).await;
    assert_not_found(&format!("let {arrow}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_004_fresh_module_exports_is_used() {
    let source = "module.exports = { processEvent(event) { event.properties.by = 'module.exports'; return event } }";
    assert_eq!(properties_after(source).await["by"], json!("module.exports"));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_005_property_of_module_exports_is_used() {
    let source = "module.exports.processEvent = (event) => { event.properties.by = 'property'; return event }";
    assert_eq!(properties_after(source).await["by"], json!("property"));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_006_fresh_exports_is_used() {
    let source = "exports = { processEvent: (event) => { event.properties.by = 'exports'; return event } }";
    assert_eq!(properties_after(source).await["by"], json!("exports"));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_007_property_of_exports_is_used() {
    let source = "exports.processEvent = (event) => { event.properties.by = 'property'; return event }";
    assert_eq!(properties_after(source).await["by"], json!("property"));
}

/// What an app that logs the names of the events shown to its `onEvent` logs.
async fn seen_by_on_event(source: &str) -> Vec<String> {
    let world = World::with(source).await;
    world.run().await;
    world.logs.lines().into_iter().map(|line| line.message).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn case_008_named_export_of_on_event_is_called() {
    let source = "export async function onEvent(event) { console.log(event.event, event.distinct_id) }";
    assert_eq!(seen_by_on_event(source).await, ["E person"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn case_009_default_export_of_an_object_is_called() {
    let source = "export default { onEvent(event) { console.log(event.event, event.distinct_id) } }";
    assert_eq!(seen_by_on_event(source).await, ["E person"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn case_010_named_export_wins_over_the_default_one() {
    let source = "export default { processEvent(event) { event.properties.by = 'default'; return event } }
        export function processEvent(event) { event.properties.by = 'named'; return event }";
    assert_eq!(properties_after(source).await["by"], json!("named"));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_011_exports_win_over_module_exports() {
    let source = "module.exports.processEvent = (event) => { event.properties.by = 'module.exports'; return event }
        exports.processEvent = (event) => { event.properties.by = 'exports'; return event }";
    assert_eq!(properties_after(source).await["by"], json!("exports"));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_012_an_export_hides_top_level_functions() {
    let source = format!("{}\nexports.jobs = {{ tidy() {{}} }}", marking("global"));
    let world = World::with(&source).await;
    let found = world.first().capabilities().expect("the app loads");
    assert_eq!((found.methods.len(), found.jobs.as_slice()), (0, &["tidy".to_owned()][..]));
    assert_eq!(world.run().await, Some(event(json!({}))));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_013_capabilities_are_known_methods_jobs_and_tasks() {
    let (methods, tasks, jobs) = capabilities(
        "export function helper() {}
        export const answer = 42
        export function onSnapshot() {}
        export function teardownPlugin() {}
        export function processEvent(event) { return event }
        export async function runEveryHour() {}
        export const jobs = { tidy() {}, async sweep() {} }",
    )
    .await;
    assert_eq!(methods, ["teardownPlugin", "processEvent"]);
    assert_eq!(tasks, ["runEveryHour"]);
    assert_eq!(jobs, ["tidy", "sweep"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn case_014_default_exported_function_or_class_is_not_found() {
    assert_not_found("export default function processEvent(event) { return null }").await;
    assert_not_found("export default class { processEvent(event) { return null } }").await;
    assert_not_found("export default class { static processEvent(event) { return null } }").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_015_module_exports_function_is_ignored() {
    let source = format!("module.exports = function () {{ return null }}\n{}", marking("global"));
    assert_eq!(properties_after(&source).await["by"], json!("global"));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_016_class_instance_is_found_and_called_without_receiver() {
    let properties = properties_after(
        "class App {
            constructor() { this.name = 'instance' }
            processEvent(event) { event.properties.receiver = typeof this; return event }
        }
        module.exports = new App()",
    )
    .await;
    assert_eq!(properties["receiver"], json!("undefined"), "a class body is strict code");
    let properties = properties_after(
        "function App() { this.name = 'instance' }
        App.prototype.processEvent = function (event) { event.properties.is_global = this === globalThis; return event }
        module.exports = new App()",
    )
    .await;
    assert_eq!(properties["is_global"], json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_017_run_every_functions_are_schedule_tasks() {
    let (_, mut tasks, _) = capabilities(
        "export function runEveryMinute() {}
        export async function runEveryHour() {}
        export const runEveryDay = () => {}",
    )
    .await;
    tasks.sort();
    assert_eq!(tasks, ["runEveryDay", "runEveryHour", "runEveryMinute"]);
    let (_, tasks, _) = capabilities("export function runEveryMinute() {}\nexport const runEveryHour = 'often'").await;
    assert_eq!(tasks, ["runEveryMinute"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn case_018_run_every_second_is_collected_and_never_fired() {
    let world = World::with(
        "export function runEverySecond() { console.log('second') }
        export function runEveryMinute() { console.log('minute') }",
    )
    .await;
    let found = world.first().capabilities().expect("the app loads").scheduled_tasks.clone();
    assert_eq!(found, ["runEverySecond", "runEveryMinute"]);
    for task in &found {
        world.run_task(task).await;
    }
    let logged: Vec<String> = world.logs.lines().into_iter().map(|line| line.message).collect();
    assert_eq!(logged, ["minute"]);
}
