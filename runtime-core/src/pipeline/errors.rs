//! The last errors of each installation, kept in a document for whoever asks what is wrong with it.

use super::Pipeline;
use super::members::Member;
use crate::event::InstallationId;
use crate::isolate::{CallError, Place};
use crate::ports::Unavailable;
use crate::ports::clock::Timestamp;
use crate::ports::documents::{Documents, NewDocument};
use crate::telemetry::{LogLevel, LogSource};
use serde::{Deserialize, Serialize};

/// How many errors are kept of an installation.
pub const KEPT_ERRORS: usize = 20;
/// How many bytes are kept of a name, a message and a stack: however they are escaped, a document has room for all.
const LONGEST_NAME: usize = 100;
const LONGEST_MESSAGE: usize = 800;
const LONGEST_STACK: usize = 1_200;
/// How often the document is written anew if others write it at the same time. What is lost then was logged.
const ATTEMPTS: usize = 3;

/// The function of an error by which an app could not be loaded.
pub const LOADING: &str = "load";

/// An error that an app threw, or by which it was stopped, for good: what is tried again is in the log alone, as PostHog counted it
/// (behaviour.md e).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorRecord {
    /// When.
    pub at: Timestamp,
    /// In which function; [`LOADING`] for what kept the app from being loaded.
    pub function: String,
    /// At which event.
    pub event_uuid: Option<String>,
    /// The error's name; `Error` for a value that is no error.
    pub name: String,
    /// Its message, or the value as text.
    pub message: String,
    /// The app's own frames in its source, one a line; of a limit, the place where the app was when it reached it. Empty for a value
    /// that is no error, and where there is no such place.
    pub stack: String,
}

#[derive(Default, Serialize, Deserialize)]
struct Kept {
    errors: Vec<ErrorRecord>,
}

/// The last errors of an installation, newest first.
///
/// # Errors
/// When the documents are out of reach.
pub async fn recent_errors(
    documents: &dyn Documents,
    installation: InstallationId,
) -> Result<Vec<ErrorRecord>, Unavailable> {
    let found = documents.get(&key(installation)).await?;
    Ok(found.map(|document| kept(&document.json).errors).unwrap_or_default())
}

fn key(installation: InstallationId) -> String {
    format!("errors/{installation}")
}

/// What cannot be read gives way.
fn kept(json: &str) -> Kept {
    serde_json::from_str(json).unwrap_or_default()
}

impl ErrorRecord {
    pub(super) fn of(error: &CallError, function: &str, event_uuid: Option<&str>, at: Timestamp) -> Self {
        let (name, message, stack) = match cause_of(error) {
            CallError::Thrown(thrown) => {
                (thrown.name.clone(), thrown.message.clone(), thrown.stack.trim_end().to_owned())
            }
            limit @ CallError::TimedOut { place, .. } => ("TimeoutError".to_owned(), limit.to_string(), frame(place)),
            limit @ CallError::OutOfMemory { place, .. } => {
                ("OutOfMemoryError".to_owned(), limit.to_string(), frame(place))
            }
            other => return Self::of_text(&other.to_string(), function, event_uuid, at),
        };
        let (function, event_uuid) = (function.to_owned(), event_uuid.map(str::to_owned));
        Self { at, function, event_uuid, name, message, stack }
    }

    /// What is wrong with something that a function returned, which was not thrown anywhere.
    pub(super) fn of_text(message: &str, function: &str, event_uuid: Option<&str>, at: Timestamp) -> Self {
        let (function, event_uuid) = (function.to_owned(), event_uuid.map(str::to_owned));
        let (name, message, stack) = ("Error".to_owned(), message.to_owned(), String::new());
        Self { at, function, event_uuid, name, message, stack }
    }

    /// Without secrets, without NUL (case 180), and cut to the lengths that are kept.
    fn cleaned(self, mask: impl Fn(String) -> String) -> Self {
        let clean = |text: String, longest: usize| {
            let text = mask(text).replace('\0', "\u{fffd}");
            text[..text.floor_char_boundary(longest)].to_owned()
        };
        Self {
            at: self.at,
            function: clean(self.function, LONGEST_NAME),
            event_uuid: self.event_uuid.map(|uuid| clean(uuid, LONGEST_NAME)),
            name: clean(self.name, LONGEST_NAME),
            message: clean(self.message, LONGEST_MESSAGE),
            stack: clean(self.stack, LONGEST_STACK),
        }
    }
}

/// A place as a frame of a stack.
fn frame(place: &Place) -> String {
    let Some(line) = place.line else { return String::new() };
    format!("at {} ({}:{line})", place.function, place.file)
}

/// What went wrong in the app's own code.
fn cause_of(error: &CallError) -> &CallError {
    match error {
        CallError::Setup(cause) | CallError::Evaluation(cause) => cause_of(cause),
        other => other,
    }
}

impl Pipeline {
    /// Stores the errors of an invocation. That they cannot be stored is logged, and keeps no work from its end.
    pub async fn save_errors(&self) {
        for member in &self.members {
            let errors = member.take_errors();
            if errors.is_empty() {
                continue;
            }
            let installation = member.installation().id;
            let mask = |text| self.secrets.mask(installation, text);
            let fresh: Vec<ErrorRecord> = errors.into_iter().map(|error| error.cleaned(mask)).collect();
            if let Err(cause) = keep(&*self.ports.documents, installation, &fresh).await {
                tell(member, &cause);
            }
        }
    }
}

fn tell(member: &Member, cause: &Unavailable) {
    member.log(LogSource::System, LogLevel::Warn, &format!("its errors could not be stored: {cause}"), None);
}

/// Puts errors, oldest first, before those that are kept.
async fn keep(
    documents: &dyn Documents,
    installation: InstallationId,
    fresh: &[ErrorRecord],
) -> Result<(), Unavailable> {
    let key = key(installation);
    for _ in 0..ATTEMPTS {
        let seen = documents.get(&key).await?;
        let before = seen.as_ref().map(|document| kept(&document.json).errors).unwrap_or_default();
        let errors = fresh.iter().rev().cloned().chain(before).take(KEPT_ERRORS).collect();
        let json = serde_json::to_string(&Kept { errors }).expect("plain data always has a JSON form");
        if documents.put(&key, NewDocument { json, ends_at: None }, seen.as_ref()).await? {
            break;
        }
    }
    Ok(())
}
