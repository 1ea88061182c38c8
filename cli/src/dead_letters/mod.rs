//! `hedgerow dead-letters`: work that was given up, in a state folder.
//!
//! `chosen` finds the letters that are meant, `list` and `show` tell about them, `act` redrives or removes them.

mod act;
mod chosen;
mod list;
mod show;

use crate::arguments::DeadLettersCommand;
use crate::exit::{Outcome, Unusable};
use crate::run::numbers::Numbers;
use adapter_local::LocalStore;
use adapter_local::clock::SystemClock;
use adapter_local::database;
use runtime_core::event::InstallationId;
use runtime_core::ports::clock::Clock;
use runtime_core::ports::dead_letters::DeadLetters;
use runtime_core::redrive::RedrivePorts;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Runs the command.
pub fn dead_letters(command: &DeadLettersCommand) -> Result<Outcome, Unusable> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Unusable::new(format_args!("cannot start the runtime: {error}")))?;
    runtime.block_on(async {
        match command {
            DeadLettersCommand::List(arguments) => {
                list::list(&Letters::open(&arguments.state.folder)?, arguments).await
            }
            DeadLettersCommand::Show(arguments) => {
                show::show(&Letters::open(&arguments.state.folder)?, arguments).await
            }
            DeadLettersCommand::Redrive(arguments) => {
                act::redrive(&Letters::open(&arguments.state.folder)?, &arguments.choice).await
            }
            DeadLettersCommand::Purge(arguments) => {
                act::purge(&Letters::open(&arguments.state.folder)?, arguments).await
            }
        }
    })
}

/// The letters of a state folder, and what is needed to tell about them and to send them.
struct Letters {
    folder: PathBuf,
    store: Arc<dyn DeadLetters>,
    ports: RedrivePorts,
    clock: Arc<dyn Clock>,
    /// The installations' numbers by name.
    numbers: BTreeMap<String, i64>,
}

impl Letters {
    /// Opens the store of a folder that has one: a mistyped folder must not become an empty store.
    fn open(folder: &Path) -> Result<Self, Unusable> {
        if !folder.join(database::FILE_NAME).is_file() {
            let message = "there is no store in it; give the folder that `hedgerow run --state DIR` made";
            return Err(Unusable::at(folder.display(), message));
        }
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let local = LocalStore::open(folder, clock.clone()).map_err(Unusable::new)?;
        let store: Arc<dyn DeadLetters> = local.dead_letters();
        let numbers = Numbers::open(Some(folder))?.known().clone();
        let ports = RedrivePorts { dead_letters: store.clone(), queue: local.delayed_queue(), clock: clock.clone() };
        Ok(Self { folder: folder.to_owned(), store, ports, clock, numbers })
    }

    /// `demo (1)`; the number alone if no name is known for it.
    fn name_of(&self, installation: InstallationId) -> String {
        match self.numbers.iter().find(|(_, number)| **number == installation.0) {
            Some((name, number)) => format!("{name} ({number})"),
            None => installation.to_string(),
        }
    }
}

/// `1 dead letter`, `2 dead letters`.
fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
