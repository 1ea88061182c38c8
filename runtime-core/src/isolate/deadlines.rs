//! The deadlines of an isolate's calls and of their awaits.

use super::actor::Actor;
use super::message::Message;
use super::turns::CallId;
use rquickjs::Ctx;
use std::time::Duration;

impl Actor {
    pub(super) fn now(&self) -> Duration {
        self.host.ports.clock.elapsed()
    }

    /// Ends calls that are over their time, and calls with an await that is.
    pub(super) fn end_overdue(&mut self) {
        let Some(engine) = &self.engine else { return };
        let now = self.now();
        let limits = self.host.installation.limits;
        let overdue: Vec<(CallId, Duration, Option<u32>)> = engine.peek(|ctx: &Ctx<'_>| {
            let awaits = engine.turns.overdue_awaits(ctx, now);
            let of_await = awaits.into_iter().map(|(call, line)| (call, limits.single_await, Some(line)));
            let of_call = self
                .active
                .iter()
                .filter(|active| active.deadline <= now)
                .map(|active| (active.id, active.limit, engine.turns.awaited_line(ctx, active.id)));
            of_await.chain(of_call.collect::<Vec<_>>()).collect()
        });
        for (id, limit, line) in overdue {
            let name = self.name_of(id);
            let Some(engine) = &self.engine else { return };
            let error = engine.timed_out(limit, &name, line);
            self.end(id, Err(error));
            self.is_retiring = true;
        }
    }

    /// Has a timer message sent at the next deadline. One that is earlier than needed is left: it looks and is armed again.
    pub(super) fn arm_timer(&mut self) {
        let of_calls = self.active.iter().map(|active| active.deadline).min();
        let of_awaits = self.engine.as_ref().and_then(|engine| engine.turns.next_await_deadline());
        let Some(deadline) = of_calls.into_iter().chain(of_awaits).min() else { return };
        if self.timer.is_some_and(|armed| armed <= deadline) {
            return;
        }
        self.timer = Some(deadline);
        let clock = self.host.ports.clock.clone();
        let outbox = self.wiring.outbox.clone();
        self.wiring.spawner.spawn(async move {
            clock.sleep_until(deadline).await;
            // The isolate may be gone by now.
            let _ = outbox.send(Message::Timer);
        });
    }
}
