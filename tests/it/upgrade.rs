//! What the release before has left goes on with this one (`tests/upgrade/README.md` says what it is and how the next one is made).

mod stack;
mod state_folder;

use std::path::PathBuf;

/// A file or folder of `tests/upgrade`.
fn stored(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("upgrade").join(path)
}
