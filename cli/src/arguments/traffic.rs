//! The words of `hedgerow send` and `hedgerow receive`.

use clap::Args;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Send events to a stack
///
/// Events come in as JSON lines or as one JSON document, as `hedgerow run` reads them, and go to the events queue of the stack; a list
/// of events as a message for each. What is no JSON is told with its line and left out. If the queue does not take them, it says up to
/// which line they went.
#[derive(Debug, Args)]
pub struct SendArguments {
    /// Where events come from; - is stdin
    #[arg(value_name = "FILE|-")]
    pub events: PathBuf,
    /// A stack on AWS, by its name in CloudFormation
    #[arg(long, value_name = "NAME")]
    pub stack: String,
    /// The team of events that name neither a team nor a token
    #[arg(long, value_name = "N", conflicts_with = "token")]
    pub team: Option<i64>,
    /// The project token of events that name neither a team nor a token
    #[arg(long, value_name = "TOKEN")]
    pub token: Option<String>,
    /// Begin at this line: to go on where an earlier `hedgerow send` has stopped
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u64).range(1..))]
    pub from_line: u64,
    /// Print JSON: how many messages were sent, which lines were left out, and from which line on to try again
    #[arg(long)]
    pub json: bool,
}

/// Print final events of a stack
///
/// They are taken from its output queue and printed as JSON lines; each is removed only once it is written. It ends when none has come
/// for some seconds. An event may come twice: its uuid tells.
#[derive(Debug, Args)]
pub struct ReceiveArguments {
    /// A stack on AWS, by its name in CloudFormation
    #[arg(long, value_name = "NAME")]
    pub stack: String,
    /// How many at most
    #[arg(long, value_name = "N")]
    pub limit: Option<NonZeroUsize>,
    /// For how many seconds nothing may come before it ends
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = clap::value_parser!(u64).range(..=86_400))]
    pub wait: u64,
    /// Leave the events in the queue
    #[arg(long)]
    pub keep: bool,
}
