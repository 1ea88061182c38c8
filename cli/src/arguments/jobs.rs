//! The words of `hedgerow jobs`.

use super::apps::key_and_value;
use crate::exit;
use crate::imports::ImportsArguments;
use clap::{ArgAction, Args, Subcommand};
use std::path::PathBuf;

/// Start the public jobs of an app
#[derive(Debug, Args)]
#[command(after_help = exit::HELP, after_long_help = exit::HELP)]
pub struct JobsArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: JobsCommand,
}

/// What can be done with jobs.
#[derive(Debug, Subcommand)]
pub enum JobsCommand {
    /// Check a public job's payload and enqueue the job; the next `hedgerow run --state DIR` runs it
    Run(RunJobArguments),
}

/// `hedgerow jobs run`
#[derive(Debug, Args)]
#[command(after_help = exit::HELP, after_long_help = exit::HELP)]
pub struct RunJobArguments {
    /// The folder that `hedgerow run --state` keeps
    #[arg(long, value_name = "DIR")]
    pub state: PathBuf,
    /// The app's folder
    #[arg(long, value_name = "DIR")]
    pub app: PathBuf,
    /// A config value to check, as `hedgerow run` takes it; the job sees the config of the run that runs it
    #[arg(long = "config", value_name = "K=V", value_parser = key_and_value, action = ArgAction::Append)]
    pub config: Vec<(String, String)>,
    /// The job, as publicJobs in plugin.json and jobs in the source name it
    #[arg(value_name = "NAME")]
    pub name: String,
    /// What the job gets: a JSON object
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub payload: String,
    /// What the job is to do, as its payload's $operation
    #[arg(long, value_name = "TEXT", default_value = runtime_core::app::public_jobs::START)]
    pub operation: String,
    /// Where npm packages come from
    #[command(flatten)]
    pub imports: ImportsArguments,
    /// Allow values that only the operator's staff may give
    #[arg(long)]
    pub staff: bool,
}
