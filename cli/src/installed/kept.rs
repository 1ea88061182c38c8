//! What a place keeps besides what is installed in it: dead letters, work for later, and what environments agree on.

use super::place::{Missing, Place, store_of};
use crate::arguments::{At, PlaceArguments};
use crate::exit::Unusable;
use adapter_local::LocalStore;
use adapter_local::clock::SystemClock;
use runtime_core::ports::clock::Clock;
use runtime_core::ports::dead_letters::DeadLetters;
use runtime_core::ports::delayed_queue::DelayedQueue;
use runtime_core::ports::documents::Documents;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where a place is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whereabouts {
    /// A folder on this machine.
    Folder(PathBuf),
    /// A stack on AWS, by its name.
    #[cfg_attr(not(feature = "stack"), expect(dead_code, reason = "without the feature there are only folders"))]
    Stack(String),
}

/// What a place keeps of its work.
pub struct Kept {
    /// Where.
    pub at: Whereabouts,
    /// Work that was given up.
    pub dead_letters: Arc<dyn DeadLetters>,
    /// Work that waits.
    pub queue: Arc<dyn DelayedQueue>,
    /// Set-ups, errors.
    pub documents: Arc<dyn Documents>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// Opens the place that the command line names: what is installed there, and what it keeps.
pub async fn open(arguments: &PlaceArguments, missing: Missing) -> Result<(Place, Kept), Unusable> {
    match arguments.at() {
        At::Folder(folder) => in_folder(folder, missing),
        At::Stack(stack) => on_aws(stack).await,
    }
}

fn in_folder(folder: &Path, missing: Missing) -> Result<(Place, Kept), Unusable> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let store = store_of(folder, missing, &clock)?;
    let place = Place::over(&store, folder, Arc::clone(&clock));
    Ok((place, Kept::over(&store, folder, clock)))
}

impl Kept {
    /// Of a store that is open already, in that folder.
    pub fn over(store: &LocalStore, folder: &Path, clock: Arc<dyn Clock>) -> Self {
        Self {
            at: Whereabouts::Folder(folder.to_owned()),
            dead_letters: store.dead_letters(),
            queue: store.delayed_queue(),
            documents: store.documents(),
            clock,
        }
    }
}

#[cfg(feature = "stack")]
async fn on_aws(name: &str) -> Result<(Place, Kept), Unusable> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let stack = adapter_stack::Stack::find(name).await.map_err(Unusable::new)?;
    let store = stack.store(Arc::clone(&clock)).map_err(Unusable::new)?;
    let kept = Kept {
        at: Whereabouts::Stack(name.to_owned()),
        dead_letters: store.dead_letters(),
        queue: store.work(),
        documents: store.documents(),
        clock,
    };
    Ok((Place::of_stack(&stack)?, kept))
}

#[cfg(not(feature = "stack"))]
async fn on_aws(_name: &str) -> Result<(Place, Kept), Unusable> {
    Err(super::place::without_stacks())
}
