//! `cargo xtask imports --arm64`: whether an engine that is built for arm64 takes the bundle as it was made here.
//!
//! The functions run on arm64 by default (template.yaml), and the bundle is one for all: the engine's bytecode knows the order of
//! bytes and nothing else of a processor. This is where that is tried.

use crate::{Error, Verdict, output, workspace};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "aarch64-unknown-linux-gnu";
const LINKER: &str = "aarch64-linux-gnu-gcc";
/// Where Debian and Ubuntu put the libraries of their cross-compiler.
const LIBRARIES: &str = "/usr/aarch64-linux-gnu";
/// By the names that distributions give it.
const EMULATORS: [&str; 2] = ["qemu-aarch64-static", "qemu-aarch64"];

/// Loads every import of the bundle on an arm64 build of the engine.
pub fn check(bundle: &Path) -> Result<Verdict, Error> {
    let program = build()?;
    let mut command = if cfg!(target_arch = "aarch64") {
        Command::new(program)
    } else {
        let emulator = EMULATORS.into_iter().find(|name| is_there(name)).ok_or_else(|| missing(EMULATORS[0]))?;
        let mut emulated = Command::new(emulator);
        emulated.args([OsStr::new("-L"), OsStr::new(LIBRARIES), program.as_os_str()]);
        emulated
    };
    command.arg("load").arg(bundle);
    let passed = workspace::succeeds(&mut command)?;
    if !passed {
        output::line(
            "an arm64 build of the engine does not take this bundle; build one on arm64 with `cargo xtask imports`",
        );
    }
    Ok(if passed { Verdict::Passed } else { Verdict::Failed })
}

/// The compiler of units, built for arm64.
fn build() -> Result<PathBuf, Error> {
    let mut cargo = workspace::cargo();
    cargo.args(["build", "--quiet", "--package", "imports-compiler", "--target", TARGET]);
    if !cfg!(target_arch = "aarch64") {
        if !is_there(LINKER) {
            return Err(missing(LINKER));
        }
        let mut rustup = Command::new("rustup");
        if !workspace::succeeds(rustup.args(["target", "add", TARGET]).current_dir(workspace::root()))? {
            return Err(Error::new(format!("`rustup target add {TARGET}` failed; see above")));
        }
        cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", LINKER);
        cargo.env("CC_aarch64_unknown_linux_gnu", LINKER);
    }
    if !workspace::succeeds(&mut cargo)? {
        return Err(Error::new("the engine does not build for arm64; see above"));
    }
    Ok(workspace::target_folder()?.join(TARGET).join("debug/imports-compiler"))
}

fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

fn missing(program: &str) -> Error {
    Error::new(format!(
        "{program} is not here; on Debian and Ubuntu: apt-get install qemu-user-static gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
    ))
}
