//! The words of `hedgerow logs` and `hedgerow metrics`.

use super::PlaceArguments;
use super::dead_letters::{Since, since};
use clap::{Args, ValueEnum};
use runtime_core::telemetry::LogLevel;
use std::num::NonZeroUsize;

/// Show what apps log
///
/// The newest lines come last, as they were stored: secrets are masked in them. In a state folder are the lines of `hedgerow run
/// --state` of the last week, 200,000 at most; a stack has them in CloudWatch Logs.
#[derive(Debug, Args)]
pub struct LogsArguments {
    /// Where.
    #[command(flatten)]
    pub place: PlaceArguments,
    /// One app alone, by its slug or number
    #[arg(value_name = "APP")]
    pub app: Option<String>,
    /// Go on with lines as they come, until Ctrl-C
    #[arg(long, short)]
    pub follow: bool,
    /// Lines of this level and above
    #[arg(long, value_name = "LEVEL", value_enum)]
    pub level: Option<LevelArgument>,
    /// Lines since then: 90s, 30m, 2h, 7d, or a time such as 2023-01-01T00:00:00Z
    #[arg(long, value_name = "AGE|TIME", value_parser = since, default_value = "1h")]
    pub since: Since,
    /// Lines with this text in their message, letter for letter
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    /// How many at most, the newest
    #[arg(long, value_name = "N", default_value = "100")]
    pub limit: NonZeroUsize,
    /// With --stack: lines that this function of the stack wrote
    #[arg(long, value_name = "FUNCTION", value_parser = ["process-events", "export-events", "run-tasks"])]
    pub function: Option<String>,
    /// With --stack: what the functions say of themselves, in the place of what is about apps
    #[arg(long, conflicts_with = "app")]
    pub system: bool,
    /// Print JSON, an object a line
    #[arg(long)]
    pub json: bool,
}

/// Show how often apps' functions ran, how that ended and how long it took, and apps' own metrics
///
/// Counted in periods of five minutes. In a state folder is what `hedgerow run --state` did in the last week; a stack has it in
/// CloudWatch, where each metric that is read costs a little (docs/operations.md).
#[derive(Debug, Args)]
pub struct MetricsArguments {
    /// Where.
    #[command(flatten)]
    pub place: PlaceArguments,
    /// One app alone, by its slug or number
    #[arg(value_name = "APP")]
    pub app: Option<String>,
    /// What happened since then: 30m, 2h, 7d, or a time such as 2023-01-01T00:00:00Z
    #[arg(long, value_name = "AGE|TIME", value_parser = since, default_value = "24h")]
    pub since: Since,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// The levels of lines, by the names that apps use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LevelArgument {
    /// console.debug, and everything above
    Debug,
    /// console.log, and everything above
    Log,
    /// console.info, and everything above
    Info,
    /// console.warn, and errors
    Warn,
    /// console.error, and what apps threw
    Error,
}

impl From<LevelArgument> for LogLevel {
    fn from(level: LevelArgument) -> Self {
        match level {
            LevelArgument::Debug => Self::Debug,
            LevelArgument::Log => Self::Log,
            LevelArgument::Info => Self::Info,
            LevelArgument::Warn => Self::Warn,
            LevelArgument::Error => Self::Error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_the_names_under_which_they_are_stored() {
        for level in LevelArgument::value_variants() {
            let name = level.to_possible_value().expect("none is hidden").get_name().to_owned();
            assert_eq!(LogLevel::from(*level).name(), name);
            assert_eq!(serde_json::to_value(LogLevel::from(*level)).expect("a name"), name);
        }
    }
}
