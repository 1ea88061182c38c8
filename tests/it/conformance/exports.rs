//! Cases 1-30: loading an app and finding its functions.

use super::{marking, properties_after};
use serde_json::{Value, json};
use tests::{AppSetup, World, event};

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

/// The error of an app that does not load, after making sure that a stack without it goes on: the app after it has the event.
async fn refused(app: AppSetup) -> String {
    let healthy = AppSetup::new(&marking("healthy")).named("healthy", 40);
    let world = World::builder().broken_app(app).app(healthy).start().await;
    assert_eq!(world.run_properties().await, json!({"by": "healthy", "$plugins_succeeded": ["healthy (40)"]}));
    world.refused[0].to_string()
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
        world.pipeline.run_task(world.first(), task, "tick").await.expect("every port is there");
    }
    let logged: Vec<String> = world.logs.lines().into_iter().map(|line| line.message).collect();
    assert_eq!(logged, ["minute"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn case_019_syntax_error_names_the_unexpected_token() {
    let source = "const a = 1\nfunction processEvent (event, meta { return event }";
    let error = refused(AppSetup::new(source)).await;
    assert!(error.contains("Unexpected token"), "{error}");
    assert!(error.contains("index.js:2:36"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn case_020_unparsable_manifest_is_an_error() {
    let error = refused(AppSetup::new(&marking("x")).file("plugin.json", "{\"name\": ")).await;
    assert!(error.starts_with("Could not load \"plugin.json\" for demo: "), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn case_021_missing_main_file_names_what_was_tried() {
    let error = refused(AppSetup::of_files([("readme.md", "text")])).await;
    assert!(error.starts_with("Could not load source code for demo: "), "{error}");
    assert!(error.ends_with("Tried: index.js, index.ts"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn case_022_main_in_a_subfolder_is_the_entry() {
    let app = AppSetup::of_files([("dist/app.js", marking("main").as_str()), ("index.js", marking("index").as_str())])
        .manifest(json!({"name": "demo", "main": "dist/app.js"}));
    assert_eq!(World::of(app).await.run_properties().await["by"], json!("main"));
}

/// Apps come as files, not as archives: the nearest to a broken archive is one that was stored in the place of the source.
#[tokio::test(flavor = "multi_thread")]
async fn case_023_an_archive_in_place_of_the_source_is_an_error() {
    let mut app = AppSetup::of_files([]);
    app.add_bytes("index.js", b"PK\x03\x04\x14\x00\x08\x00\xff\xfe\x00truncated");
    let error = refused(app).await;
    assert!(error.starts_with("index.js is not UTF-8 text (first bad byte at offset 8)"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn case_024_typescript_is_compiled_and_runs() {
    let properties = properties_after(
        "interface Extra { level: Level }
        type Text = string | null
        enum Level { Low = 1, High }
        const enum Fast { Yes = 'y' }
        namespace Tools { export const twice = (n: number): number => n * 2 }
        abstract class Base<T> { constructor(protected readonly value: T) {} }
        class Box extends Base<number> { #hidden = 1; read(): number { return this.value + this.#hidden } }
        export function processEvent(event: any, meta?: unknown): object {
            const text: Text = <Text>('cast' as any)
            const extra = { level: Level.High } satisfies Extra
            Object.assign(event.properties!, { text, extra, low: Level[1], fast: Fast.Yes, four: Tools.twice(2), box: new Box(1).read() })
            return event
        }",
    )
    .await;
    assert_eq!(
        properties,
        json!({
            "text": "cast", "extra": {"level": 2}, "low": "Low", "fast": "y", "four": 4, "box": 2,
            "$plugins_succeeded": ["demo (39)"],
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn case_025_jsx_and_decorators_are_load_errors() {
    let error = refused(AppSetup::new("const view = <div>hi</div>")).await;
    assert!(error.starts_with("Unexpected token: JSX is not supported in apps\n"), "{error}");
    let error = refused(AppSetup::new("const log = (a) => a\n@log class A {}")).await;
    assert!(error.starts_with("decorators are not supported in apps\n"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn case_026_top_level_await_is_a_load_error() {
    let error = refused(AppSetup::new("const reply = await fetch('https://example.com')")).await;
    assert!(error.starts_with("top-level await is not supported"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn case_027_undeclared_assignment_is_allowed() {
    let properties = properties_after(
        "export function processEvent(event) {
            undeclared = 'global'
            event.properties.found = globalThis.undeclared
            event.properties.own = Object.hasOwn(globalThis, 'undeclared')
            return event
        }",
    )
    .await;
    assert_eq!((&properties["found"], &properties["own"]), (&json!("global"), &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_028_octal_and_with_are_load_errors() {
    for source in ["const mode = 0755", "with (Math) { module.exports.answer = PI }"] {
        let error = refused(AppSetup::new(source)).await;
        assert!(error.contains("index.js:1:"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_029_top_level_this_is_undefined() {
    let properties = properties_after(
        "const top = typeof this
        const arrow = (() => typeof this)()
        var __assign = (this && this.__assign) || Object.assign
        function processEvent(event) {
            __assign(event.properties, { top, arrow, inner: (function () { return this === globalThis })() })
            return event
        }",
    )
    .await;
    assert_eq!(properties["top"], json!("undefined"));
    assert_eq!(properties["arrow"], json!("undefined"));
    assert_eq!(properties["inner"], json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_030_own_module_exports_and_fetch_load() {
    let declarations = "const module = { own: 'module' }
        const exports = { own: 'exports' }
        const fetch = () => 'own fetch'
        const URL = 'own URL'
        const RetryError = 'own RetryError'";
    let body = "function processEvent(event) {
            event.properties.own = [module.own, exports.own, fetch(), URL, RetryError]
            return event
        }";
    let own: Value = json!(["module", "exports", "own fetch", "own URL", "own RetryError"]);
    assert_eq!(properties_after(&format!("{declarations}\n{body}")).await["own"], own);
    assert_eq!(properties_after(&format!("{declarations}\nexport {body}")).await["own"], own);
}
