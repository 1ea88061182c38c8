//! What apps say, as lines on stderr: `LEVEL app[id] message`.

use crate::console::{self, STRONG};
use runtime_core::telemetry::{AppLog, Telemetry};
use std::io::Write;

/// Writes lines to stderr.
pub struct ConsoleLog;

impl Telemetry for ConsoleLog {
    fn app_log(&self, line: AppLog) {
        let (style, level) = console::level(line.level);
        let mut stderr = anstream::stderr().lock();
        let (app, id) = (console::printable(&line.app), line.installation);
        for text in console::printable(&line.message).lines() {
            // Nowhere is left to say that stderr is closed.
            drop(writeln!(stderr, "{style}{level:<5}{style:#} {STRONG}{app}[{id}]{STRONG:#} {text}"));
        }
    }
}
