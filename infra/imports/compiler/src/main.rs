//! Compiles the units that `infra/imports/build.mjs` wrote into the imports bundle, with the engine that will load it, and measures
//! them. `cargo xtask imports` runs it; a crate of its own, so that xtask need not build the engine.

mod table;

use runtime_core::imports::bundle::{self, UnitSource};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str =
    "usage: imports-compiler compile UNITS BUNDLE | imports-compiler table UNITS BUNDLE | imports-compiler load BUNDLE";
/// For the engine's parser, which works by recursion.
const STACK_BYTES: usize = 64 << 20;

/// Why there is no bundle, or no table.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{USAGE}")]
    Usage,
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("{0}")]
    Unit(String),
}

fn main() -> ExitCode {
    let work = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(run).expect("the system gives a thread");
    let done = work.join().expect("errors are returned");
    let (text, code) = match done {
        Ok(text) => (text, ExitCode::SUCCESS),
        Err(failure) => (format!("error: {failure}"), ExitCode::FAILURE),
    };
    // Nobody is left to tell that nobody listens.
    let _ = writeln!(std::io::stdout(), "{text}");
    code
}

/// What to print: for `compile` the SHA-256 of the index, for `table` the table, for `load` what was loaded.
fn run() -> Result<String, Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["compile", units, bundle] => compile(Path::new(units), read(Path::new(units))?, Path::new(bundle)),
        ["table", units, bundle] => table::table(read(Path::new(units))?, Path::new(bundle)),
        ["load", bundle] => table::load_all(Path::new(bundle)),
        _ => Err(Failure::Usage),
    }
}

fn read(units: &Path) -> Result<Vec<UnitSource>, Failure> {
    UnitSource::read_folder(units).map_err(|source| Failure::File { path: units.into(), source })
}

fn compile(folder: &Path, sources: Vec<UnitSource>, to: &Path) -> Result<String, Failure> {
    let mut compiled = Vec::new();
    for source in sources {
        let bytecode = bundle::bytecode_of(&source).map_err(Failure::Unit)?;
        compiled.push((source, bytecode));
    }
    let path = folder.join("notices.txt");
    let notices = std::fs::read_to_string(&path).map_err(|source| Failure::File { path, source })?;
    let (bytes, sha256) = bundle::write(&compiled, &notices);
    std::fs::write(to, bytes).map_err(|source| Failure::File { path: to.into(), source })?;
    Ok(sha256)
}
