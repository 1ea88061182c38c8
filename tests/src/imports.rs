//! The imports bundle, for worlds whose apps import packages.

use runtime_core::imports::bundle::{FILE_NAME, ImportsBundle};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

/// Where the bundle is: `HEDGEROW_IMPORTS`, which `cargo xtask test` sets, or where `cargo xtask imports` puts it by itself.
pub fn imports_path() -> PathBuf {
    match std::env::var_os("HEDGEROW_IMPORTS") {
        Some(path) => path.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/imports").join(FILE_NAME),
    }
}

/// The bundle, one for the whole process; what needs it and does not find it fails with an error that names the command.
pub fn imports() -> Option<Arc<ImportsBundle>> {
    static BUNDLE: LazyLock<Arc<ImportsBundle>> = LazyLock::new(|| Arc::new(ImportsBundle::at(imports_path())));
    Some(Arc::clone(&BUNDLE))
}
