//! What calls await, at which line and until when.

use super::turns::{CallId, Turns};
use rquickjs::promise::PromiseState;
use rquickjs::{Ctx, Persistent, Promise, Value};
use std::time::Duration;

/// An `await` that has not ended.
pub(super) struct PendingAwait {
    pub(super) call: CallId,
    promise: Persistent<Promise<'static>>,
    line: u32,
    deadline: Duration,
}

impl Turns {
    /// Notes that the current call awaits `value` at `line` of the original source.
    pub(super) fn note_await<'js>(&self, ctx: &Ctx<'js>, value: &Value<'js>, line: u32) {
        self.last_awaited_line.set(line);
        let Some(promise) = value.as_promise() else { return };
        // What belongs to nobody has no time that could be over.
        if promise.state() != PromiseState::Pending || self.current() == 0 {
            return;
        }
        let mut awaits = self.awaits.borrow_mut();
        if awaits.len() >= 64 && awaits.len().is_power_of_two() {
            retain_pending(ctx, &mut awaits);
        }
        awaits.push(PendingAwait {
            call: self.current(),
            promise: Persistent::save(ctx, promise.clone()),
            line,
            deadline: self.now.get() + self.single_await,
        });
    }

    pub(super) fn last_awaited_line(&self) -> Option<u32> {
        Some(self.last_awaited_line.get()).filter(|line| *line > 0)
    }

    /// The first await of each call that is over its time: the call and the line.
    pub(super) fn overdue_awaits(&self, ctx: &Ctx<'_>, now: Duration) -> Vec<(CallId, u32)> {
        let mut awaits = self.awaits.borrow_mut();
        retain_pending(ctx, &mut awaits);
        let mut overdue: Vec<(CallId, u32)> = Vec::new();
        for pending in awaits.iter().filter(|pending| pending.deadline <= now) {
            if !overdue.iter().any(|(call, _)| *call == pending.call) {
                overdue.push((pending.call, pending.line));
            }
        }
        overdue
    }

    /// When the next await is over its time, and the line of a call's latest await.
    pub(super) fn next_await_deadline(&self) -> Option<Duration> {
        self.awaits.borrow().iter().map(|pending| pending.deadline).min()
    }

    /// The line at which a call waits, where it waits at one.
    pub(super) fn awaited_line(&self, ctx: &Ctx<'_>, call: CallId) -> Option<u32> {
        let mut awaits = self.awaits.borrow_mut();
        retain_pending(ctx, &mut awaits);
        awaits.iter().rev().find(|pending| pending.call == call).map(|pending| pending.line)
    }

    /// Puts off the deadlines of all calls but `call`, which used the isolate for `duration` (time is measured as a call's own).
    pub(super) fn put_off_others(&self, call: CallId, duration: Duration) {
        for pending in self.awaits.borrow_mut().iter_mut().filter(|pending| pending.call != call) {
            pending.deadline += duration;
        }
    }
}

fn retain_pending(ctx: &Ctx<'_>, awaits: &mut Vec<PendingAwait>) {
    awaits.retain(|pending| {
        matches!(pending.promise.clone().restore(ctx), Ok(promise) if promise.state() == PromiseState::Pending)
    });
}
