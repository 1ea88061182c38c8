//! What is installed, looked up again from time to time.

use super::install::InstallFailure;
use super::{Installed, Registry, RegistryError, Snapshot, opener};
use crate::decode::TeamDirectory;
use crate::event::InstallationId;
use crate::installation::Installation;
use crate::ports::Unavailable;
use crate::ports::clock::{Clock, Timestamp};
use crate::ports::data_keys::DataKeys;
use crate::ports::entropy::Entropy;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// What [`Watch`] looks at.
#[derive(Clone)]
pub struct WatchParts {
    /// The registry.
    pub registry: Registry,
    /// The keys of the secrets; asked for once there is a secret.
    pub data_keys: Arc<dyn DataKeys>,
    /// For the [`super::SecretBox`], which only opens.
    pub entropy: Arc<dyn Entropy>,
    /// The time of day decides: a process that is frozen in between has to look.
    pub clock: Arc<dyn Clock>,
    /// How often the revision is looked at, at most.
    pub every: Duration,
    /// How long looking may take.
    pub at_most: Duration,
}

/// Knows which revision its process runs, and whether there is another one.
pub struct Watch {
    parts: WatchParts,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What the process runs.
    revision: u64,
    installed: Vec<Installed>,
    looked_at: Option<Timestamp>,
    /// Whether it was said that looking fails.
    was_told: bool,
}

/// What is installed at a revision, ready to be run.
#[derive(Debug, Clone)]
pub struct Current {
    /// The revision; 0 if nothing was ever installed.
    pub revision: u64,
    /// Every installation; those in [`Current::failures`] are disabled.
    pub installed: Vec<Installed>,
    /// The teams, as far as decoding needs them.
    pub teams: TeamDirectory,
}

impl Current {
    /// The installations to run.
    #[must_use]
    pub fn installations(&self) -> Vec<Arc<Installation>> {
        self.installed.iter().map(|installed| Arc::clone(&installed.installation)).collect()
    }

    /// Which could not be installed, and why.
    pub fn failures(&self) -> impl Iterator<Item = (InstallationId, &InstallFailure)> {
        self.installed.iter().filter_map(|installed| Some((installed.record.id, installed.failure.as_ref()?)))
    }
}

impl Watch {
    /// Has looked at nothing so far.
    #[must_use]
    pub fn new(parts: WatchParts) -> Self {
        Self { parts, state: Mutex::default() }
    }

    /// What is installed now.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn now(&self) -> Result<Current, RegistryError> {
        let snapshot = self.parts.registry.read().await?;
        self.installed(&snapshot, &[]).await
    }

    /// What is installed now, if that is another revision than the one [taken up](Watch::took_up) last and it is time to look; what
    /// has not changed is not read again.
    ///
    /// # Errors
    /// When it cannot be read in time. Only the first time in a row: what runs goes on, and looking is tried again when it is time.
    pub async fn changed(&self) -> Result<Option<Current>, RegistryError> {
        let now = self.parts.clock.now();
        let mut state = self.state.lock().await;
        if state.looked_at.is_some_and(|then| (then..then.plus(self.parts.every)).contains(&now)) {
            return Ok(None);
        }
        state.looked_at = Some(now);
        let deadline = self.parts.clock.elapsed() + self.parts.at_most;
        let looked = tokio::select! {
            looked = self.look(&state) => looked,
            () = self.parts.clock.sleep_until(deadline) => Err(RegistryError::Unavailable(too_slow())),
        };
        match looked {
            Ok(changed) => {
                state.was_told = false;
                Ok(changed)
            }
            Err(_) if state.was_told => Ok(None),
            Err(error) => {
                state.was_told = true;
                Err(error)
            }
        }
    }

    /// The process runs this from now on. Until then [`Watch::changed`] finds it again.
    pub async fn took_up(&self, current: &Current) {
        let mut state = self.state.lock().await;
        state.revision = current.revision;
        state.installed.clone_from(&current.installed);
        state.looked_at.get_or_insert(self.parts.clock.now());
    }

    /// What was found could not be taken up: it is looked for again at once.
    pub async fn look_again(&self) {
        self.state.lock().await.looked_at = None;
    }

    async fn look(&self, state: &State) -> Result<Option<Current>, RegistryError> {
        if self.parts.registry.revision().await? == state.revision {
            return Ok(None);
        }
        let snapshot = self.parts.registry.read().await?;
        self.installed(&snapshot, &state.installed).await.map(Some)
    }

    async fn installed(&self, snapshot: &Snapshot, before: &[Installed]) -> Result<Current, RegistryError> {
        let WatchParts { data_keys, entropy, .. } = &self.parts;
        let opener = opener(&**data_keys, &snapshot.installations, entropy).await?;
        let installed = self.parts.registry.install_all(snapshot, opener.as_ref(), before).await?;
        Ok(Current { revision: snapshot.revision, installed, teams: snapshot.teams() })
    }
}

fn too_slow() -> Unavailable {
    let message = "it did not answer in time".to_owned();
    Unavailable { port: "registry", message, source: None }
}
