//! Lines that were logged, for people who look into them. Whoever runs apps writes them through
//! [`Telemetry`](crate::telemetry::Telemetry), with secrets masked; this is how they are read again.

use super::Unavailable;
use super::clock::Timestamp;
use crate::event::InstallationId;
use crate::telemetry::{AppLog, LogLevel};
use async_trait::async_trait;

/// Whose lines are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinesOf {
    /// Those about every installation.
    AllApps,
    /// Those about one.
    App(InstallationId),
    /// What the functions that run apps say of themselves, which is about no installation.
    Functions,
}

/// Which lines are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineQuery {
    /// Whose.
    pub of: LinesOf,
    /// From this level on.
    pub least_level: Option<LogLevel>,
    /// Written at this time or later.
    pub since: Timestamp,
    /// With this text in their message, letter for letter.
    pub search: Option<String>,
    /// Written by this function of a stack alone, such as `process-events`.
    pub function: Option<String>,
    /// So many at most, the newest of them.
    pub limit: usize,
}

impl LineQuery {
    /// Whether a line is meant. An adapter may ask its store for less than all lines, but has this decide in the end.
    #[must_use]
    pub fn takes(&self, line: &LogLine) -> bool {
        let is_whose = match (self.of, line) {
            (LinesOf::AllApps, LogLine::App(_)) | (LinesOf::Functions, LogLine::Function(_)) => true,
            (LinesOf::App(installation), LogLine::App(line)) => line.installation == installation,
            (LinesOf::AllApps | LinesOf::App(_), LogLine::Function(_)) | (LinesOf::Functions, LogLine::App(_)) => false,
        };
        is_whose
            && line.timestamp() >= self.since
            && self.least_level.is_none_or(|least| line.level() >= least)
            && self.search.as_ref().is_none_or(|text| line.message().contains(text.as_str()))
    }
}

/// A line that was logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogLine {
    /// About an installation.
    App(AppLog),
    /// Of a function about itself.
    Function(FunctionLog),
}

/// What a function says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionLog {
    /// When it was written.
    pub timestamp: Timestamp,
    /// Its level; [`LogLevel::Error`] of a line that names none, such as the last words of a process.
    pub level: LogLevel,
    /// The text, with what else the line says.
    pub message: String,
}

impl LogLine {
    /// When it was written.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        match self {
            Self::App(line) => line.timestamp,
            Self::Function(line) => line.timestamp,
        }
    }

    /// Its level.
    #[must_use]
    pub fn level(&self) -> LogLevel {
        match self {
            Self::App(line) => line.level,
            Self::Function(line) => line.level,
        }
    }

    /// Its text.
    #[must_use]
    pub fn message(&self) -> &str {
        match self {
            Self::App(line) => &line.message,
            Self::Function(line) => &line.message,
        }
    }
}

/// A line as it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLine {
    /// Its own in its store: a line that is read twice has the same one.
    pub id: String,
    /// The function of a stack that wrote it.
    pub function: Option<String>,
    /// What it says.
    pub line: LogLine,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundLines {
    /// In the order of time.
    pub lines: Vec<StoredLine>,
    /// Whether there are older ones that the limit keeps out.
    pub is_cut: bool,
}

impl FoundLines {
    /// For adapters: lines from one or several places, in any order, become the newest that a query wants, in the order of time.
    #[must_use]
    pub fn newest(mut lines: Vec<StoredLine>, limit: usize) -> Self {
        // Stable: lines of one time stay in the order of their place.
        lines.sort_by_key(|stored| stored.line.timestamp());
        let too_many = lines.len().saturating_sub(limit);
        lines.drain(..too_many);
        Self { lines, is_cut: too_many > 0 }
    }
}

/// Where lines are stored.
#[async_trait]
pub trait AppLogs: Send + Sync {
    /// The newest lines that a query wants.
    ///
    /// # Errors
    /// When the store is out of reach, or may not be read.
    async fn read(&self, query: &LineQuery) -> Result<FoundLines, Unavailable>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::TeamId;
    use crate::telemetry::LogSource;

    fn line(timestamp: i64, level: LogLevel, message: &str) -> LogLine {
        LogLine::App(AppLog {
            timestamp: Timestamp(timestamp),
            installation: InstallationId(3),
            team: TeamId(2),
            app: "Demo".to_owned(),
            source: LogSource::Console,
            level,
            message: message.to_owned(),
            event_uuid: None,
        })
    }

    fn query() -> LineQuery {
        let (least_level, search, function) = (None, None, None);
        LineQuery { of: LinesOf::AllApps, least_level, since: Timestamp(10), search, function, limit: 2 }
    }

    #[test]
    fn each_part_of_a_query_keeps_lines_out() {
        let warning = line(10, LogLevel::Warn, "A [text]");
        assert!(query().takes(&warning));
        assert!(LineQuery { of: LinesOf::App(InstallationId(3)), ..query() }.takes(&warning));
        assert!(LineQuery { least_level: Some(LogLevel::Warn), ..query() }.takes(&warning));
        assert!(LineQuery { search: Some("[text]".to_owned()), ..query() }.takes(&warning));
        for other in [
            LineQuery { of: LinesOf::App(InstallationId(4)), ..query() },
            LineQuery { of: LinesOf::Functions, ..query() },
            LineQuery { least_level: Some(LogLevel::Error), ..query() },
            LineQuery { since: Timestamp(11), ..query() },
            LineQuery { search: Some("a [text]".to_owned()), ..query() },
        ] {
            assert!(!other.takes(&warning), "{other:?}");
        }
        let (timestamp, level, message) = (Timestamp(10), LogLevel::Info, String::new());
        let of_function = LogLine::Function(FunctionLog { timestamp, level, message });
        assert!(!query().takes(&of_function));
        assert!(LineQuery { of: LinesOf::Functions, ..query() }.takes(&of_function));
    }

    #[test]
    fn the_newest_lines_of_several_places_come_in_the_order_of_time() {
        let stored = |(id, timestamp): (&str, i64)| StoredLine {
            id: id.to_owned(),
            function: None,
            line: line(timestamp, LogLevel::Log, ""),
        };
        let lines: Vec<_> = [("a", 30), ("b", 10), ("c", 20), ("d", 20)].map(stored).into();
        let ids = |found: &FoundLines| found.lines.iter().map(|line| line.id.clone()).collect::<Vec<_>>();
        let found = FoundLines::newest(lines.clone(), 3);
        assert_eq!((ids(&found), found.is_cut), (["c", "d", "a"].map(str::to_owned).to_vec(), true));
        let found = FoundLines::newest(lines, 4);
        assert_eq!((ids(&found)[0].as_str(), found.is_cut), ("b", false));
    }
}
