//! Settling what was waited for: on behalf of the call that waited, of one that lends its turn, or of none.

use super::actor::Actor;
use super::error::CallError;
use super::tickets::{Ticket, Turn};
use super::turns::{CallId, HostAnswer, Settle};
use crate::extensions::sockets::reset_error;
use crate::telemetry::{LogLevel, LogSource};

/// How errors name what runs while no call does.
const BETWEEN_CALLS: &str = "what an import does between calls";

impl Actor {
    /// Settles one host promise and gives its call the turn.
    pub(super) fn answer(&mut self, ticket: u64, answer: HostAnswer) {
        let Some(engine) = &self.engine else { return };
        // The call was ended meanwhile: its code never goes on.
        let Some(ticket) = engine.turns.take_ticket(ticket) else { return };
        match answer {
            HostAnswer::Settle(settle) => {
                let turn = engine.turns.turn_of(ticket.owner());
                self.settle(ticket, settle, turn);
            }
            HostAnswer::Unavailable(error) => self.end(ticket.owner(), Err(CallError::Unavailable(error))),
        }
    }

    /// Runs what waits for a promise, on behalf of the call whose turn it is.
    fn settle(&mut self, ticket: Ticket, settle: Settle, turn: Turn) {
        let Some(engine) = &self.engine else { return };
        let call = turn.call;
        let name = self.name_of(call);
        let turns = &engine.turns;
        let stretch = engine.stretch(call, &name, |ctx| {
            if turn.is_lent {
                turns.blame_nobody();
            }
            let is_of_package = ticket.is_of_package();
            let resolve = ticket.resolve.restore(ctx)?;
            let reject = ticket.reject.restore(ctx)?;
            let settled = settle(ctx);
            let settling = || match settled {
                Ok(value) => resolve.call::<_, ()>((value,)),
                Err(rquickjs::Error::Exception) => reject.call::<_, ()>((ctx.catch(),)),
                Err(error) => Err(error),
            };
            if is_of_package { turns.reacting(ctx, settling) } else { settling() }
        });
        match stretch.result {
            Ok(()) => {}
            // If the engine is lost, the call that lent its turn runs again.
            Err(error) if turn.is_lent => self.log_of_nobody(&error),
            Err(error) => self.end(call, Err(error)),
        }
        self.after_stretch(call, stretch.cpu, stretch.wall);
    }

    pub(super) fn name_of(&self, call: CallId) -> String {
        let active = self.active.iter().find(|active| active.id == call);
        active.map_or_else(|| BETWEEN_CALLS.to_owned(), |active| active.name.clone())
    }

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
