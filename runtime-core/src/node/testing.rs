//! What the tests of the Node modules share: a runtime with them installed, and tables of expressions with what Node 20 makes
//! of them.

use crate::imports::bundle::{FILE_NAME, ImportsBundle};
use crate::node::{NodeHost, install};
use crate::ports::entropy::Entropy;
use rquickjs::{CatchResultExt, Context, Ctx, Runtime};
use std::path::Path;
use std::sync::{Arc, LazyLock};

/// Bytes that count up: 0, 1, 2, …
pub(crate) struct Counting;

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for (value, byte) in (0_u8..=255).cycle().zip(bytes) {
            *byte = value;
        }
    }
}

/// The bundle that `cargo xtask imports` built, by the variable that `cargo xtask test` sets or where that command puts it.
#[expect(clippy::disallowed_methods, reason = "tests take what was built from where they are told")]
pub(crate) fn bundle() -> Option<Arc<ImportsBundle>> {
    static BUNDLE: LazyLock<Arc<ImportsBundle>> = LazyLock::new(|| {
        let built = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/imports").join(FILE_NAME);
        let path = std::env::var_os("HEDGEROW_IMPORTS").map_or_else(built, Into::into);
        Arc::new(ImportsBundle::at(path))
    });
    Some(BUNDLE.clone())
}

/// The system's bytes, for what a row of counted ones cannot make: an RSA key never comes of it.
pub(crate) struct Random;

impl Entropy for Random {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).unwrap();
    }
}

/// Runs `test` in a fresh runtime. The runtime is dropped at the end, which aborts the process if a value leaked.
pub(crate) fn with_node<R>(test: impl FnOnce(&Ctx<'_>) -> R) -> R {
    with_node_over(Arc::new(Counting), test)
}

/// The same with another source of random bytes.
pub(crate) fn with_node_over<R>(entropy: Arc<dyn Entropy>, test: impl FnOnce(&Ctx<'_>) -> R) -> R {
    let runtime = Runtime::new().unwrap();
    let context = Context::full(&runtime).unwrap();
    context.with(|ctx| {
        install(&ctx, NodeHost { entropy, imports: bundle() }).catch(&ctx).unwrap();
        ctx.globals()
            .set("load", rquickjs::Function::new(ctx.clone(), |ctx, name: String| module(&ctx, &name)))
            .unwrap();
        test(&ctx)
    })
}

pub(crate) fn module<'js>(ctx: &Ctx<'js>, name: &str) -> rquickjs::Result<rquickjs::Value<'js>> {
    crate::imports::module(ctx, name)
}

/// Evaluates a sloppy script and shows its value as the tables do.
pub(crate) fn show(ctx: &Ctx<'_>, expression: &str) -> String {
    let show: rquickjs::Function<'_> = ctx.eval(include_str!("testing_show.js")).unwrap();
    show.call((expression,)).catch(ctx).unwrap()
}

/// Runs the pending jobs until there are none.
pub(crate) fn drain(ctx: &Ctx<'_>) {
    while ctx.execute_pending_job() {}
}

/// Compares every `[expression, expected]` of a table; the tables are written by `testing_record.js` under Node 20.
pub(crate) fn check_table(ctx: &Ctx<'_>, table: &str) {
    let rows: Vec<(String, String)> = serde_json::from_str(table).unwrap();
    assert!(!rows.is_empty(), "an empty table proves nothing");
    let differences: Vec<String> = rows
        .iter()
        .map(|(expression, expected)| (expression, expected, show(ctx, expression)))
        .filter(|(_, expected, actual)| *expected != actual)
        .map(|(expression, expected, actual)| format!("{expression}\n  node: {expected}\n  ours: {actual}"))
        .collect();
    assert!(differences.is_empty(), "{} of {} differ\n{}", differences.len(), rows.len(), differences.join("\n"));
}
