//! What a function runs when it starts.

use adapter_aws::AwsStore;
use adapter_aws::installations::Installations;
use lambda_runtime::{Error, tracing};
use runtime_core::decode::TeamDirectory;
use runtime_core::installation::Installation;
use runtime_core::registry::Watch;
use std::sync::Arc;

/// What is installed.
pub(crate) struct Installed {
    pub(crate) installations: Vec<Arc<Installation>>,
    pub(crate) teams: TeamDirectory,
    pub(crate) state: State,
}

/// Whether there is anything to go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Something was installed once, and be it nothing by now.
    Known,
    /// Nothing was ever applied to the registry: work waits until something is.
    AwaitsFirst,
}

/// What the registry says; as long as there is nothing in it, what the file does, if there is to be one.
///
/// # Errors
/// When it cannot be read. Lambda then starts another environment, and messages stay in their queues.
pub(crate) async fn find(watch: Option<&Watch>, store: &AwsStore, file: Option<&str>) -> Result<Installed, Error> {
    if let Some(watch) = watch {
        let current = watch.now().await?;
        if current.revision > 0 {
            for (installation, failure) in current.failures() {
                tracing::error!(%installation, "the app is disabled: {failure}");
            }
            watch.took_up(&current).await;
            return Ok(Installed { installations: current.installations(), teams: current.teams, state: State::Known });
        }
    }
    let Some(file) = file else {
        tracing::warn!("nothing is installed, so all work waits: run `hedgerow apply` for this stack");
        let (installations, teams) = (Vec::new(), TeamDirectory::default());
        return Ok(Installed { installations, teams, state: State::AwaitsFirst });
    };
    let Installations { installations, teams, failures } = store.installations(file).await?;
    for (installation, failure) in failures {
        tracing::error!(%installation, "the app is disabled: {failure}");
    }
    Ok(Installed { installations, teams, state: State::Known })
}
