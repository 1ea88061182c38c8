//! A line, for people or as JSON.

use super::Written;
use crate::console::{self, BAD, DOUBTFUL, FAINT, STRONG};
use crate::records::Names;
use anstyle::Style;
use runtime_core::ports::app_logs::{FunctionLog, LogLine, StoredLine};
use runtime_core::telemetry::{AppLog, LogLevel};
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
        let (whose, line) = match &stored.line {
            LogLine::App(line) => (
                self.names.slug(line.installation).map_or_else(
                    || format!("{}[{}]", line.app, line.installation),
                    |_| self.names.shown(line.installation),
                ),
                &stored.line,
            ),
            line @ LogLine::Function(_) => (stored.function.clone().unwrap_or_default(), line),
        };
        let (time, (style, level)) = (line.timestamp(), shown(line.level()));
        let whose = console::printable(&whose);
        for text in console::printable(line.message()).lines() {
            writeln!(stdout, "{FAINT}{time}{FAINT:#} {style}{level:<5}{style:#} {STRONG}{whose}{STRONG:#} {text}")?;
        }
        Ok(())
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
            "slug": self.names.slug(line.installation),
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

fn shown(level: LogLevel) -> (Style, &'static str) {
    match level {
        LogLevel::Debug => (FAINT, "DEBUG"),
        LogLevel::Log => (Style::new(), "LOG"),
        LogLevel::Info => (Style::new(), "INFO"),
        LogLevel::Warn => (DOUBTFUL, "WARN"),
        LogLevel::Error => (BAD, "ERROR"),
    }
}
