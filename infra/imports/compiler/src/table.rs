//! What loading imports takes: the table of `cargo xtask imports --table`, and whether this machine's engine takes the bytecode at all.

use crate::Failure;
use rquickjs::{CatchResultExt, Context, Runtime};
use runtime_core::imports;
use runtime_core::imports::bundle::{ImportsBundle, UnitSource};
use runtime_core::node::{self, NodeHost};
use runtime_core::ports::entropy::Entropy;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const RUNS: usize = 10;
/// An isolate's own is smaller; the table is about time and memory.
const STACK_BYTES: usize = 8 << 20;

/// One import, loaded in a fresh isolate with everything under it.
struct Measured {
    milliseconds: f64,
    heap_kilobytes: i64,
    units: Vec<String>,
}

/// A Markdown table, a row an import.
pub fn table(sources: Vec<UnitSource>, bundle: &Path) -> Result<String, Failure> {
    let text: Vec<_> = sources.iter().map(|unit| (unit.name.clone(), unit.text.len(), unit.version.clone())).collect();
    let from_source = Arc::new(ImportsBundle::of_sources(bundle, sources));
    let from_bytecode = Arc::new(ImportsBundle::at(bundle));
    let mut rows = vec![
        "| import | version | source KB | bytecode KB | load from source ms | load from bytecode ms | times faster | heap KB |".to_owned(),
        "|---|---|---|---|---|---|---|---|".to_owned(),
    ];
    for name in imports::names().filter(|name| imports::needs_bundle(name)) {
        let source = best(name, &from_source)?;
        let bytecode = best(name, &from_bytecode)?;
        let version = text.iter().find(|(unit, ..)| unit == name).and_then(|(.., version)| version.clone());
        let sizes = |unit: &&(String, usize, Option<String>)| bytecode.units.contains(&unit.0);
        let source_bytes: usize = text.iter().filter(sizes).map(|(_, bytes, _)| bytes).sum();
        let bytecode_bytes: usize = bytecode.units.iter().filter_map(|unit| from_bytecode.size(unit)).sum();
        rows.push(format!(
            "| {name} | {} | {} | {} | {:.1} | {:.1} | {:.1} | {} |",
            version.unwrap_or_else(|| "Node 20".to_owned()),
            source_bytes / 1024,
            bytecode_bytes / 1024,
            source.milliseconds,
            bytecode.milliseconds,
            source.milliseconds / bytecode.milliseconds,
            bytecode.heap_kilobytes,
        ));
    }
    let build =
        if cfg!(debug_assertions) { "a debug build (the engine itself is optimised)" } else { "a release build" };
    rows.push(format!("\nBest of {RUNS} in a fresh isolate, with all units under the import, measured with {build}."));
    Ok(rows.join("\n"))
}

/// Loads every import, to see that an engine built for another processor takes this bytecode.
pub fn load_all(bundle: &Path) -> Result<String, Failure> {
    let bundle = Arc::new(ImportsBundle::at(bundle));
    let mut count = 0;
    for name in imports::names().filter(|name| imports::needs_bundle(name)) {
        load(name, &bundle)?;
        count += 1;
    }
    Ok(format!("{count} imports load on {}", std::env::consts::ARCH))
}

fn best(name: &str, bundle: &Arc<ImportsBundle>) -> Result<Measured, Failure> {
    let mut best: Option<Measured> = None;
    for _ in 0..RUNS {
        let run = load(name, bundle)?;
        if best.as_ref().is_none_or(|best| run.milliseconds < best.milliseconds) {
            best = Some(run);
        }
    }
    Ok(best.expect("there is at least one run"))
}

/// Loads an import in a runtime of its own. The files were read, and compared with their hashes, by the run before.
fn load(name: &str, bundle: &Arc<ImportsBundle>) -> Result<Measured, Failure> {
    let failed = |error: rquickjs::Error| Failure::Unit(format!("{name}: {error}"));
    let runtime = Runtime::new().map_err(failed)?;
    runtime.set_max_stack_size(STACK_BYTES);
    let context = Context::full(&runtime).map_err(failed)?;
    let host = NodeHost { entropy: Arc::new(Random), imports: Some(Arc::clone(bundle)) };
    context.with(|ctx| node::install(&ctx, host)).map_err(failed)?;
    runtime.run_gc();
    let before = runtime.memory_usage().malloc_size;
    let started = Instant::now();
    let units = context.with(|ctx| {
        let loaded = imports::module(&ctx, name).and_then(|_| node::loaded_units(&ctx));
        loaded.catch(&ctx).map_err(|error| Failure::Unit(format!("{name} does not load: {error}")))
    })?;
    let milliseconds = started.elapsed().as_secs_f64() * 1e3;
    runtime.run_gc();
    Ok(Measured { milliseconds, heap_kilobytes: (runtime.memory_usage().malloc_size - before) / 1024, units })
}

/// The system's randomness.
struct Random;

impl Entropy for Random {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the system gives random bytes");
    }
}
