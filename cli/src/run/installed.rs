//! Apps that `hedgerow apply` has installed in the state folder: what runs where the command line names none.

use crate::arguments::{AppArguments, RunArguments};
use crate::console;
use crate::exit::Unusable;
use crate::installed::place::Place;
use adapter_local::LocalStore;
use runtime_core::decode::TeamDirectory;
use runtime_core::installation::Installation;
use runtime_core::ports::clock::Clock;
use std::sync::Arc;

/// Installed apps.
pub struct Installed {
    /// Every one; those that cannot run are disabled.
    pub installations: Vec<Arc<Installation>>,
    /// Their teams.
    pub teams: TeamDirectory,
}

/// Those of the state folder, if the command line names no app and something was ever installed there.
pub async fn installed(
    apps: &[AppArguments],
    arguments: &RunArguments,
    store: &LocalStore,
    clock: Arc<dyn Clock>,
) -> Result<Option<Installed>, Unusable> {
    let Some(folder) = arguments.state.as_deref().filter(|_| apps.is_empty()) else { return Ok(None) };
    let place = Place::over(store, folder, clock);
    let snapshot = place.registry.read().await.map_err(Unusable::new)?;
    if snapshot.revision == 0 {
        return Ok(None);
    }
    if !arguments.allowed_hosts.is_empty() || arguments.team.is_some() {
        let message = "--allow-host and --team are for --app; installed apps have theirs in hedgerow.toml";
        return Err(Unusable::new(message));
    }
    let opener = place.opener(&snapshot.installations).await?;
    let installed = place.registry.install_all(&snapshot, opener.as_ref(), &[]).await.map_err(Unusable::new)?;
    for installed in &installed {
        if let Some(failure) = &installed.failure {
            console::error(format_args!("app \"{}\" is disabled: {failure}", installed.record.slug));
        }
    }
    let installations = installed.into_iter().map(|installed| installed.installation).collect();
    Ok(Some(Installed { installations, teams: snapshot.teams() }))
}
