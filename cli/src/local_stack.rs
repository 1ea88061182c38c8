//! `hedgerow up` and `hedgerow down`: the stack on this machine, which only a clone of hedgerow can build.

use crate::exit::{Outcome, Unusable};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It is started.
    Up,
    /// It is ended.
    Down,
}

impl Action {
    fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

/// Runs the command of the clone that this folder is in.
pub fn local_stack(action: Action) -> Result<Outcome, Unusable> {
    let here = std::env::current_dir().map_err(|error| Unusable::at("the current folder", error))?;
    let checkout = checkout_of(&here).ok_or_else(|| not_here(&here, action))?;
    let mut cargo = Command::new("cargo");
    let status = cargo.args(["xtask", action.name()]).current_dir(checkout).status();
    let status = status.map_err(|error| {
        Unusable::at("cargo", format_args!("it cannot be run: {error}; install Rust from https://rustup.rs"))
    })?;
    match status.code() {
        Some(0) => Ok(Outcome::Success),
        Some(1) => Ok(Outcome::Failures),
        _ => Err(Unusable::at(format_args!("cargo xtask {}", action.name()), "it could not do its work; see above")),
    }
}

/// The folder, or the nearest above it, that is a clone.
fn checkout_of(folder: &Path) -> Option<PathBuf> {
    let is_checkout =
        |folder: &&Path| folder.join("template.yaml").is_file() && folder.join("xtask/Cargo.toml").is_file();
    folder.ancestors().find(is_checkout).map(Path::to_owned)
}

fn not_here(folder: &Path, action: Action) -> Unusable {
    let message = match action {
        Action::Up => {
            "this is no clone of hedgerow, and `up` builds the functions from one: go into a clone. Apps alone need no stack: \
             `hedgerow run`; a stack on AWS is deployed as docs/operations.md says"
        }
        Action::Down => "this is no clone of hedgerow: go into the one in which `up` was run",
    };
    Unusable::at(folder.display(), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_is_found_from_below_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("clone");
        std::fs::create_dir_all(root.join("xtask")).unwrap();
        std::fs::create_dir_all(root.join("docs/deep")).unwrap();
        assert_eq!(checkout_of(&root.join("docs/deep")), None);
        std::fs::write(root.join("template.yaml"), "").unwrap();
        std::fs::write(root.join("xtask/Cargo.toml"), "").unwrap();
        assert_eq!(checkout_of(&root.join("docs/deep")), Some(root.clone()));
        assert_eq!(checkout_of(folder.path()), None);
        assert!(not_here(folder.path(), Action::Up).to_string().contains("hedgerow run"));
    }
}
