//! The same scripts under Node 20 and in our engine, line by line.
//!
//! A script of `parity/` is an expression `({ make, run })`. `make()` gives, on each side, what the other side has to
//! understand: signatures, ciphertext, compressed bytes. `run(tools, theirs, shared)` prints lines, which must be equal; `shared`
//! is what Node made, on both sides.

use crate::node::testing::{drain, module};
use crate::node::{NodeHost, install};
use crate::ports::entropy::Entropy;
use rquickjs::context::EvalOptions;
use rquickjs::{CatchResultExt, Context, Ctx, Function, Runtime, Value};
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/node/tests/parity");
const PRELUDE: &str = include_str!("parity/prelude.js");

/// Random bytes of the system, as in production: keys are made of them.
struct System;

impl Entropy for System {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).unwrap();
    }
}

/// An import, or `buffer`, which is for packages: an app has the global only.
#[expect(clippy::needless_pass_by_value, reason = "a native takes its arguments as the engine converts them, by value")]
fn load<'js>(ctx: Ctx<'js>, name: String) -> rquickjs::Result<Value<'js>> {
    if name == "buffer" { crate::node::load(&ctx, "node/buffer_module") } else { module(&ctx, &name) }
}

fn with_engine<R>(test: impl FnOnce(&Ctx<'_>) -> R) -> R {
    let runtime = Runtime::new().unwrap();
    let context = Context::full(&runtime).unwrap();
    context.with(|ctx| {
        install(&ctx, NodeHost { entropy: Arc::new(System), imports: None }).catch(&ctx).unwrap();
        let load = Function::new(ctx.clone(), load).unwrap();
        ctx.globals().set("load", load).unwrap();
        test(&ctx)
    })
}

#[expect(clippy::disallowed_methods, reason = "a test that compares with Node has to run it")]
fn command() -> Command {
    Command::new("node")
}

/// What `node runner.js SCRIPT ACTION` writes.
fn node(script: &str, action: &str, input: &str) -> String {
    let mut child = command()
        .args([&format!("{DIRECTORY}/runner.js"), script, action])
        .env("TZ", "UTC")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run `node` ({error}): install Node.js 20 and put it on PATH"));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "node failed on {script}");
    String::from_utf8(output.stdout).unwrap()
}

fn check_version() {
    let output = command().arg("--version").output();
    let version = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    assert!(version.starts_with("v20."), "`node --version` says {version:?}: install Node.js 20 and put it on PATH");
}

fn ours_made(source: &str) -> String {
    with_engine(|ctx| {
        ctx.eval::<String, _>(format!("(({{ make }}) => JSON.stringify(make === undefined ? null : make()))({source})"))
            .catch(ctx)
            .unwrap_or_else(|error| panic!("make: {error}"))
    })
}

fn ours(source: &str, theirs: &str) -> Vec<String> {
    with_engine(|ctx| {
        ctx.globals().set("theirs", theirs).unwrap();
        let script = format!(
            "globalThis.tools = {PRELUDE}; globalThis.state = 'not finished'; \
             Promise.resolve(({source}).run(tools, JSON.parse(theirs), JSON.parse(theirs))) \
             .then(() => {{ state = 'finished' }}, (error) => {{ state = error.stack + String(error) }})"
        );
        let mut sloppy = EvalOptions::default();
        sloppy.strict = false;
        ctx.eval_with_options::<(), _>(script, sloppy).catch(ctx).unwrap_or_else(|error| panic!("run: {error}"));
        drain(ctx);
        assert_eq!(ctx.eval::<String, _>("state").unwrap(), "finished");
        ctx.eval("tools.lines").unwrap()
    })
}

/// Runs one script on both sides and gives how many lines were compared.
fn compare(script: &str, source: &str) -> usize {
    check_version();
    let theirs = node(script, "make", "");
    let made = ours_made(source);
    let expected = node(script, "run", &format!("{{\"theirs\": {made}, \"shared\": {theirs}}}"));
    let expected: Vec<&str> = expected.lines().collect();
    let actual = ours(source, &theirs);
    let differences: Vec<String> = expected
        .iter()
        .zip(&actual)
        .filter(|(expected, actual)| expected != actual)
        .map(|(expected, actual)| format!("  node: {expected}\n  ours: {actual}"))
        .collect();
    assert_eq!(expected.len(), actual.len(), "{script}: not as many lines\n{}", differences.join("\n"));
    assert!(
        differences.is_empty(),
        "{script}: {} of {} lines differ\n{}",
        differences.len(),
        expected.len(),
        differences.join("\n")
    );
    println!("{script}: {} lines are equal", expected.len());
    expected.len()
}

#[test]
fn digests_and_random_bytes_are_as_in_node() {
    assert!(compare("hash.js", include_str!("parity/hash.js")) > 200);
}

#[test]
fn ciphers_are_as_in_node() {
    assert!(compare("cipher.js", include_str!("parity/cipher.js")) > 200);
}

#[test]
fn derived_keys_are_as_in_node() {
    assert!(compare("derive.js", include_str!("parity/derive.js")) > 80);
}

#[test]
fn keys_are_as_in_node() {
    assert!(compare("keys.js", include_str!("parity/keys.js")) > 100);
}

#[test]
fn signatures_are_as_in_node() {
    assert!(compare("sign.js", include_str!("parity/sign.js")) > 100);
}

#[test]
fn compression_is_as_in_node() {
    assert!(compare("zlib.js", include_str!("parity/zlib.js")) > 400);
}

#[test]
fn buffers_are_as_in_node() {
    assert!(compare("buffer.js", include_str!("parity/buffer.js")) > 400);
}

#[test]
fn urls_are_as_in_node() {
    assert!(compare("url.js", include_str!("parity/url.js")) > 300);
}
