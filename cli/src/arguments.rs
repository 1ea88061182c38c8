//! The command line: what can be said, in clap's words, and which app an option belongs to.

mod apps;
mod dead_letters;
mod jobs;
mod logs;
mod manage;
mod operate;
mod project;
mod traffic;

pub use apps::AppArguments;
pub use dead_letters::{
    ChoiceArguments, DeadLettersArguments, DeadLettersCommand, FilterArguments, ListArguments, PurgeArguments,
    RedriveArguments, ShowArguments,
};
pub use jobs::{JobOf, JobsArguments, JobsCommand, ListJobsArguments, RunJobArguments};
pub use logs::{LogsArguments, MetricsArguments};
pub use manage::{
    AppsArguments, AppsCommand, AttachmentsArguments, AttachmentsCommand, ChangeArguments, ConfigArguments,
    ConfigCommand, ListAppsArguments, OneAppArguments, SecretSource, SecretsArguments, SecretsCommand,
};
#[cfg(feature = "stack")]
pub use operate::FunctionName;
pub use operate::{DoctorArguments, DownArguments, PauseArguments, ResumeArguments, SwitchArguments, UpArguments};
pub use project::{
    ApplyArguments, At, CompletionsArguments, HistoryArguments, InitArguments, PlaceArguments, PlanArguments,
    ProjectArguments, PruneArguments, RollbackArguments, SchemaArguments,
};
pub use traffic::{ReceiveArguments, SendArguments};

use crate::exit;
use crate::imports::ImportsArguments;
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use runtime_core::installation::ErrorPolicy;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Runs PostHog apps (a plugin.json and one JavaScript or TypeScript file) on this machine. Not affiliated with PostHog.
#[derive(Debug, Parser)]
#[command(name = "hedgerow", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    Run(Box<RunArguments>),
    Check(CheckArguments),
    Test(TestArguments),
    DeadLetters(Box<DeadLettersArguments>),
    Jobs(JobsArguments),
    Send(SendArguments),
    Receive(ReceiveArguments),
    Init(InitArguments),
    Plan(Box<PlanArguments>),
    Apply(Box<ApplyArguments>),
    Rollback(RollbackArguments),
    History(HistoryArguments),
    Prune(PruneArguments),
    Apps(AppsArguments),
    Config(ConfigArguments),
    Secrets(SecretsArguments),
    Attachments(AttachmentsArguments),
    Logs(LogsArguments),
    Metrics(MetricsArguments),
    Doctor(DoctorArguments),
    Pause(PauseArguments),
    Resume(ResumeArguments),
    Up(UpArguments),
    Down(DownArguments),
    Schema(SchemaArguments),
    Completions(CompletionsArguments),
}

/// A command with everything it needs.
pub enum Command {
    /// `hedgerow run`
    Run(Box<RunArguments>, Vec<AppArguments>),
    /// `hedgerow check`
    Check(CheckArguments),
    /// `hedgerow test`
    Test(TestArguments),
    /// `hedgerow dead-letters`
    DeadLetters(Box<DeadLettersArguments>),
    /// `hedgerow jobs`
    Jobs(JobsArguments),
    /// `hedgerow send`
    Send(SendArguments),
    /// `hedgerow receive`
    Receive(ReceiveArguments),
    /// `hedgerow init`
    Init(InitArguments),
    /// `hedgerow plan`
    Plan(Box<PlanArguments>),
    /// `hedgerow apply`
    Apply(Box<ApplyArguments>),
    /// `hedgerow rollback`
    Rollback(RollbackArguments),
    /// `hedgerow history`
    History(HistoryArguments),
    /// `hedgerow prune`
    Prune(PruneArguments),
    /// `hedgerow apps`
    Apps(AppsArguments),
    /// `hedgerow config`
    Config(ConfigArguments),
    /// `hedgerow secrets`
    Secrets(SecretsArguments),
    /// `hedgerow attachments`
    Attachments(AttachmentsArguments),
    /// `hedgerow logs`
    Logs(LogsArguments),
    /// `hedgerow metrics`
    Metrics(MetricsArguments),
    /// `hedgerow doctor`
    Doctor(DoctorArguments),
    /// `hedgerow pause`
    Pause(PauseArguments),
    /// `hedgerow resume`
    Resume(ResumeArguments),
    /// `hedgerow up`
    Up,
    /// `hedgerow down`
    Down,
    /// `hedgerow schema`
    Schema,
    /// `hedgerow completions`
    Completions(CompletionsArguments),
}

/// Take events through apps
///
/// Events come in as JSON lines or as one JSON document, final events go out as JSON lines in the same order, logs and a summary
/// to stderr. Events that apps capture go through the apps as well. After the last event every scheduled function that the apps
/// have (runEveryMinute, runEveryHour, runEveryDay) runs once, due jobs run, exportEvents gets its events, and teardownPlugin ends
/// it. What an app asks to try again with a RetryError waits for its time: with --state for a later run, with --virtual-clock not
/// at all.
#[derive(Debug, Args)]
#[command(
    override_usage = "hedgerow run [--app DIR [--config K=V]... [--attachment K=FILE]... [--geoip FILE]]... [OPTIONS]"
)]
pub struct RunArguments {
    /// An app's folder; apps run in the order in which they are given. Without any, what `hedgerow apply` has installed in the --state
    /// folder runs
    #[arg(long = "app", value_name = "DIR", action = ArgAction::Append)]
    apps: Vec<PathBuf>,
    /// A config value of the --app before it, for example --config greeting=hi
    #[arg(long = "config", value_name = "K=V", value_parser = apps::key_and_value, action = ArgAction::Append)]
    config: Vec<(String, String)>,
    /// A file for an attachment of the --app before it, for example --attachment rules=rules.json
    #[arg(long = "attachment", value_name = "K=FILE", value_parser = apps::key_and_value, action = ArgAction::Append)]
    attachments: Vec<(String, String)>,
    /// A database of cities (.mmdb) for meta.geoip; one serves all apps
    #[arg(long, value_name = "FILE", action = ArgAction::Append)]
    pub geoip: Vec<PathBuf>,
    /// Where npm packages come from
    #[command(flatten)]
    pub imports: ImportsArguments,
    /// Where events come from; - is stdin
    #[arg(long, value_name = "FILE|-", default_value = "-")]
    pub events: PathBuf,
    /// Where final events go; - is stdout
    #[arg(long, value_name = "FILE|-", default_value = "-")]
    pub output: PathBuf,
    /// A folder that keeps cache, storage, jobs, retries, dead letters and logs; without it they end with the run
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// The team of the apps; events of other teams pass them by [default: that of the first event, else 1]
    #[arg(long, value_name = "N")]
    pub team: Option<i64>,
    /// The PostHog instance that posthog.api talks to, for example <https://app.posthog.com>
    #[arg(long, value_name = "URL", env = "HEDGEROW_POSTHOG_HOST")]
    pub posthog_host: Option<String>,
    /// The project token for posthog.api
    #[arg(long, value_name = "TOKEN", env = "HEDGEROW_POSTHOG_TOKEN", hide_env_values = true)]
    pub posthog_token: Option<String>,
    /// The personal API key for posthog.api
    #[arg(long, value_name = "KEY", env = "HEDGEROW_POSTHOG_KEY", hide_env_values = true)]
    pub posthog_key: Option<String>,
    /// How many events are under way at once; with 1, nothing depends on timing
    #[arg(long, value_name = "N", default_value = "10")]
    pub concurrency: NonZeroUsize,
    /// What happens to an event on which the processEvent of an --app fails
    #[arg(long, value_name = "POLICY", value_enum, default_value_t = OnError::Pass)]
    pub on_error: OnError,
    /// A private host or address that apps may reach; may be repeated
    #[arg(long = "allow-host", value_name = "HOST", action = ArgAction::Append)]
    pub allowed_hosts: Vec<String>,
    /// Let the clock jump to the time of jobs and retries that wait, up to a day ahead, instead of leaving them
    #[arg(long)]
    pub virtual_clock: bool,
    /// Leave out the scheduled functions after the last event
    #[arg(long)]
    pub no_schedules: bool,
    /// End with exit code 1 also if an app failed or a dead letter was written
    #[arg(long)]
    pub strict: bool,
}

/// Say what an app is, what it needs, and what is wrong with it
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// The app's folder
    #[arg(value_name = "APP")]
    pub app: PathBuf,
    /// Where npm packages come from
    #[command(flatten)]
    pub imports: ImportsArguments,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Run the cases of an app: fixed input, mocked outside, exact expectations
///
/// Every case has a fresh isolate, fresh state and a clock that stands still; nothing reaches the network.
#[derive(Debug, Args)]
pub struct TestArguments {
    /// The app's folder
    #[arg(value_name = "APP")]
    pub app: PathBuf,
    /// A case file [default: every *.cases.json in the app's folder]
    #[arg(long, value_name = "FILE")]
    pub cases: Option<PathBuf>,
    /// Where npm packages come from
    #[command(flatten)]
    pub imports: ImportsArguments,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What happens to an event on which an app failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum OnError {
    /// It goes on with the changes made before the error
    Pass,
    /// It is dropped
    Drop,
    /// The app is tried again later, with the event as it got it; after five more failures the event becomes a dead letter
    Retry,
    /// It becomes a dead letter
    DeadLetter,
}

impl From<OnError> for ErrorPolicy {
    fn from(policy: OnError) -> Self {
        match policy {
            OnError::Pass => Self::Pass,
            OnError::Drop => Self::Drop,
            OnError::Retry => Self::Retry,
            OnError::DeadLetter => Self::DeadLetter,
        }
    }
}

/// Reads the command line of this process; ends the process on `--help`, `--version` and wrong usage.
pub fn parse() -> Command {
    parse_from(std::env::args_os()).unwrap_or_else(|error| {
        let is_plan = std::env::args_os().nth(1).is_some_and(|word| word == "plan");
        if is_plan && error.exit_code() != 0 {
            // 2 says there that something would change. Nobody may be there to read why it does not.
            drop(error.print());
            std::process::exit(1);
        }
        error.exit()
    })
}

/// The definition of the whole command line.
pub fn definition() -> clap::Command {
    with_exit_codes(Arguments::command())
}

/// The same, with the table of exit codes at the end of every help text.
fn with_exit_codes(command: clap::Command) -> clap::Command {
    command.after_help(exit::HELP).after_long_help(exit::HELP).mut_subcommands(with_exit_codes)
}

fn parse_from(words: impl IntoIterator<Item = std::ffi::OsString>) -> Result<Command, clap::Error> {
    let mut definition = definition();
    let matches = definition.try_get_matches_from_mut(words)?;
    match Arguments::from_arg_matches(&matches)?.command {
        Subcommands::Run(arguments) => {
            let matches = matches.subcommand_matches("run").expect("clap has just read it as `run`");
            let run = definition.find_subcommand_mut("run").expect("it is defined above");
            let apps = apps::group(&arguments, matches).map_err(|error| error.with_cmd(run))?;
            Ok(Command::Run(arguments, apps))
        }
        Subcommands::Check(arguments) => Ok(Command::Check(arguments)),
        Subcommands::Test(arguments) => Ok(Command::Test(arguments)),
        Subcommands::DeadLetters(arguments) => Ok(Command::DeadLetters(arguments)),
        Subcommands::Jobs(arguments) => Ok(Command::Jobs(arguments)),
        Subcommands::Send(arguments) => Ok(Command::Send(arguments)),
        Subcommands::Receive(arguments) => Ok(Command::Receive(arguments)),
        Subcommands::Init(arguments) => Ok(Command::Init(arguments)),
        Subcommands::Plan(arguments) => Ok(Command::Plan(arguments)),
        Subcommands::Apply(arguments) => Ok(Command::Apply(arguments)),
        Subcommands::Rollback(arguments) => Ok(Command::Rollback(arguments)),
        Subcommands::History(arguments) => Ok(Command::History(arguments)),
        Subcommands::Prune(arguments) => Ok(Command::Prune(arguments)),
        Subcommands::Apps(arguments) => Ok(Command::Apps(arguments)),
        Subcommands::Config(arguments) => Ok(Command::Config(arguments)),
        Subcommands::Secrets(arguments) => Ok(Command::Secrets(arguments)),
        Subcommands::Attachments(arguments) => Ok(Command::Attachments(arguments)),
        Subcommands::Logs(arguments) => Ok(Command::Logs(arguments)),
        Subcommands::Metrics(arguments) => Ok(Command::Metrics(arguments)),
        Subcommands::Doctor(arguments) => Ok(Command::Doctor(arguments)),
        Subcommands::Pause(arguments) => Ok(Command::Pause(arguments)),
        Subcommands::Resume(arguments) => Ok(Command::Resume(arguments)),
        Subcommands::Up(UpArguments {}) => Ok(Command::Up),
        Subcommands::Down(DownArguments {}) => Ok(Command::Down),
        Subcommands::Schema(SchemaArguments {}) => Ok(Command::Schema),
        Subcommands::Completions(arguments) => Ok(Command::Completions(arguments)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        definition().debug_assert();
    }
}
