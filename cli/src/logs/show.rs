//! A line, for people or as JSON.

use super::Written;
use crate::console::{self, FAINT, STRONG};
use crate::names::Names;
use runtime_core::ports::app_logs::{FunctionLog, LogLine, StoredLine};
use runtime_core::telemetry::AppLog;
use serde_json::{Value, json};
use std::io::Write;

/// How lines are written.
pub(super) struct Show<'a> {
    /// The names of apps.
    pub(super) names: &'a Names,
    /// As JSON.
    pub(super) json: bool,
}

impl Show<'_> {
    /// Writes a line to stdout.
    ///
    /// # Errors
    /// When nobody reads it any more.
    pub(super) fn write(&self, stored: &StoredLine) -> Written {
        let mut stdout = anstream::stdout().lock();
        if self.json {
            return writeln!(stdout, "{}", self.to_json(stored));
        }
        let (line, whose) = (&stored.line, self.whose(stored));
        let (time, (style, level), message) =
            (line.timestamp(), console::level(line.level()), console::printable(line.message()));
        // An app may log nothing at all, which is a line as well.
        for text in message.lines().chain(message.is_empty().then_some("")) {
            writeln!(stdout, "{FAINT}{time}{FAINT:#} {style}{level:<5}{style:#} {STRONG}{whose}{STRONG:#} {text}")?;
        }
        Ok(())
    }

    /// The app by the name under which it is installed, else by that of its plugin.json; or the function.
    fn whose(&self, stored: &StoredLine) -> String {
        let whose = match &stored.line {
            LogLine::Function(_) => stored.function.clone().unwrap_or_default(),
            LogLine::App(line) if self.names.name(line.installation).is_some() => self.names.shown(line.installation),
            LogLine::App(line) => format!("{}[{}]", line.app, line.installation),
        };
        console::printable(&whose).into_owned()
    }

    fn to_json(&self, stored: &StoredLine) -> Value {
        match &stored.line {
            LogLine::App(line) => self.of_app(line, stored.function.as_deref()),
            LogLine::Function(FunctionLog { timestamp, level, message }) => {
                json!({ "timestamp": timestamp.to_string(), "function": stored.function, "level": level, "message": message })
            }
        }
    }

    fn of_app(&self, line: &AppLog, function: Option<&str>) -> Value {
        json!({
            "timestamp": line.timestamp.to_string(),
            "installation": line.installation,
            "slug": self.names.name(line.installation),
            "app": line.app,
            "team": line.team,
            "source": line.source,
            "level": line.level,
            "message": line.message,
            "event_uuid": line.event_uuid,
            "function": function,
        })
    }
}
