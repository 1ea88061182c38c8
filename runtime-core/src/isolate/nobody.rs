//! What packages do between calls, or on behalf of a call that only lends its turn.

use super::actor::Actor;
use super::error::CallError;
use super::tickets::Turn;
use super::turns::Settle;
use crate::extensions::sockets::reset_error;
use crate::telemetry::{LogLevel, LogSource};

/// How errors name what runs while no call does.
pub(super) const BETWEEN_CALLS: &str = "what an import does between calls";

impl Actor {
    /// Closes connections that may have died while the process was frozen (design decision 20). Whoever waits on one is told
    /// before the next call begins, and it is nobody's failure.
    pub(super) fn close_stale_connections(&mut self) {
        let Some(engine) = &self.engine else { return };
        let Some(installed) = &engine.installed else { return };
        let turns = engine.turns.clone();
        let stale = installed.sockets().close_stale(self.host.ports.clock.now());
        for ticket in stale {
            let Some(ticket) = turns.take_ticket(ticket) else { continue };
            let settle: Settle = Box::new(|ctx| Err(reset_error(ctx)));
            self.settle(ticket, settle, Turn { call: 0, is_lent: true });
        }
    }

    /// Writes down an error that no call is to blame for.
    pub(super) fn log_of_nobody(&self, error: &CallError) {
        let stack = match error {
            CallError::Thrown(thrown) if !thrown.stack.is_empty() => format!("\n{}", thrown.stack.trim_end()),
            _ => String::new(),
        };
        let message = format!("{BETWEEN_CALLS} failed: {error}{stack}");
        self.host.log(LogSource::Plugin, LogLevel::Error, &message, None);
    }
}
