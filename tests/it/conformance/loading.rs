//! Cases 19-30: what loads, what does not, and what is left of a source when it runs.

use super::{marking, properties_after};
use serde_json::{Value, json};
use tests::{AppSetup, World};

/// The error of an app that does not load, after making sure that a stack without it goes on: the app after it has the event.
async fn refused(app: AppSetup) -> String {
    let healthy = AppSetup::new(&marking("healthy")).named("healthy", 40);
    let world = World::builder().broken_app(app).app(healthy).start().await;
    assert_eq!(world.run_properties().await, json!({"by": "healthy", "$plugins_succeeded": ["healthy (40)"]}));
    world.refused[0].to_string()
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
