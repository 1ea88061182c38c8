//! `hedgerow dead-letters`: work that was given up, in a state folder or in a stack.
//!
//! `chosen` finds the letters that are meant, `list` and `show` tell about them, `act` redrives or removes them.

mod act;
mod chosen;
mod list;
mod show;

use crate::arguments::{DeadLettersCommand, PlaceArguments};
use crate::exit::{Outcome, Unusable};
use crate::installed::kept::{self, Whereabouts};
use crate::installed::place::Missing;
use crate::names::Names;
use runtime_core::ports::clock::Clock;
use runtime_core::ports::dead_letters::DeadLetters;
use runtime_core::redrive::RedrivePorts;
use std::sync::Arc;

/// Runs the command.
pub async fn dead_letters(command: &DeadLettersCommand) -> Result<Outcome, Unusable> {
    match command {
        DeadLettersCommand::List(arguments) => list::list(&Letters::open(&arguments.place).await?, arguments).await,
        DeadLettersCommand::Show(arguments) => show::show(&Letters::open(&arguments.place).await?, arguments).await,
        DeadLettersCommand::Redrive(arguments) => {
            act::redrive(&Letters::open(&arguments.place).await?, arguments).await
        }
        DeadLettersCommand::Purge(arguments) => act::purge(&Letters::open(&arguments.place).await?, arguments).await,
    }
}

/// The letters of a place, and what is needed to tell about them and to send them.
struct Letters {
    at: Whereabouts,
    store: Arc<dyn DeadLetters>,
    ports: RedrivePorts,
    clock: Arc<dyn Clock>,
    names: Names,
}

impl Letters {
    /// Opens a place. A folder must have a store: a mistyped one must not become an empty store.
    async fn open(arguments: &PlaceArguments) -> Result<Self, Unusable> {
        let (place, kept) = kept::open(arguments, Missing::Refused).await?;
        let names = Names::of(&place, arguments.state.as_deref()).await?;
        let store = kept.dead_letters;
        let ports = RedrivePorts { dead_letters: store.clone(), queue: kept.queue, clock: kept.clock.clone() };
        Ok(Self { at: kept.at, store, ports, clock: kept.clock, names })
    }
}

/// `1 dead letter`, `2 dead letters`.
fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
