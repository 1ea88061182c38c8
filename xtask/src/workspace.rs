//! The work tree, the folders outside it, and the programs that the commands start.

use crate::Error;
use serde_json::Value;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The root of the work tree.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies one folder below the root")
}

/// The folder for downloads and installations, outside the work tree: `$HEDGEROW_CACHE`, or `.cache/hedgerow` in the home folder.
pub fn cache_folder() -> Result<PathBuf, Error> {
    if let Some(folder) = std::env::var_os("HEDGEROW_CACHE") {
        return Ok(PathBuf::from(folder));
    }
    let home = std::env::var_os("HOME").ok_or_else(|| {
        Error::new("neither HEDGEROW_CACHE nor HOME is set; set HEDGEROW_CACHE to a folder for downloads")
    })?;
    Ok(Path::new(&home).join(".cache/hedgerow"))
}

/// The folder into which cargo builds.
pub fn target_folder() -> Result<PathBuf, Error> {
    let output = cargo().args(["metadata", "--no-deps", "--format-version", "1"]).stderr(Stdio::inherit()).output()?;
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| Error::new(format!("`cargo metadata` printed no JSON: {error}")))?;
    let folder = metadata["target_directory"].as_str();
    folder.map(PathBuf::from).ok_or_else(|| Error::new("`cargo metadata` names no target_directory"))
}

/// A cargo command in the root of the work tree.
///
/// The variables that cargo set for xtask itself are taken away: build scripts that watch them (ring's does) would otherwise
/// run again, and much with them, each time a build through xtask follows a build without it.
pub fn cargo() -> Command {
    in_root(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Builds everything; whether it builds. Every command builds all of it: another choice of packages unifies the features of the AWS
/// SDKs otherwise, and compiles them once more.
pub fn build() -> Result<bool, Error> {
    succeeds(cargo().args(["build", "--workspace"]))
}

/// A program that runs cargo, like [`cargo`] itself in the root of the work tree and without the variables.
pub fn in_root(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_set_by_cargo_run) {
            command.env_remove(name);
        }
    }
    command.current_dir(root());
    command
}

fn is_set_by_cargo_run(variable: &str) -> bool {
    const PREFIXES: [&str; 5] =
        ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_PACKAGE"];
    PREFIXES.iter().any(|prefix| variable.starts_with(prefix))
}

/// Runs a command that prints for itself and tells whether it succeeded.
pub fn succeeds(command: &mut Command) -> Result<bool, Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.stdin(Stdio::null()).status();
    let status = status.map_err(|error| Error::new(format!("cannot run `{program}`: {error}; is it installed?")))?;
    Ok(status.success())
}

/// The folders directly below `folder`, by name; none where it does not exist.
pub fn subfolders(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_the_workspace() {
        assert!(root().join("Cargo.toml").is_file());
        assert!(root().join("runtime-core").is_dir());
    }

    #[test]
    fn only_what_cargo_run_sets_is_taken_away() {
        assert!(is_set_by_cargo_run("CARGO_PKG_NAME"));
        assert!(is_set_by_cargo_run("CARGO_MANIFEST_DIR"));
        for kept in ["CARGO_TARGET_DIR", "CARGO_HOME", "CARGO_INCREMENTAL", "PATH"] {
            assert!(!is_set_by_cargo_run(kept), "{kept}");
        }
    }

    #[test]
    fn a_missing_folder_has_no_subfolders() {
        assert!(subfolders(&root().join("no-such-folder")).expect("a missing folder is no error").is_empty());
        assert!(subfolders(root()).expect("the root is readable").contains(&root().join("xtask")));
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = succeeds(&mut Command::new("no-such-program-here")).unwrap_err();
        assert!(error.to_string().contains("no-such-program-here"));
    }
}
