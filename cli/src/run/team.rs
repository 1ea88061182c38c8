//! The team of the apps, remembered in the state folder: work that waits there belongs to it, also in a run without events.

use crate::exit::Unusable;
use runtime_core::decode::TeamDirectory;
use std::path::Path;

/// The file in the state folder.
const FILE_NAME: &str = "team";

/// Which team the apps are for.
#[derive(Debug, Clone, Default)]
pub struct TeamChoice {
    /// What the command line says.
    pub given: Option<i64>,
    /// That of the last run with this state; counts if neither the command line nor an event says another one.
    pub remembered: Option<i64>,
    /// The teams of apps that are installed, which have theirs whatever the command line says.
    pub installed: Option<TeamDirectory>,
}

/// The team of the last run with this state.
pub fn remembered(state: Option<&Path>) -> Option<i64> {
    std::fs::read_to_string(state?.join(FILE_NAME)).ok()?.trim().parse().ok()
}

/// Keeps the team of this run, if there is a state folder.
pub fn remember(state: Option<&Path>, team: i64) -> Result<(), Unusable> {
    let Some(file) = state.map(|folder| folder.join(FILE_NAME)) else { return Ok(()) };
    std::fs::write(&file, format!("{team}\n"))
        .map_err(|error| Unusable::at(file.display(), format_args!("cannot be written: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_team_is_remembered_where_there_is_a_state() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(remembered(Some(folder.path())), None);
        remember(Some(folder.path()), 7).expect("writable");
        assert_eq!(remembered(Some(folder.path())), Some(7));
        remember(None, 7).expect("nothing to write");
        assert_eq!(remembered(None), None);
    }
}
