//! `cargo xtask imports`: the imports bundle, from infra/imports and the npm registry.
//!
//! npm and the bundler work in the cache folder, outside the clone; the engine's own compiler is the crate `imports-compiler`.

mod arm64;

use crate::{Error, Verdict, node_modules, output, workspace};
use std::collections::hash_map::DefaultHasher;
use std::fs::File;
use std::hash::Hasher;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const HELP: &str = "Builds the imports bundle: the npm packages that apps may import, bundled and compiled to bytecode.

Usage: cargo xtask imports [--update | --check | --table | --arm64 | --into FOLDER]

Steps:
  1. `npm ci` of infra/imports/package-lock.json, in the cache folder
  2. esbuild bundles each package, and Node's modules under it (infra/imports/layer), into units
  3. the engine compiles the units into target/imports/hedgerow-imports.bundle; hedgerow-imports.notices.txt beside it has the licences
  4. the bundle's hash must be that of infra/imports/bundle.sha256, which is compiled into hedgerow

Nothing is done again whose input has not changed. Needs Node 20 with npm.

Options:
  --update  write the hash of what was built into infra/imports/bundle.sha256
  --check   build twice, from the start, and compare: is the bundle reproducible?
  --arm64   load every import on an arm64 build of the engine, under qemu-user where this machine is none
  --into FOLDER  put the bundle beside each `bootstrap` below FOLDER: after `sam build`, `--into .aws-sam/build`
  --table   print a Markdown table of sizes and load times; build for release to get those of production

Environment:
  HEDGEROW_CACHE  folder that npm installs into [default: $HOME/.cache/hedgerow]

Exit codes: 0 all is well; 1 the bundle is not the one that hedgerow expects; 2 a step could not run.";

/// The variable from which hedgerow and the tests take the bundle.
pub const VARIABLE: &str = "HEDGEROW_IMPORTS";

const FILE_NAME: &str = "hedgerow-imports.bundle";
const NOTICES_NAME: &str = "hedgerow-imports.notices.txt";

/// What to do besides building.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task<'a> {
    Build,
    Into(&'a str),
    Update,
    Check,
    Table,
    Arm64,
}

/// Runs the command; see the help text above.
pub fn run(arguments: &[String]) -> Result<Verdict, Error> {
    let task = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => Task::Build,
        ["--into", folder] => Task::Into(folder),
        ["--update"] => Task::Update,
        ["--check"] => Task::Check,
        ["--table"] => Task::Table,
        ["--arm64"] => Task::Arm64,
        ["--help" | "-h"] => {
            output::line(HELP);
            return Ok(Verdict::Passed);
        }
        [unknown, ..] => return Err(Error::new(format!("unexpected argument `{unknown}`\n\n{HELP}"))),
    };
    match task {
        Task::Build => Ok(verdict(&build()?)),
        Task::Into(folder) => put_into(Path::new(folder)),
        Task::Update => {
            let built = build()?;
            std::fs::write(expected_file(), format!("{}\n", built.sha256))?;
            output::line(format_args!("{} is written", expected_file().display()));
            Ok(Verdict::Passed)
        }
        Task::Check => check(),
        Task::Table => table(),
        Task::Arm64 => arm64::check(&bundle()?),
    }
}

/// The bundle, built if it is not there as hedgerow expects it; for the commands that run tests.
pub fn bundle() -> Result<PathBuf, Error> {
    let built = build()?;
    match verdict(&built) {
        Verdict::Passed => Ok(built.bundle),
        Verdict::Failed => Err(Error::new("the imports bundle is not the one that hedgerow expects; see above")),
    }
}

/// Puts the bundle and its notices into every folder directly below `folder` that holds a function's program.
pub fn put_into(folder: &Path) -> Result<Verdict, Error> {
    let bundle = bundle()?;
    let functions: Vec<_> =
        workspace::subfolders(folder)?.into_iter().filter(|function| function.join("bootstrap").is_file()).collect();
    if functions.is_empty() {
        return Err(Error::new(format!(
            "no folder below {} holds a `bootstrap`; run `sam build` first",
            folder.display()
        )));
    }
    for function in functions {
        std::fs::copy(&bundle, function.join(FILE_NAME))?;
        std::fs::copy(bundle.with_file_name(NOTICES_NAME), function.join(NOTICES_NAME))?;
        output::line(format_args!("{} has the imports bundle", function.display()));
    }
    Ok(Verdict::Passed)
}

/// What was built.
struct Built {
    bundle: PathBuf,
    /// Of its index, which names the hashes of all parts.
    sha256: String,
}

fn verdict(built: &Built) -> Verdict {
    let expected = std::fs::read_to_string(expected_file()).unwrap_or_default();
    if expected.trim() == built.sha256 {
        return Verdict::Passed;
    }
    output::line(format_args!(
        "the bundle's hash is {}, but {} has {}. If infra/imports or the engine was changed on purpose, run `cargo xtask imports \
         --update` and build hedgerow again",
        built.sha256,
        expected_file().display(),
        expected.trim()
    ));
    Verdict::Failed
}

/// Builds what is not there yet.
fn build() -> Result<Built, Error> {
    let folder = workspace::target_folder()?.join("imports");
    let bundle = folder.join(FILE_NAME);
    let stamp = folder.join("stamp");
    let inputs = inputs()?;
    if bundle.is_file()
        && let Ok(text) = std::fs::read_to_string(&stamp)
        && let Some((known, sha256)) = text.trim().split_once(' ')
        && known == inputs
    {
        return Ok(Built { bundle, sha256: sha256.to_owned() });
    }
    std::fs::create_dir_all(&folder)?;
    let installed = install()?;
    let units = bundle_units(&installed)?;
    std::fs::copy(units.join("notices.txt"), folder.join(NOTICES_NAME))?;
    let sha256 = compile(&units, &bundle)?;
    std::fs::write(stamp, format!("{inputs} {sha256}\n"))?;
    output::line(format_args!("{} is built", bundle.display()));
    Ok(Built { bundle, sha256 })
}

/// Everything that a bundle is made of, as one hash: what is in infra/imports, and what decides on the engine.
fn inputs() -> Result<String, Error> {
    let mut files = files_below(&source_folder())?;
    files.retain(|file| !file.ends_with("bundle.sha256"));
    files.push(workspace::root().join("Cargo.lock"));
    files.push(workspace::root().join("runtime-core/src/imports/bundle/write.rs"));
    files.push(workspace::root().join("runtime-core/src/imports/bundle/index.rs"));
    files.push(workspace::root().join("runtime-core/src/node/compiled.rs"));
    let mut hasher = DefaultHasher::new();
    for file in files {
        hasher.write(file.strip_prefix(workspace::root()).unwrap_or(&file).as_os_str().as_encoded_bytes());
        hasher.write(&std::fs::read(&file)?);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// The folder of the cache with the installed packages, which no other build uses meanwhile.
struct Installed {
    folder: PathBuf,
    _turn: File,
}

fn install() -> Result<Installed, Error> {
    let modules = node_modules::install()?;
    let folder = modules.parent().expect("node_modules is a folder in one").to_owned();
    Ok(Installed { _turn: node_modules::turn(&folder)?, folder })
}

/// Bundles the units beside the installed packages, from a fresh copy of infra/imports; their folder.
fn bundle_units(Installed { folder: installed, .. }: &Installed) -> Result<PathBuf, Error> {
    for name in ["layer", "entries", "units"] {
        let folder = installed.join(name);
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
    }
    for file in files_below(&source_folder())? {
        let relative = file.strip_prefix(source_folder()).expect("it lies below that folder");
        if relative.starts_with("compiler") {
            continue;
        }
        let copy = installed.join(relative);
        std::fs::create_dir_all(copy.parent().expect("it lies in a folder"))?;
        std::fs::copy(&file, copy)?;
    }
    let mut node = Command::new("node");
    node.args(["build.mjs", "units"]).current_dir(installed);
    if !workspace::succeeds(&mut node)? {
        return Err(Error::new("infra/imports/build.mjs failed; see above"));
    }
    Ok(installed.join("units"))
}

/// Compiles the units; the hash of what came out.
fn compile(units: &Path, bundle: &Path) -> Result<String, Error> {
    let printed = compiler(&["compile".as_ref(), units.as_os_str(), bundle.as_os_str()])?;
    Ok(printed.trim().to_owned())
}

fn check() -> Result<Verdict, Error> {
    let folder = workspace::target_folder()?.join("imports/check");
    std::fs::create_dir_all(&folder)?;
    let mut hashes = Vec::new();
    for name in ["one.bundle", "other.bundle"] {
        let installed = install()?;
        let units = bundle_units(&installed)?;
        hashes.push((compile(&units, &folder.join(name))?, std::fs::read(folder.join(name))?));
    }
    if hashes[0] != hashes[1] {
        output::line(format_args!("two builds differ; see the files in {}", folder.display()));
        return Ok(Verdict::Failed);
    }
    output::line("two builds are equal");
    Ok(verdict(&Built { bundle: folder.join("one.bundle"), sha256: hashes.swap_remove(0).0 }))
}

fn table() -> Result<Verdict, Error> {
    let bundle = bundle()?;
    let installed = install()?;
    // Those of this very bundle, whatever another clone has built meanwhile.
    let units = bundle_units(&installed)?;
    output::line(compiler(&["table".as_ref(), units.as_os_str(), bundle.as_os_str()])?.trim());
    Ok(Verdict::Passed)
}

/// Runs the compiler; what it prints.
fn compiler(arguments: &[&std::ffi::OsStr]) -> Result<String, Error> {
    let mut cargo = workspace::cargo();
    cargo.args(["run", "--quiet", "--package", "imports-compiler"]);
    // As this program itself was built.
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    cargo.arg("--").args(arguments).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = cargo.output().map_err(|error| Error::new(format!("cannot run cargo: {error}")))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(printed);
    }
    Err(Error::new(format!("the units of the imports bundle do not compile\n{}", printed.trim())))
}

fn source_folder() -> PathBuf {
    workspace::root().join("infra/imports")
}

fn expected_file() -> PathBuf {
    source_folder().join("bundle.sha256")
}

/// Every file below a folder, by name.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() && !path.ends_with("node_modules") {
                folders.push(path);
            } else if path.is_file() {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_names_no_registry() {
        let lock = std::fs::read_to_string(source_folder().join("package-lock.json")).expect("there is a lock");
        assert!(!lock.contains("\"resolved\""), "whoever builds has a registry of their own");
        assert!(lock.contains("\"integrity\": \"sha512-"), "a lock without hashes locks nothing");
    }

    #[test]
    fn what_is_built_depends_on_every_source() {
        let files = files_below(&source_folder()).expect("the folder is readable");
        for needed in ["build.mjs", "layer/stream.js", "entries/pg.js", "package-lock.json"] {
            assert!(files.contains(&source_folder().join(needed)), "{needed}");
        }
    }
}
