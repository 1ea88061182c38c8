//! The last errors of an app, as `apps show` tells them.

use crate::console::{self, STRONG};
use crate::installed::kept::Kept;
use runtime_core::pipeline::{ErrorRecord, recent_errors};
use runtime_core::registry::Record;
use serde_json::{Value, json};

/// Some of the errors that are kept, the newest first.
pub struct LastErrors {
    shown: Vec<ErrorRecord>,
    kept: usize,
}

impl LastErrors {
    /// The last `most`. That they cannot be read is told, and no reason to show nothing else of the app.
    pub async fn of(kept: &Kept, record: &Record, most: usize) -> Self {
        let mut shown = recent_errors(&*kept.documents, record.id).await.unwrap_or_else(|error| {
            console::warning(format_args!("its last errors are not known: {error}"));
            Vec::new()
        });
        let kept = shown.len();
        shown.truncate(most);
        Self { shown, kept }
    }

    /// For programs.
    pub fn as_json(&self) -> Value {
        let error = |error: &ErrorRecord| {
            json!({
                "at": error.at.to_string(),
                "function": error.function,
                "event_uuid": error.event_uuid,
                "name": error.name,
                "message": error.message,
                "stack": error.stack,
            })
        };
        Value::from_iter(self.shown.iter().map(error))
    }

    /// For people, below the rest: when, where, what, and the first line of the stack.
    pub fn tell(&self) {
        if self.shown.is_empty() {
            return;
        }
        let of = if self.shown.len() < self.kept { format!(" of {}", self.kept) } else { String::new() };
        console::line(format_args!("\n{STRONG}last errors{STRONG:#} ({}{of}, the newest first)", self.shown.len()));
        for error in &self.shown {
            let message = error.message.split_whitespace().collect::<Vec<_>>().join(" ");
            let event = error.event_uuid.as_ref().map(|uuid| format!(" (event {uuid})")).unwrap_or_default();
            let line = format!("{}  {}  {}: {message}{event}", error.at, error.function, error.name);
            console::line(console::printable(&line));
            if let Some(place) = error.stack.lines().find(|line| !line.trim().is_empty()) {
                console::line(format_args!("    {}", console::printable(place.trim())));
            }
        }
    }
}
