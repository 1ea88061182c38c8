//! How calls end: their results, what they leave behind, and what becomes of the others when the engine is lost.

use super::active::{Reply, Waiting, fail};
use super::actor::{Actor, SetUp};
use super::call::{CallReport, Returned, Tail, TailReport};
use super::convert;
use super::engine::Engine;
use super::error::CallError;
use super::message::PrepareReport;
use super::tickets::Unhandled;
use super::turns::CallId;
use rquickjs::Value;
use rquickjs::promise::PromiseState;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

impl Actor {
    /// What every stretch may have brought about: a broken engine, unhandled rejections, results, calls with nothing left.
    pub(super) fn after_stretch(&mut self, call: CallId, cpu: Duration, wall: Duration) {
        self.global.note_stretch();
        for active in &mut self.active {
            if active.id == call {
                active.cpu += cpu;
            } else {
                active.deadline += wall;
            }
        }
        let Some(engine) = &self.engine else { return };
        engine.turns.put_off_others(call, wall);
        if engine.is_broken() {
            return self.lose_engine();
        }
        let promises: Vec<_> = self.active.iter().filter_map(|active| active.promise.clone()).collect();
        let rejections = match engine.take_rejections(call, &self.name_of(call), &promises) {
            Ok(rejections) => rejections,
            Err(error) => {
                drop(promises);
                self.end(call, Err(error));
                return self.lose_engine();
            }
        };
        drop(promises);
        for unhandled in rejections {
            self.note_unhandled(unhandled);
        }
        self.collect_results();
        self.end_tails();
    }

    fn note_unhandled(&mut self, Unhandled { call, is_uncaught, thrown }: Unhandled) {
        let Some(active) = self.active.iter_mut().find(|active| active.id == call) else {
            return self.log_of_nobody(&CallError::Thrown(thrown));
        };
        match active.waiting {
            // What it waits for may never come, now that the package broke off.
            Some(_) if is_uncaught => self.end(call, Err(CallError::Thrown(thrown))),
            Some(_) => active.detached_errors.push(thrown),
            None => active.tail_errors.push(CallError::Thrown(thrown)),
        }
    }

    /// Reports every call whose promise is settled.
    pub(super) fn collect_results(&mut self) {
        loop {
            let Some(engine) = &self.engine else { return };
            let settled = self.active.iter().find_map(|active| {
                let promise = active.promise.clone()?;
                let is_settled = engine
                    .peek(|ctx| promise.restore(ctx).is_ok_and(|promise| promise.state() != PromiseState::Pending));
                is_settled.then_some(active.id)
            });
            let Some(id) = settled else { return };
            let Some(active) = self.active.iter_mut().find(|active| active.id == id) else { return };
            let promise = active.promise.take();
            let team = active.context_request.team;
            let stretch = engine.stretch(id, &active.name, |ctx| {
                let promise = promise.ok_or(rquickjs::Error::Unknown)?.restore(ctx)?;
                let value: Value = promise.result().unwrap_or(Err(rquickjs::Error::Unknown))?;
                convert::returned(ctx, &value, team)
            });
            active.cpu += stretch.cpu;
            self.end(id, stretch.result);
            if self.engine.as_ref().is_some_and(Engine::is_broken) {
                return self.lose_engine();
            }
        }
    }

    /// Reports the result of a call. What it left behind goes on as its tail, unless the error is one after which nothing may.
    pub(super) fn end(&mut self, id: CallId, result: Result<Returned, CallError>) {
        let now = self.now();
        let Some(index) = self.active.iter().position(|active| active.id == id) else { return };
        let argument = match (&result, &self.engine) {
            (Err(CallError::Thrown(_)), Some(engine)) => self.argument_after(engine, index),
            _ => None,
        };
        let is_final = matches!(&result, Err(error) if error.is_fatal() || matches!(error, CallError::Unavailable(_)));
        let active = &mut self.active[index];
        active.promise = None;
        active.argument = None;
        let Some(waiting) = active.waiting.take() else {
            // It was in its tail already.
            active.tail_errors.extend(result.err());
            if is_final {
                self.cut(id);
            }
            return;
        };
        let (tail, receiver) = oneshot::channel();
        active.tail = Some(tail);
        active.limit = self.host.installation.limits.invocation;
        active.deadline = now + active.limit;
        let report = CallReport {
            result,
            argument,
            detached_errors: std::mem::take(&mut active.detached_errors),
            cpu: active.cpu,
            duration: now.saturating_sub(active.started),
            tail: Tail { receiver: Some(receiver) },
        };
        self.is_retiring |= matches!(&report.result, Err(error) if error.is_fatal());
        self.reply(waiting, report);
        if is_final {
            self.cut(id);
        } else {
            self.fire_timers(id);
        }
    }

    pub(super) fn reply(&mut self, waiting: Waiting, report: CallReport) {
        match waiting.reply {
            // Nobody waits any more: nothing to tell.
            Reply::Call(reply) => drop(reply.send(report)),
            Reply::SetUp => match report.result {
                Ok(_) => self.finish_set_up(report.tail),
                Err(error) => {
                    self.set_up = SetUp::Failed(CallError::Setup(Arc::new(error)));
                    self.tell_prepared(report.tail);
                }
            },
        }
    }

    /// Tells those who wait for it how preparing went; the first of them gets what `setupPlugin` left behind.
    pub(super) fn tell_prepared(&mut self, tail: Tail) {
        let mut tail = Some(tail);
        for waiting in std::mem::take(&mut self.preparing) {
            let result = match &self.set_up {
                SetUp::Failed(error) => Err(error.clone()),
                _ => Ok(self.capabilities()),
            };
            // Nobody waits any more: nothing to tell.
            let _ = waiting.send(PrepareReport { result, tail: tail.take().unwrap_or_default() });
        }
    }

    pub(super) fn argument_after(&self, engine: &Engine, index: usize) -> Option<String> {
        let active = &self.active[index];
        let argument = active.argument.clone()?;
        let team = active.context_request.team;
        let stretch = engine.stretch(active.id, &active.name, |ctx| {
            let argument = argument.restore(ctx)?;
            convert::returned(ctx, &argument, team)
        });
        stretch.result.ok().and_then(|returned| returned.json)
    }

    /// Timers that a call set fire at once when it ends: nothing of it may be left when its record is acknowledged.
    pub(super) fn fire_timers(&self, id: CallId) {
        let Some(engine) = &self.engine else { return };
        let Some(installed) = engine.installed.clone() else { return };
        if !installed.has_timers(id) {
            return;
        }
        let name = self.name_of(id);
        let stretch = engine.stretch(id, &name, |ctx| installed.fire_timers(ctx, id));
        // An error in a timer's callback is the app's own unhandled error: the rejection tracker has it.
        drop(stretch);
    }

    /// Ends the tails of calls of which nothing is left.
    pub(super) fn end_tails(&mut self) {
        let Some(engine) = &self.engine else { return };
        let turns = engine.turns.clone();
        let finished: Vec<CallId> = self
            .active
            .iter()
            .filter(|active| active.waiting.is_none() && turns.open_tickets(active.id) == 0)
            .map(|active| active.id)
            .collect();
        for id in finished {
            self.close(id);
        }
    }

    /// Ends a call of which nothing is left.
    fn close(&mut self, id: CallId) {
        if let Some(engine) = &self.engine {
            engine.turns.close(id);
        }
        self.report_tail(id);
    }

    /// Ends a call whatever is left of it. Its packages may have been in the middle of something, on a connection that others are
    /// to use: they are made anew.
    fn cut(&mut self, id: CallId) {
        if let Some(engine) = &self.engine {
            self.is_retiring |= engine.turns.cut(id);
        }
        self.report_tail(id);
    }

    fn report_tail(&mut self, id: CallId) {
        let Some(index) = self.active.iter().position(|active| active.id == id) else { return };
        let active = self.active.swap_remove(index);
        if let Some(tail) = active.tail {
            // Nobody waits any more: nothing to tell.
            let _ = tail.send(TailReport { errors: active.tail_errors });
        }
    }

    /// The engine cannot be used any more: calls that had no part in it run again, once.
    pub(super) fn lose_engine(&mut self) {
        let mut again = VecDeque::new();
        for mut active in std::mem::take(&mut self.active) {
            if let Some(tail) = active.tail.take() {
                if self.engine.as_ref().is_some_and(|engine| engine.turns.open_tickets(active.id) > 0) {
                    active.tail_errors.push(CallError::Lost);
                }
                // Nobody waits any more: nothing to tell.
                let _ = tail.send(TailReport { errors: std::mem::take(&mut active.tail_errors) });
            }
            let Some(mut waiting) = active.waiting.take() else { continue };
            waiting.losses += 1;
            match (&waiting.reply, waiting.losses) {
                (Reply::SetUp, _) => {}
                (Reply::Call(_), 1) => again.push_back(waiting),
                (Reply::Call(_), _) => fail(waiting, CallError::Lost),
            }
        }
        again.append(&mut self.queue);
        self.queue = again;
        self.discard_engine();
    }

    pub(super) fn discard_engine(&mut self) {
        self.engine = None;
        self.is_retiring = false;
        if !matches!(self.set_up, SetUp::Failed(_)) {
            self.set_up = SetUp::NotRun;
        }
    }
}
