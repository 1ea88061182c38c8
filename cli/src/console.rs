//! What people read: lines on stdout and stderr, coloured on a terminal only (and never with `NO_COLOR`).
//!
//! A reader that went away (`hedgerow ... | head`) is no error: what it no longer reads is not written.

use anstyle::{AnsiColor, Style};
use runtime_core::telemetry::LogLevel;
use std::borrow::Cow;
use std::fmt::Display;
use std::io::Write;

/// Errors, failures.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// What passed.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// Warnings.
pub const DOUBTFUL: Style = AnsiColor::Yellow.on_default().bold();
/// What matters less.
pub const FAINT: Style = Style::new().dimmed();
/// Headings.
pub const STRONG: Style = Style::new().bold();

/// A level as it is printed: its style and its name.
pub fn level(level: LogLevel) -> (Style, &'static str) {
    match level {
        LogLevel::Debug => (FAINT, "DEBUG"),
        LogLevel::Log => (Style::new(), "LOG"),
        LogLevel::Info => (Style::new(), "INFO"),
        LogLevel::Warn => (DOUBTFUL, "WARN"),
        LogLevel::Error => (BAD, "ERROR"),
    }
}

/// A line on stdout.
pub fn line(text: impl Display) {
    // A closed stdout ends the output quietly.
    drop(writeln!(anstream::stdout().lock(), "{text}"));
}

/// A line on stderr.
pub fn note(text: impl Display) {
    // Nowhere is left to say that stderr is closed.
    drop(writeln!(anstream::stderr().lock(), "{text}"));
}

/// An error on stderr.
pub fn error(text: impl Display) {
    note(format_args!("{BAD}error{BAD:#}: {text}"));
}

/// A warning on stderr.
pub fn warning(text: impl Display) {
    note(format_args!("{DOUBTFUL}warning{DOUBTFUL:#}: {text}"));
}

/// Text of an app without what would steer a terminal: control characters other than tab and line feed are written as escapes.
pub fn printable(text: &str) -> Cow<'_, str> {
    let steers = |character: char| character.is_control() && !matches!(character, '\t' | '\n');
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if steers(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_cannot_steer_the_terminal() {
        assert_eq!(printable("a\tb\nc ü"), "a\tb\nc ü");
        assert_eq!(printable("\u{1b}[2J\u{9b}1m\r"), "\\u{1b}[2J\\u{9b}1m\\r");
    }
}
