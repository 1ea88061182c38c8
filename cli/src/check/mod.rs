//! `hedgerow check`: what an app is, what it needs, and what is wrong with it, without an event.
//!
//! `findings` looks, `report` tells.

mod findings;
mod hosts;
mod report;

pub use findings::Findings;

use crate::app_folder;
use crate::arguments::CheckArguments;
use crate::console;
use crate::exit::{Outcome, Unusable};

/// Runs the command.
pub fn check(arguments: &CheckArguments) -> Result<Outcome, Unusable> {
    let folder = app_folder::read(&arguments.app)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Unusable::new(format_args!("cannot start the runtime: {error}")))?;
    let findings = runtime.block_on(Findings::of(&folder, arguments.imports.find()))?;
    if arguments.json {
        console::line(report::as_json(&findings));
    } else {
        report::tell(&findings);
    }
    Ok(if findings.errors.is_empty() { Outcome::Success } else { Outcome::Failures })
}
