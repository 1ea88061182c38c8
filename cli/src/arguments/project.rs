//! The words of the commands over `hedgerow.toml`, and of the place where they install.

use clap::{ArgAction, Args};
use std::path::{Path, PathBuf};

/// Where apps are installed
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct PlaceArguments {
    /// A folder on this machine, the one that `hedgerow run --state` takes
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// A stack on AWS, by its name in CloudFormation
    #[arg(long, value_name = "NAME")]
    pub stack: Option<String>,
}

impl PlaceArguments {
    /// The one of the two that was given.
    pub fn at(&self) -> At<'_> {
        match (&self.state, &self.stack) {
            (Some(folder), _) => At::Folder(folder),
            (None, Some(stack)) => At::Stack(stack),
            (None, None) => unreachable!("clap asks for one of the two: the group is required"),
        }
    }
}

/// Where, as it was given.
#[derive(Debug, Clone, Copy)]
pub enum At<'a> {
    /// A folder on this machine.
    Folder(&'a Path),
    /// A stack on AWS, by its name.
    Stack(&'a str),
}

/// What `plan` and `apply` have in common.
#[derive(Debug, Args)]
pub struct ProjectArguments {
    /// Where.
    #[command(flatten)]
    pub place: PlaceArguments,
    /// The project file; its lock file is beside it
    #[arg(long, value_name = "FILE", default_value = "hedgerow.toml")]
    pub file: PathBuf,
    /// Let an app have other files than hedgerow.lock says; without a slug, every app. May be repeated
    #[arg(long, value_name = "SLUG", num_args = 0..=1, default_missing_value = "", action = ArgAction::Append)]
    pub update: Vec<String>,
}

/// Show what apply would change
///
/// Apps are fetched, and what the file says is checked as apply does, but no app runs. Of a secret only whether it is set and whether
/// it changes is shown. hedgerow.lock is brought up to date.
#[derive(Debug, Args)]
pub struct PlanArguments {
    /// What and where.
    #[command(flatten)]
    pub project: ProjectArguments,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Install what hedgerow.toml says: all of it at once, or nothing
///
/// Each app that changes is loaded, and its setupPlugin runs once, in an isolate and over state that are thrown away; its error
/// refuses the change. If somebody else changes what is installed meanwhile, nothing is changed.
#[derive(Debug, Args)]
pub struct ApplyArguments {
    /// What and where.
    #[command(flatten)]
    pub project: ProjectArguments,
    /// Apply without a question
    #[arg(long)]
    pub yes: bool,
    /// Do not run setupPlugin before
    #[arg(long)]
    pub skip_setup: bool,
    /// Print JSON: the new revision, null if nothing changed, and the changes
    #[arg(long)]
    pub json: bool,
}

/// Make an earlier revision hold again, as a new one
#[derive(Debug, Args)]
pub struct RollbackArguments {
    /// Where.
    #[command(flatten)]
    pub place: PlaceArguments,
    /// Which; `hedgerow history` lists them [default: the one before the last]
    #[arg(value_name = "REVISION")]
    pub revision: Option<u64>,
    /// Do it without a question
    #[arg(long)]
    pub yes: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Remove what no revision needs that can be rolled back to: stored apps, attachments, revisions, keys of secrets
///
/// What was stored less than a day ago stays. It may run beside apply.
#[derive(Debug, Args)]
pub struct PruneArguments {
    /// Where.
    #[command(flatten)]
    pub place: PlaceArguments,
    /// How many revisions can still be rolled back to, the one that holds included
    #[arg(long, value_name = "N", default_value = "50", value_parser = clap::value_parser!(u64).range(1..=50))]
    pub keep: u64,
    /// Say what would go, and remove nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Drop revisions without a question
    #[arg(long)]
    pub yes: bool,
    /// Print JSON: the revision that holds, how many are kept, which were dropped, and how much was removed of what
    #[arg(long)]
    pub json: bool,
}

/// List who changed what and when, the newest first
#[derive(Debug, Args)]
pub struct HistoryArguments {
    /// Where.
    #[command(flatten)]
    pub place: PlaceArguments,
    /// How many at most
    #[arg(long, value_name = "N", default_value = "20")]
    pub limit: usize,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Write a first hedgerow.toml for the app folders that are there
#[derive(Debug, Args)]
pub struct InitArguments {
    /// Where to look for apps, and where the file goes
    #[arg(value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
    /// The team of the apps
    #[arg(long, value_name = "N", default_value = "1")]
    pub team: i64,
}

/// Print the JSON Schema of hedgerow.toml, for editors
#[derive(Debug, Args)]
pub struct SchemaArguments {}

/// Print a script that completes hedgerow's words in a shell
#[derive(Debug, Args)]
pub struct CompletionsArguments {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}
