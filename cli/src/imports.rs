//! Where the npm packages are that apps import.

use clap::Args;
use runtime_core::imports::bundle::{FILE_NAME, ImportsBundle, UnitSource};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Names the bundle for commands that have no argument for it.
const VARIABLE: &str = "HEDGEROW_IMPORTS";

/// Where the imports bundle is.
#[derive(Debug, Default, Args)]
pub struct ImportsArguments {
    /// The npm packages that apps import, as `cargo xtask imports` builds them [default: beside this program, or where it was built]
    #[arg(long, value_name = "FILE", env = VARIABLE)]
    imports: Option<PathBuf>,
}

impl ImportsArguments {
    /// The bundle as named on the command line or by the environment, else where one is by itself; `None` where there is none. It is not opened before an app needs it.
    pub fn find(&self) -> Option<Arc<ImportsBundle>> {
        let path = self
            .imports
            .clone()
            .or_else(|| std::env::var_os(VARIABLE).map(PathBuf::from))
            .or_else(|| beside(&std::env::current_exe().ok()?))?;
        Some(Arc::new(open(path)))
    }
}

/// A debug build also takes the folder of units before they are compiled, for whoever works on infra/imports.
fn open(path: PathBuf) -> ImportsBundle {
    if cfg!(debug_assertions) && path.is_dir() {
        // A folder that is none has no units, and an app that needs one is told.
        return ImportsBundle::of_sources(&path, UnitSource::read_folder(&path).unwrap_or_default());
    }
    ImportsBundle::at(path)
}

/// Beside the program, or in the folder of builds that it lies in (`target/debug/hedgerow`, `target/imports/`).
fn beside(program: &Path) -> Option<PathBuf> {
    let folder = program.parent()?;
    let places = [Some(folder.join(FILE_NAME)), folder.parent().map(|builds| builds.join("imports").join(FILE_NAME))];
    places.into_iter().flatten().find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_found_beside_the_program_or_among_builds() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("debug/hedgerow");
        assert_eq!(beside(&program), None);
        let built = folder.path().join("imports").join(FILE_NAME);
        std::fs::create_dir_all(built.parent().unwrap()).unwrap();
        std::fs::write(&built, "").unwrap();
        assert_eq!(beside(&program), Some(built));
        std::fs::create_dir_all(folder.path().join("debug")).unwrap();
        let near = program.with_file_name(FILE_NAME);
        std::fs::write(&near, "").unwrap();
        assert_eq!(beside(&program), Some(near));
    }
}
