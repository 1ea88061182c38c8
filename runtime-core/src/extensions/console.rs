//! `console` (behaviour.md b.9, cases 170-172).

use crate::host::Host;
use crate::isolate::turns::Turns;
use crate::telemetry::{AppLog, LogLevel, LogSource};

pub(super) const SOURCE: &str = include_str!("console.js");

/// A longer message is dropped whole (case 171).
const MAXIMUM_CHARACTERS: usize = 50_000;

/// Hands over one console line, unless the installation's level or its length drop it.
pub(super) fn write(host: &Host, turns: &Turns, level: &str, message: String) {
    let level = match level {
        "debug" => LogLevel::Debug,
        "info" => LogLevel::Info,
        "warn" => LogLevel::Warn,
        "error" => LogLevel::Error,
        _ => LogLevel::Log,
    };
    let installation = &host.installation;
    if !installation.log_level.keeps(level) || message.chars().count() > MAXIMUM_CHARACTERS {
        return;
    }
    host.ports.telemetry.app_log(AppLog {
        timestamp: host.ports.clock.now(),
        installation: installation.id,
        team: installation.team,
        app: installation.app.manifest.name.clone(),
        source: LogSource::Console,
        level,
        message,
        event_uuid: turns.current_context().and_then(|context| context.event_uuid.clone()),
    });
}
