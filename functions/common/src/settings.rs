//! The settings of a function, read from its environment once, when the execution environment starts. What tables, queues and
//! the bucket are called is in `adapter_aws::names`.

use crate::invocation::Margins;
use adapter_aws::geoip::{GeoIpOptions, ObjectName};
use runtime_core::imports::bundle::FILE_NAME;
use runtime_core::pipeline::Idempotency;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How many records of an invocation are worked on at the same time (1 to 100, default 10).
pub const RECORD_CONCURRENCY: &str = "HEDGEROW_RECORD_CONCURRENCY";
/// With less than this many seconds left no further record is started, and it comes again by its own queue (0 to 890, default 5).
/// Before that, the pipeline itself hands on what it has no time for (a call of an app may take 30 s, and 10 s remain to put its
/// work off): then it goes on at once, and counts for nobody as a crash.
pub const START_MARGIN_SECONDS: &str = "HEDGEROW_START_MARGIN_SECONDS";
/// With less than this many milliseconds left all work is let go of, and with less than half of it the function answers (0 to
/// 60000, default 1000).
pub const ANSWER_MARGIN_MS: &str = "HEDGEROW_ANSWER_MARGIN_MS";
/// The table of the registry. What is installed is looked up in it, once something was.
pub const REGISTRY_TABLE: &str = "HEDGEROW_REGISTRY_TABLE";
/// At the start of an invocation the registry is looked at for a change, if it was not within so many seconds (0 to 86400,
/// default 30; 0 is at every invocation).
pub const REFRESH_SECONDS: &str = "HEDGEROW_REFRESH_SECONDS";
/// The key of the installations file in the bucket, which says what is installed as long as there is nothing in the registry;
/// required without one.
pub const INSTALLATIONS: &str = "HEDGEROW_INSTALLATIONS";
/// Where final events go: `queue` (the output queue), `posthog` (PostHog's capture API), or `none`.
pub const SINK: &str = "HEDGEROW_SINK";
/// The PostHog instance, such as `https://eu.i.posthog.com`: of the sink `posthog`, and of `posthog.api`.
pub const POSTHOG_HOST: &str = "HEDGEROW_POSTHOG_HOST";
/// The project's token there.
pub const POSTHOG_TOKEN: &str = "HEDGEROW_POSTHOG_TOKEN";
/// A personal API key there, for `posthog.api`.
pub const POSTHOG_PERSONAL_KEY: &str = "HEDGEROW_POSTHOG_PERSONAL_KEY";
/// `on`: finished work is written down, and work that arrives again is not done again. `off` is the default.
pub const IDEMPOTENCY: &str = "HEDGEROW_IDEMPOTENCY";

/// The namespace of the metrics of calls in CloudWatch; `hedgerow` without it. Stacks of one account need one each.
pub const METRICS_NAMESPACE: &str = "HEDGEROW_METRICS_NAMESPACE";
/// Whether what apps do becomes metrics of CloudWatch, `on` (the default) or `off`: there they cost by the month. What alarms watch
/// always does.
pub const APP_METRICS: &str = "HEDGEROW_APP_METRICS";
/// The ARN of the database behind `meta.geoip`, an object of S3: `arn:aws:s3:::BUCKET/KEY`. Without it there is none.
pub const GEOIP: &str = "HEDGEROW_GEOIP";
/// The SHA-256 that this object must have, in 64 hexadecimal digits; any, without it.
pub const GEOIP_SHA256: &str = "HEDGEROW_GEOIP_SHA256";
/// After so many seconds S3 is asked whether there is another database (60 to 604800, default 3600).
pub const GEOIP_REFRESH_SECONDS: &str = "HEDGEROW_GEOIP_REFRESH_SECONDS";
/// The imports bundle: a file with the npm packages that apps import. Without it, the one in the function's archive, if there is one.
pub const IMPORTS: &str = "HEDGEROW_IMPORTS";
/// Lambda's own: the folder that the function's archive was unpacked into.
const TASK_ROOT: &str = "LAMBDA_TASK_ROOT";

/// What an operator can set about a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// [`RECORD_CONCURRENCY`]
    pub record_concurrency: usize,
    /// [`START_MARGIN_SECONDS`] and [`ANSWER_MARGIN_MS`]
    pub margins: Margins,
    /// [`REGISTRY_TABLE`]
    pub registry_table: Option<String>,
    /// [`REFRESH_SECONDS`]
    pub refresh: Duration,
    /// [`INSTALLATIONS`]
    pub installations: Option<String>,
    /// [`SINK`]
    pub sink: Sink,
    /// [`POSTHOG_HOST`]
    pub posthog_host: Option<String>,
    /// [`POSTHOG_TOKEN`]
    pub posthog_token: Option<String>,
    /// [`POSTHOG_PERSONAL_KEY`]
    pub posthog_personal_key: Option<String>,
    /// [`IDEMPOTENCY`]
    pub idempotency: Idempotency,
    /// [`METRICS_NAMESPACE`]
    pub metrics_namespace: String,
    /// [`APP_METRICS`]
    pub app_metrics: AppMetricsMode,
    /// [`GEOIP`], [`GEOIP_SHA256`] and [`GEOIP_REFRESH_SECONDS`]
    pub geoip: Option<GeoIpOptions>,
    /// [`IMPORTS`]
    pub imports: Option<PathBuf>,
}

/// Whether what apps do becomes metrics of CloudWatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppMetricsMode {
    /// It does.
    On,
    /// It does not.
    Off,
}

/// Where final events go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sink {
    /// To the output queue.
    Queue,
    /// To PostHog's capture API.
    Posthog,
    /// Nowhere: the apps' own effects are all that is wanted.
    None,
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
    /// Something of a certain form, such as one of several words, and it is not.
    #[error("{name} is `{value}`: set it to {choices}")]
    Choice {
        /// Which setting.
        name: &'static str,
        /// What it is set to.
        value: String,
        /// What it may be.
        choices: &'static str,
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
    ///
    /// # Errors
    /// The first setting that makes no sense.
    pub fn from_environment() -> Result<Self, SettingsError> {
        // A value that is no Unicode is shown with its broken parts replaced, and refused as any other that makes no sense.
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
        // A template sets a parameter that was left out to nothing.
        let text = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let record_concurrency = number(RECORD_CONCURRENCY, 1, 100, 10)?;
        let settings = Self {
            record_concurrency: usize::try_from(record_concurrency).expect("it is at most 100"),
            margins: Margins {
                start: Duration::from_secs(number(START_MARGIN_SECONDS, 0, 890, 5)?),
                answer: Duration::from_millis(number(ANSWER_MARGIN_MS, 0, 60_000, 1000)?),
            },
            registry_table: text(REGISTRY_TABLE),
            refresh: Duration::from_secs(number(REFRESH_SECONDS, 0, 86_400, 30)?),
            installations: text(INSTALLATIONS),
            sink: sink(text(SINK))?,
            posthog_host: text(POSTHOG_HOST),
            posthog_token: text(POSTHOG_TOKEN),
            posthog_personal_key: text(POSTHOG_PERSONAL_KEY),
            idempotency: idempotency(text(IDEMPOTENCY).as_deref())?,
            metrics_namespace: text(METRICS_NAMESPACE).unwrap_or_else(|| "hedgerow".to_owned()),
            app_metrics: app_metrics(text(APP_METRICS))?,
            geoip: geoip(text(GEOIP), text(GEOIP_SHA256), number(GEOIP_REFRESH_SECONDS, 60, 604_800, 3600)?)?,
            imports: text(IMPORTS)
                .map(PathBuf::from)
                .or_else(|| text(TASK_ROOT).map(|folder| Path::new(&folder).join(FILE_NAME))),
        };
        if settings.registry_table.is_none() && settings.installations.is_none() {
            return Err(SettingsError::Missing {
                name: REGISTRY_TABLE,
                what: "the table of the registry, or HEDGEROW_INSTALLATIONS to the key of the installations file in the bucket",
            });
        }
        settings.posthog_is_complete().map(|()| settings)
    }

    fn posthog_is_complete(&self) -> Result<(), SettingsError> {
        if self.sink != Sink::Posthog {
            return Ok(());
        }
        for (value, name, what) in [
            (
                &self.posthog_host,
                POSTHOG_HOST,
                "the PostHog instance that events go to, or HEDGEROW_SINK to another sink",
            ),
            (&self.posthog_token, POSTHOG_TOKEN, "the token of the PostHog project that events go to"),
        ] {
            if value.is_none() {
                return Err(SettingsError::Missing { name, what });
            }
        }
        Ok(())
    }
}

fn sink(value: Option<String>) -> Result<Sink, SettingsError> {
    const CHOICES: &str = "`queue`, `posthog` or `none`";
    match value {
        None => Err(SettingsError::Missing { name: SINK, what: CHOICES }),
        Some(value) => match value.as_str() {
            "queue" => Ok(Sink::Queue),
            "posthog" => Ok(Sink::Posthog),
            "none" => Ok(Sink::None),
            _ => Err(SettingsError::Choice { name: SINK, value, choices: CHOICES }),
        },
    }
}

fn geoip(
    arn: Option<String>,
    sha256: Option<String>,
    refresh_seconds: u64,
) -> Result<Option<GeoIpOptions>, SettingsError> {
    let Some(arn) = arn else { return Ok(None) };
    let Some(object) = ObjectName::from_arn(&arn) else {
        return Err(SettingsError::Choice {
            name: GEOIP,
            value: arn,
            choices: "the ARN of an object, arn:aws:s3:::BUCKET/KEY",
        });
    };
    let is_digest = |digits: &String| digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if let Some(value) = sha256.as_ref().filter(|digits| !is_digest(digits)) {
        let (name, value) = (GEOIP_SHA256, value.clone());
        return Err(SettingsError::Choice { name, value, choices: "64 hexadecimal digits" });
    }
    let sha256 = sha256.map(|digits| digits.to_ascii_lowercase());
    Ok(Some(GeoIpOptions { object, sha256, refresh: Duration::from_secs(refresh_seconds) }))
}

fn app_metrics(word: Option<String>) -> Result<AppMetricsMode, SettingsError> {
    match word.as_deref() {
        None | Some("on") => Ok(AppMetricsMode::On),
        Some("off") => Ok(AppMetricsMode::Off),
        Some(_) => {
            Err(SettingsError::Choice { name: APP_METRICS, value: word.unwrap_or_default(), choices: "`on` or `off`" })
        }
    }
}

fn idempotency(value: Option<&str>) -> Result<Idempotency, SettingsError> {
    match value {
        None | Some("off") => Ok(Idempotency::Off),
        Some("on") => Ok(Idempotency::ON),
        Some(value) => Err(SettingsError::Choice {
            name: IDEMPOTENCY,
            value: value.to_owned(),
            choices: "`on` or `off`, or remove it for `off`",
        }),
    }
}

#[cfg(test)]
mod tests;
