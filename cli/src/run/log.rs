//! What apps say, as lines on stderr: `LEVEL app[id] message`.

use crate::console::{self, BAD, DOUBTFUL, FAINT, STRONG};
use anstyle::Style;
use runtime_core::app::secret_keys;
use runtime_core::event::InstallationId;
use runtime_core::installation::Installation;
use runtime_core::telemetry::{AppLog, LogLevel, Telemetry};
use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

/// Secrets shorter than this are not looked for: every other word would be masked.
const SHORTEST_SECRET: usize = 6;

/// Writes lines to stderr, with the values of secret config fields masked.
pub struct ConsoleLog {
    secrets: HashMap<InstallationId, Vec<String>>,
}

impl ConsoleLog {
    /// A log for these installations.
    pub fn new(installations: &[Arc<Installation>]) -> Self {
        let secrets = |installation: &Installation| {
            let keys = secret_keys(&installation.app.manifest).into_iter();
            let values = keys.filter_map(|key| installation.config.get(key)?.as_str());
            values.filter(|value| value.len() >= SHORTEST_SECRET).map(str::to_owned).collect()
        };
        Self { secrets: installations.iter().map(|one| (one.id, secrets(one))).collect() }
    }

    fn masked(&self, installation: InstallationId, message: String) -> String {
        let secrets = self.secrets.get(&installation).into_iter().flatten();
        secrets.fold(message, |message, secret| message.replace(secret, "***"))
    }
}

impl Telemetry for ConsoleLog {
    fn app_log(&self, line: AppLog) {
        let (style, level) = shown(line.level);
        let message = self.masked(line.installation, line.message);
        let mut stderr = anstream::stderr().lock();
        let (app, id) = (console::printable(&line.app), line.installation);
        for text in console::printable(&message).lines() {
            // Nowhere is left to say that stderr is closed.
            drop(writeln!(stderr, "{style}{level:<5}{style:#} {STRONG}{app}[{id}]{STRONG:#} {text}"));
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_for_their_own_app() {
        let secrets = HashMap::from([(InstallationId(1), vec!["hunter2".to_owned()])]);
        let log = ConsoleLog { secrets };
        assert_eq!(log.masked(InstallationId(1), "key hunter2!".to_owned()), "key ***!");
        assert_eq!(log.masked(InstallationId(2), "key hunter2!".to_owned()), "key hunter2!");
    }
}
