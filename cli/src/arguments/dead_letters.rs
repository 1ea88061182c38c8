//! The words of `hedgerow dead-letters`.

use super::PlaceArguments;
use clap::{ArgAction, Args, Subcommand};
use runtime_core::event::parse_time;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::dead_letters::DeadLetterReason;
use serde_json::Value;
use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

/// Look at work that was given up, run it again, or remove it
///
/// A dead letter is kept whole, in a state folder or in a stack on AWS: why it was given up, and everything that is needed to run it
/// again.
#[derive(Debug, Args)]
pub struct DeadLettersArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: DeadLettersCommand,
}

/// What can be done with dead letters.
#[derive(Debug, Subcommand)]
pub enum DeadLettersCommand {
    /// List dead letters, oldest first
    ///
    /// On a terminal ids are cut as far as they stay different; show, redrive and purge take them like that.
    List(ListArguments),
    /// Show one dead letter with its body
    Show(ShowArguments),
    /// Run dead letters again: once, and only what failed
    ///
    /// Their work goes into the queues of the place and is taken up at the stage at which it failed, with all its retries: on a stack at
    /// once, in a state folder by the next `hedgerow run --state DIR`. A letter that was redriven can be redriven again only after its
    /// work has failed again.
    Redrive(RedriveArguments),
    /// Remove dead letters for good, with what they hold
    Purge(PurgeArguments),
}

/// `hedgerow dead-letters list`
#[derive(Debug, Args)]
pub struct ListArguments {
    /// Where the letters are.
    #[command(flatten)]
    pub place: PlaceArguments,
    /// Which letters.
    #[command(flatten)]
    pub filter: FilterArguments,
    /// Also those that were redriven
    #[arg(long)]
    pub all: bool,
    /// How many at most
    #[arg(long, value_name = "N", default_value = "100")]
    pub limit: NonZeroUsize,
    /// Print JSON, a list of objects without the bodies
    #[arg(long)]
    pub json: bool,
}

/// `hedgerow dead-letters show`
#[derive(Debug, Args)]
pub struct ShowArguments {
    /// Where the letters are.
    #[command(flatten)]
    pub place: PlaceArguments,
    /// The letter: its id, or the beginning of it that no other has
    #[arg(value_name = "ID")]
    pub id: String,
    /// Print JSON; a body that is no text as base64
    #[arg(long)]
    pub json: bool,
}

/// `hedgerow dead-letters redrive`
#[derive(Debug, Args)]
pub struct RedriveArguments {
    /// Where the letters are.
    #[command(flatten)]
    pub place: PlaceArguments,
    /// Which letters.
    #[command(flatten)]
    pub choice: ChoiceArguments,
    /// Print JSON: how many were asked for, how many and which were redriven, and why others were not
    #[arg(long)]
    pub json: bool,
}

/// `hedgerow dead-letters purge`
#[derive(Debug, Args)]
pub struct PurgeArguments {
    /// Where the letters are.
    #[command(flatten)]
    pub place: PlaceArguments,
    /// Which letters.
    #[command(flatten)]
    pub choice: ChoiceArguments,
    /// With --all-matching: also those that were redriven
    #[arg(long)]
    pub all: bool,
    /// Print JSON: how many were asked for, how many and which were removed
    #[arg(long)]
    pub json: bool,
}

/// Letters by id, or all that match.
#[derive(Debug, Args)]
pub struct ChoiceArguments {
    /// Letters: their ids, or beginnings of them that no others have
    #[arg(value_name = "ID", action = ArgAction::Append, required_unless_present = "all_matching", conflicts_with = "all_matching")]
    pub ids: Vec<String>,
    /// All letters that the filters let through, after asking
    #[arg(long)]
    pub all_matching: bool,
    /// Which letters, with `all_matching`.
    #[command(flatten)]
    pub filter: FilterArguments,
    /// With --all-matching: how many at most, the oldest first
    #[arg(long, value_name = "N")]
    pub limit: Option<NonZeroUsize>,
    /// At most so many letters a second
    #[arg(long, value_name = "N")]
    pub rate: Option<NonZeroU32>,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Which letters are meant.
#[derive(Debug, Args)]
pub struct FilterArguments {
    /// Those of an installation: its app's slug or name as in the list, or its number
    #[arg(long, value_name = "APP")]
    pub app: Option<String>,
    /// Those of a reason, for example `retries_exhausted`
    #[arg(long, value_parser = reason)]
    pub reason: Option<DeadLetterReason>,
    /// Those of a function, for example onEvent or jobs.NAME
    #[arg(long, value_name = "NAME")]
    pub function: Option<String>,
    /// Those that were given up since then: 90s, 30m, 2h, 7d, or a time such as 2023-01-01T00:00:00Z
    #[arg(long, value_name = "AGE|TIME", value_parser = since)]
    pub since: Option<Since>,
    /// Those that were given up before then, written in the same way
    #[arg(long, value_name = "AGE|TIME", value_parser = since)]
    pub until: Option<Since>,
}

impl ChoiceArguments {
    /// Whether ids were given beside options that only `--all-matching` has. clap's `requires` is silent here: what it would ask
    /// for conflicts with the ids.
    pub fn is_mixed(&self) -> bool {
        let FilterArguments { app, reason, function, since, until } = &self.filter;
        let is_in_time = since.is_some() || until.is_some();
        let is_filtered = app.is_some() || reason.is_some() || function.is_some() || is_in_time;
        !self.all_matching && (is_filtered || self.limit.is_some())
    }
}

/// A time, or how long ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// That long before now.
    Ago(Duration),
    /// That time.
    Time(Timestamp),
}

impl Since {
    /// The time that is meant.
    pub fn time(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Time(time) => time,
            Self::Ago(age) => Timestamp(now.0.saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX))),
        }
    }
}

fn reason(text: &str) -> Result<DeadLetterReason, String> {
    // Its error lists the reasons.
    serde_json::from_value(Value::from(text)).map_err(|error| error.to_string())
}

/// Reads it, for clap.
pub(super) fn since(text: &str) -> Result<Since, String> {
    if let Some(age) = age(text) {
        return Ok(Since::Ago(age));
    }
    let time = parse_time(&Value::from(text)).map(Since::Time);
    time.ok_or_else(|| "write an age such as 90s, 30m, 2h or 7d, or a time such as 2023-01-01T00:00:00Z".to_owned())
}

fn age(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return None,
    };
    let count: u64 = text[..text.len() - unit.len_utf8()].parse().ok()?;
    Some(Duration::from_secs(count.checked_mul(seconds)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_an_age_or_a_time() {
        for (text, expected) in [
            ("90s", Since::Ago(Duration::from_secs(90))),
            ("30m", Since::Ago(Duration::from_secs(1_800))),
            ("2h", Since::Ago(Duration::from_secs(7_200))),
            ("7d", Since::Ago(Duration::from_secs(604_800))),
            ("2023-01-01T00:00:00Z", Since::Time(Timestamp(1_672_531_200_000))),
            ("2023-01-01", Since::Time(Timestamp(1_672_531_200_000))),
        ] {
            assert_eq!(since(text), Ok(expected), "{text}");
        }
        for text in ["", "h", "2", "-2h", "2é", "soon", "99999999999999999999d", "18446744073709551615d"] {
            assert!(since(text).is_err(), "{text}");
        }
    }

    #[test]
    fn reasons_have_their_stored_names() {
        assert_eq!(reason("app_failed"), Ok(DeadLetterReason::AppFailed));
        let error = reason("AppFailed").expect_err("not its name");
        assert!(error.contains("`app_failed`") && error.contains("`crashed`"), "{error}");
    }
}
