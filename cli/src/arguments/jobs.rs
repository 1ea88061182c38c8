//! The words of `hedgerow jobs`.

use super::PlaceArguments;
use super::apps::key_and_value;
use crate::imports::ImportsArguments;
use clap::{ArgAction, Args, Subcommand};
use std::path::PathBuf;

/// List and start the public jobs of an app
#[derive(Debug, Args)]
pub struct JobsArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: JobsCommand,
}

/// What can be done with jobs.
#[derive(Debug, Subcommand)]
pub enum JobsCommand {
    /// List the public jobs of an app, and what each takes
    List(ListJobsArguments),
    /// Check a public job's payload and enqueue the job
    ///
    /// On a stack the job runs at once; in a state folder the next `hedgerow run --state DIR` runs it.
    Run(Box<RunJobArguments>),
}

/// `hedgerow jobs list`
#[derive(Debug, Args)]
#[command(override_usage = "hedgerow jobs list (--state DIR | --stack NAME) APP [OPTIONS]
       hedgerow jobs list --app DIR [OPTIONS]")]
pub struct ListJobsArguments {
    /// A folder in which apps are installed
    #[arg(long, value_name = "DIR", conflicts_with_all = ["stack", "folder"], required_unless_present_any = ["stack", "folder"])]
    pub state: Option<PathBuf>,
    /// A stack on AWS, by its name in CloudFormation
    #[arg(long, value_name = "NAME", conflicts_with = "folder")]
    pub stack: Option<String>,
    /// The folder of an app that need not be installed
    #[arg(long = "app", value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// An installed app, by its slug or number
    #[arg(value_name = "APP", conflicts_with = "folder", required_unless_present = "folder")]
    pub app: Option<String>,
    /// Where npm packages come from
    #[command(flatten)]
    pub imports: ImportsArguments,
    /// Print JSON, a list of jobs with their fields
    #[arg(long)]
    pub json: bool,
}

/// `hedgerow jobs run`
#[derive(Debug, Args)]
#[command(override_usage = "hedgerow jobs run (--state DIR | --stack NAME) APP NAME [OPTIONS]
       hedgerow jobs run --state DIR --app DIR NAME [OPTIONS]")]
pub struct RunJobArguments {
    /// Where.
    #[command(flatten)]
    pub place: PlaceArguments,
    /// The folder of an app that is not installed, but run with `hedgerow run --state DIR --app DIR`
    #[arg(long, value_name = "DIR", conflicts_with = "stack")]
    pub app: Option<PathBuf>,
    /// With --app: a config value to check, as `hedgerow run` takes it; the job sees the config of the run that runs it
    #[arg(long = "config", value_name = "K=V", value_parser = key_and_value, action = ArgAction::Append, requires = "app")]
    pub config: Vec<(String, String)>,
    /// An installed app, by its slug or number (not with --app), and the job, as publicJobs in plugin.json and jobs in the source name
    /// it
    #[arg(value_names = ["APP", "NAME"], num_args = 1..=2, required = true)]
    words: Vec<String>,
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
    /// Print JSON: the id of the job, its name, and the number of the installation
    #[arg(long)]
    pub json: bool,
}

/// Which app's job is meant.
pub enum JobOf<'a> {
    /// That of an installed app.
    Installed(&'a str),
    /// That of an app in a folder.
    Folder(&'a std::path::Path),
}

impl RunJobArguments {
    /// The app and the job; `None` if there are too few or too many words.
    pub fn job(&self) -> Option<(JobOf<'_>, &str)> {
        match (&self.app, &self.words[..]) {
            (Some(folder), [name]) => Some((JobOf::Folder(folder), name)),
            (None, [app, name]) => Some((JobOf::Installed(app), name)),
            _ => None,
        }
    }
}
