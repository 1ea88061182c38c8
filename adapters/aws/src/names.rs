//! What the tables, queues and the bucket of a stack are called.

/// The table of the cache.
pub const CACHE_TABLE: &str = "HEDGEROW_CACHE_TABLE";
/// The table of storage and cursors.
pub const STORAGE_TABLE: &str = "HEDGEROW_STORAGE_TABLE";
/// The table of dead letters.
pub const DEAD_LETTERS_TABLE: &str = "HEDGEROW_DEAD_LETTERS_TABLE";
/// The table of work for later.
pub const DUE_TABLE: &str = "HEDGEROW_DUE_TABLE";
/// The table of documents.
pub const DOCUMENTS_TABLE: &str = "HEDGEROW_DOCUMENTS_TABLE";
/// The bucket of blobs.
pub const BUCKET: &str = "HEDGEROW_BUCKET";
/// The URL of the queue of final events; not needed where they go elsewhere.
pub const OUTPUT_QUEUE_URL: &str = "HEDGEROW_OUTPUT_QUEUE_URL";
/// The URL of the queue of incoming events, into which apps capture.
pub const EVENTS_QUEUE_URL: &str = "HEDGEROW_EVENTS_QUEUE_URL";
/// The URL of the queue of events that go on from a stage.
pub const CONTINUATIONS_QUEUE_URL: &str = "HEDGEROW_CONTINUATIONS_QUEUE_URL";
/// The URL of the queue of exports.
pub const EXPORTS_QUEUE_URL: &str = "HEDGEROW_EXPORTS_QUEUE_URL";
/// The URL of the queue of jobs.
pub const JOBS_QUEUE_URL: &str = "HEDGEROW_JOBS_QUEUE_URL";
/// The ARN of the topic of notifications; without one they go into the log.
pub const NOTIFICATIONS_TOPIC_ARN: &str = "HEDGEROW_NOTIFICATIONS_TOPIC_ARN";

/// The names of one stack. The variable of each, which its template sets, is the constant of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// [`CACHE_TABLE`]
    pub cache_table: String,
    /// [`STORAGE_TABLE`]
    pub storage_table: String,
    /// [`DEAD_LETTERS_TABLE`]
    pub dead_letters_table: String,
    /// [`DUE_TABLE`]
    pub due_table: String,
    /// [`DOCUMENTS_TABLE`]
    pub documents_table: String,
    /// [`BUCKET`]
    pub bucket: String,
    /// [`OUTPUT_QUEUE_URL`]
    pub output_queue_url: Option<String>,
    /// [`EVENTS_QUEUE_URL`]
    pub events_queue_url: String,
    /// [`CONTINUATIONS_QUEUE_URL`]
    pub continuations_queue_url: String,
    /// [`EXPORTS_QUEUE_URL`]
    pub exports_queue_url: String,
    /// [`JOBS_QUEUE_URL`]
    pub jobs_queue_url: String,
    /// [`NOTIFICATIONS_TOPIC_ARN`]
    pub notifications_topic_arn: Option<String>,
}

/// A variable without which, or with which, nothing can be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NamesError {
    /// It is not set, or empty.
    #[error("{variable} is not set: set it to {what}")]
    Missing {
        /// Which variable.
        variable: &'static str,
        /// What it should be.
        what: &'static str,
    },
    /// It is set to something else than it should be.
    #[error("{variable} is `{value}`: set it to {what}")]
    Nonsense {
        /// Which variable.
        variable: &'static str,
        /// What it is set to.
        value: String,
        /// What it should be.
        what: &'static str,
    },
}

/// What a variable may be set to.
#[derive(Clone, Copy)]
enum Kind {
    Table,
    Bucket,
    QueueUrl,
    TopicArn,
}

impl Names {
    /// Reads the environment of the process.
    pub fn from_environment() -> Result<Self, NamesError> {
        // A value that is no Unicode is shown with its broken parts replaced, and refused as any other that is no name.
        Self::from_lookup(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, NamesError> {
        let optional = |variable, kind: Kind| match lookup(variable).unwrap_or_default() {
            value if value.is_empty() => Ok(None),
            value if kind.allows(&value) => Ok(Some(value)),
            value => Err(NamesError::Nonsense { variable, value, what: kind.what() }),
        };
        let read =
            |variable, kind: Kind| optional(variable, kind)?.ok_or(NamesError::Missing { variable, what: kind.what() });
        Ok(Self {
            cache_table: read(CACHE_TABLE, Kind::Table)?,
            storage_table: read(STORAGE_TABLE, Kind::Table)?,
            dead_letters_table: read(DEAD_LETTERS_TABLE, Kind::Table)?,
            due_table: read(DUE_TABLE, Kind::Table)?,
            documents_table: read(DOCUMENTS_TABLE, Kind::Table)?,
            bucket: read(BUCKET, Kind::Bucket)?,
            output_queue_url: optional(OUTPUT_QUEUE_URL, Kind::QueueUrl)?,
            events_queue_url: read(EVENTS_QUEUE_URL, Kind::QueueUrl)?,
            continuations_queue_url: read(CONTINUATIONS_QUEUE_URL, Kind::QueueUrl)?,
            exports_queue_url: read(EXPORTS_QUEUE_URL, Kind::QueueUrl)?,
            jobs_queue_url: read(JOBS_QUEUE_URL, Kind::QueueUrl)?,
            notifications_topic_arn: optional(NOTIFICATIONS_TOPIC_ARN, Kind::TopicArn)?,
        })
    }
}

impl Kind {
    fn what(self) -> &'static str {
        match self {
            Self::Table => "the name of a DynamoDB table (3 to 255 letters, digits, `_`, `-` and `.`)",
            Self::Bucket => "the name of an S3 bucket (3 to 63 lower-case letters, digits, `-` and `.`)",
            Self::QueueUrl => "the URL of an SQS queue (https://sqs.REGION.amazonaws.com/ACCOUNT/NAME)",
            Self::TopicArn => "the ARN of an SNS topic (arn:aws:sns:REGION:ACCOUNT:NAME), or remove it",
        }
    }

    fn allows(self, value: &str) -> bool {
        let made_of = |allowed: fn(u8) -> bool| value.bytes().all(allowed);
        match self {
            Self::Table => {
                (3..=255).contains(&value.len())
                    && made_of(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
            }
            Self::Bucket => {
                (3..=63).contains(&value.len())
                    && made_of(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte))
            }
            Self::QueueUrl => {
                let path = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"));
                path.is_some_and(|path| path.split('/').count() >= 3 && path.split('/').all(|part| !part.is_empty()))
            }
            Self::TopicArn => {
                let parts: Vec<_> = value.split(':').collect();
                parts.len() == 6 && parts[0] == "arn" && parts[2] == "sns" && !parts[5].is_empty()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &'static str) -> Result<Names, NamesError> {
        Names::from_lookup(|asked| match asked {
            asked if asked == name => Some(value.to_owned()),
            asked if asked.ends_with("_URL") => Some("http://127.0.0.1:4566/000000000000/queue".to_owned()),
            NOTIFICATIONS_TOPIC_ARN => Some("arn:aws:sns:eu-west-1:123456789012:topic".to_owned()),
            _ => Some("hedgerow-name".to_owned()),
        })
    }

    #[test]
    fn sensible_names_are_taken() {
        let names = with(EVENTS_QUEUE_URL, "https://sqs.eu-west-1.amazonaws.com/123456789012/events").unwrap();
        assert_eq!(names.cache_table, "hedgerow-name");
        assert_eq!(names.events_queue_url, "https://sqs.eu-west-1.amazonaws.com/123456789012/events");
    }

    #[test]
    fn an_output_queue_and_a_topic_are_not_needed() {
        assert!(with(OUTPUT_QUEUE_URL, "").unwrap().output_queue_url.is_none());
        let names = with(NOTIFICATIONS_TOPIC_ARN, "").unwrap();
        assert!(names.notifications_topic_arn.is_none() && names.output_queue_url.is_some());
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        for (variable, value) in [
            (CACHE_TABLE, "a b c"),
            (DUE_TABLE, "ab"),
            (BUCKET, "Bucket"),
            (OUTPUT_QUEUE_URL, "queue"),
            (EVENTS_QUEUE_URL, "https://sqs/"),
            (JOBS_QUEUE_URL, "arn:aws:sqs:eu-west-1:123456789012:jobs"),
            (NOTIFICATIONS_TOPIC_ARN, "arn:aws:sqs:eu-west-1:123456789012:jobs"),
        ] {
            let error = with(variable, value).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{variable} is `{value}`: set it to the ")), "{error}");
        }
        let error = with(STORAGE_TABLE, "").unwrap_err().to_string();
        assert!(error.starts_with("HEDGEROW_STORAGE_TABLE is not set: set it to the name"), "{error}");
    }
}
