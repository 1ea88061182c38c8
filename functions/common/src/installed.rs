//! What a function runs when it starts.

use adapter_aws::AwsStore;
use adapter_aws::installations::{Installations, InstallationsError};
use lambda_runtime::{Error, tracing};
use runtime_core::decode::TeamDirectory;
use runtime_core::installation::Installation;
use runtime_core::registry::Watch;
use std::sync::Arc;

/// What is installed.
pub(crate) struct Installed {
    pub(crate) installations: Vec<Arc<Installation>>,
    pub(crate) teams: TeamDirectory,
}

/// Nothing was ever installed.
#[derive(Debug, thiserror::Error)]
#[error("nothing is installed: run `hedgerow apply` for this stack")]
struct NothingInstalled;

/// What the registry says; as long as there is nothing in it, what the file does.
///
/// # Errors
/// When it cannot be read, or nothing was ever installed. Lambda then starts another environment, and messages stay in their queues.
pub(crate) async fn find(watch: Option<&Watch>, store: &AwsStore, file: Option<&str>) -> Result<Installed, Error> {
    if let Some(watch) = watch {
        let current = watch.now().await?;
        if current.revision > 0 {
            for (installation, failure) in current.failures() {
                tracing::error!(%installation, "the app is disabled: {failure}");
            }
            watch.took_up(&current).await;
            return Ok(Installed { installations: current.installations(), teams: current.teams });
        }
    }
    let listed = match file {
        Some(key) => store.installations(key).await,
        None => return Err(NothingInstalled.into()),
    };
    let Installations { installations, teams, failures } = match listed {
        Err(InstallationsError::Missing { .. }) if watch.is_some() => return Err(NothingInstalled.into()),
        listed => listed?,
    };
    for (installation, failure) in failures {
        tracing::error!(%installation, "the app is disabled: {failure}");
    }
    Ok(Installed { installations, teams })
}
