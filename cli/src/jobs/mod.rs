//! `hedgerow jobs`: public jobs, listed, and checked and put into the queue of a state folder or a stack.

mod list;
mod run;
mod subject;

use crate::arguments::JobsCommand;
use crate::exit::{Outcome, Unusable};

/// Runs the command.
pub async fn jobs(command: &JobsCommand) -> Result<Outcome, Unusable> {
    match command {
        JobsCommand::List(arguments) => list::list(arguments).await,
        JobsCommand::Run(arguments) => run::run(arguments).await,
    }
}
