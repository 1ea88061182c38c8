//! The settings of the function, read from the environment once, when the execution environment starts.

use std::path::PathBuf;
use std::time::Duration;

/// How many records of an invocation are worked on at the same time (1 to 100, default 10).
pub const RECORD_CONCURRENCY: &str = "HEDGEROW_RECORD_CONCURRENCY";
/// With less than this many seconds left no further record is started (0 to 890, default 40: a call of an app may take 30 s,
/// and 10 s remain to put its work off).
pub const START_MARGIN_SECONDS: &str = "HEDGEROW_START_MARGIN_SECONDS";
/// With less than this many milliseconds left the function answers, whatever is still running (0 to 60000, default 1000).
pub const ANSWER_MARGIN_MS: &str = "HEDGEROW_ANSWER_MARGIN_MS";

/// The JSON file that lists the installations (see `adapter_local::installations`); required until there is a registry.
pub const INSTALLATIONS: &str = "HEDGEROW_INSTALLATIONS";
/// The folder of cache, storage, jobs and dead letters (default `/tmp/hedgerow`, which is all that Lambda lets a function write).
pub const STATE: &str = "HEDGEROW_STATE";
/// The file that final events are appended to, a JSON line each (default `events.jsonl` in the state folder).
pub const OUTPUT: &str = "HEDGEROW_OUTPUT";

/// What an operator can set about this function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// [`RECORD_CONCURRENCY`]
    pub record_concurrency: usize,
    /// [`START_MARGIN_SECONDS`]
    pub start_margin: Duration,
    /// [`ANSWER_MARGIN_MS`]
    pub answer_margin: Duration,
    /// [`INSTALLATIONS`]
    pub installations: PathBuf,
    /// [`STATE`]
    pub state: PathBuf,
    /// [`OUTPUT`]
    pub output: PathBuf,
}

/// A setting that makes no sense. The function does not start with one: a typing error must not become a silent default.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A number that is none, or out of range.
    #[error("{name} is `{value}`: set a whole number from {minimum} to {maximum}, or remove it for {default}")]
    Number {
        /// Which setting.
        name: &'static str,
        /// What it is set to.
        value: String,
        /// The least it may be.
        minimum: u64,
        /// The most it may be.
        maximum: u64,
        /// What it is if it is not set.
        default: u64,
    },
    /// A setting without which there is nothing to do.
    #[error("{name} is not set: set it to {what}")]
    Missing {
        /// Which setting.
        name: &'static str,
        /// What it should be.
        what: &'static str,
    },
}

impl Settings {
    /// Reads the environment of the process.
    pub fn from_environment() -> Result<Self, SettingsError> {
        // A value that is no Unicode is shown with its broken parts replaced, and refused as any other that is no number.
        Self::from_lookup(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let number = |name, minimum, maximum, default| {
            let Some(value) = lookup(name) else { return Ok(default) };
            match value.parse() {
                Ok(number) if (minimum..=maximum).contains(&number) => Ok(number),
                _ => Err(SettingsError::Number { name, value, minimum, maximum, default }),
            }
        };
        let path = |name| lookup(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let what = "the path of the JSON file that lists the installations";
        let installations = path(INSTALLATIONS).ok_or(SettingsError::Missing { name: INSTALLATIONS, what })?;
        let state = path(STATE).unwrap_or_else(|| PathBuf::from("/tmp/hedgerow"));
        let output = path(OUTPUT).unwrap_or_else(|| state.join("events.jsonl"));
        let record_concurrency = number(RECORD_CONCURRENCY, 1, 100, 10)?;
        Ok(Self {
            record_concurrency: usize::try_from(record_concurrency).expect("it is at most 100"),
            start_margin: Duration::from_secs(number(START_MARGIN_SECONDS, 0, 890, 40)?),
            answer_margin: Duration::from_millis(number(ANSWER_MARGIN_MS, 0, 60_000, 1000)?),
            installations,
            state,
            output,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &'static str) -> Result<Settings, SettingsError> {
        Settings::from_lookup(|asked| match asked {
            INSTALLATIONS => Some("installations.json".to_owned()),
            asked => (asked == name).then(|| value.to_owned()),
        })
    }

    #[test]
    fn without_installations_there_is_nothing_to_do() {
        let error = Settings::from_lookup(|_| None).unwrap_err();
        assert!(error.to_string().starts_with("HEDGEROW_INSTALLATIONS is not set: set it to the path"), "{error}");
    }

    #[test]
    fn nothing_set_gives_the_documented_defaults() {
        let settings = with(INSTALLATIONS, "installations.json").unwrap();
        assert_eq!(settings.record_concurrency, 10);
        assert_eq!(settings.start_margin, Duration::from_secs(40));
        assert_eq!(settings.answer_margin, Duration::from_secs(1));
        assert_eq!(settings.output, PathBuf::from("/tmp/hedgerow/events.jsonl"));
    }

    #[test]
    fn limits_are_included_and_what_is_beyond_is_refused() {
        assert_eq!(with(RECORD_CONCURRENCY, "100").unwrap().record_concurrency, 100);
        for (name, value) in [
            (RECORD_CONCURRENCY, "0"),
            (RECORD_CONCURRENCY, "101"),
            (RECORD_CONCURRENCY, "ten"),
            (START_MARGIN_SECONDS, "-1"),
            (START_MARGIN_SECONDS, "891"),
            (ANSWER_MARGIN_MS, ""),
        ] {
            let error = with(name, value).unwrap_err();
            assert!(error.to_string().starts_with(&format!("{name} is `{value}`: set a whole number")), "{error}");
        }
    }
}
