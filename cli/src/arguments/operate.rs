//! The words of the commands that look after a stack: doctor, pause, resume, up, down.

use super::PlaceArguments;
use clap::{ArgAction, Args, ValueEnum};

/// Look for what is wrong, and say what to do about it
///
/// Every check is made, whatever the others find; nothing is changed. With --stack: credentials, clock, the stack and its release,
/// queues, functions and their mappings, concurrency, alarms, permissions, what is installed and whether it can run. With --state:
/// the folder, its store and its key, what is installed, and work that waits.
#[derive(Debug, Args)]
pub struct DoctorArguments {
    /// Where.
    #[command(flatten)]
    pub place: PlaceArguments,
    /// Where npm packages come from
    #[command(flatten)]
    pub imports: crate::imports::ImportsArguments,
    /// Print JSON: {"failed": N, "warnings": N, "checks": [{"name", "asks", "verdict": "ok" | "warning" | "failed", "found", "advice"}]}
    #[arg(long)]
    pub json: bool,
}

/// Which mappings are switched, and how.
#[derive(Debug, Args)]
pub struct SwitchArguments {
    /// A stack on AWS, by its name in CloudFormation
    #[arg(long, value_name = "NAME")]
    pub stack: String,
    /// Only the queues of this function; may be repeated
    #[arg(long = "function", value_name = "FUNCTION", value_enum, action = ArgAction::Append)]
    pub functions: Vec<FunctionName>,
    /// Do not wait until the mappings have changed
    #[arg(long)]
    pub no_wait: bool,
    /// Print JSON: {"action", "done": whether all have changed, "mappings": [{"function", "queue", "uuid", "state"}]}
    #[arg(long)]
    pub json: bool,
}

/// Stop the functions of a stack from taking messages
///
/// Messages wait in their queues, for 14 days at most, and nothing is lost; `hedgerow resume` goes on. The rules of EventBridge
/// go on: each minute what is due is sent into the queues, and waits there with the rest.
#[derive(Debug, Args)]
pub struct PauseArguments {
    /// Which.
    #[command(flatten)]
    pub switch: SwitchArguments,
}

/// Let the functions of a stack take messages again
#[derive(Debug, Args)]
pub struct ResumeArguments {
    /// Which.
    #[command(flatten)]
    pub switch: SwitchArguments,
}

/// A function of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FunctionName {
    /// Events and continuations
    ProcessEvents,
    /// Exports
    ExportEvents,
    /// Jobs, and what SQS gave up
    RunTasks,
}

#[cfg(feature = "stack")]
impl FunctionName {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::ProcessEvents => "process-events",
            Self::ExportEvents => "export-events",
            Self::RunTasks => "run-tasks",
        }
    }
}

/// Start the whole stack on this machine, over an emulator of AWS; from a clone of hedgerow
///
/// The same as `cargo xtask up`. Needs Rust and Python 3.10; neither Docker nor an account.
#[derive(Debug, Args)]
pub struct UpArguments {}

/// End what `up` has started
#[derive(Debug, Args)]
pub struct DownArguments {}
