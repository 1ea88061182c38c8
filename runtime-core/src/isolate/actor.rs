//! The thread of one isolate: takes messages, gives calls their turns, ends what takes too long, and rebuilds the engine when it
//! was lost.

use super::call::{CallReport, CallRequest, Function, Tail, TailReport};
use super::convert;
use super::engine::{Engine, Stretch};
use super::error::{CallError, Thrown};
use super::exports::Capabilities;
use super::turns::{CallId, HostAnswer, Turns};
use crate::event::WorkId;
use crate::host::{CallContext, Host};
use rquickjs::promise::PromiseState;
use rquickjs::{Ctx, Persistent, Promise, Value};
use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::time::Duration;
use tokio::sync::oneshot;

/// What an isolate's thread is told.
pub(crate) enum Message {
    /// Load and set up, and say what the app can do.
    Prepare(Prepare, oneshot::Sender<PrepareReport>),
    /// Make a call.
    Call(CallRequest, oneshot::Sender<CallReport>),
    /// A host call has an answer.
    Answer { ticket: u64, answer: HostAnswer },
    /// A deadline may have passed.
    Timer,
    /// Stop.
    Stop,
}

/// How far to prepare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prepare {
    Load,
    SetUp,
}

/// What preparing came to.
#[derive(Debug)]
pub struct PrepareReport {
    /// What the app can do, or why it cannot be used.
    pub result: Result<Capabilities, CallError>,
    /// What `setupPlugin` left behind.
    pub tail: Tail,
}

enum Reply {
    Call(oneshot::Sender<CallReport>),
    SetUp,
}

/// A call that has not started, or whose isolate was lost under it.
struct Waiting {
    request: Arc<CallRequest>,
    reply: Reply,
    losses: u8,
}

/// A call that has started.
struct Active {
    id: CallId,
    waiting: Option<Waiting>,
    name: String,
    context_request: Arc<CallRequest>,
    promise: Option<Persistent<Promise<'static>>>,
    argument: Option<Persistent<Value<'static>>>,
    started: Duration,
    cpu: Duration,
    limit: Duration,
    deadline: Duration,
    detached_errors: Vec<Thrown>,
    tail: Option<oneshot::Sender<TailReport>>,
    tail_errors: Vec<CallError>,
}

enum SetUp {
    NotRun,
    Running,
    Done,
    Failed(CallError),
}

/// How an isolate's thread is connected.
pub(super) struct Wiring {
    pub(super) inbox: Receiver<Message>,
    pub(super) outbox: Sender<Message>,
    /// Where host calls run.
    pub(super) spawner: tokio::runtime::Handle,
    /// Set once calls may go through.
    pub(super) was_set_up: Arc<AtomicBool>,
}

pub(super) struct Actor {
    host: Arc<Host>,
    wiring: Wiring,
    // Calls hold values of the engine, so they go before it: fields are dropped in this order.
    active: Vec<Active>,
    engine: Option<Engine>,
    load_error: Option<CallError>,
    set_up: SetUp,
    queue: VecDeque<Waiting>,
    preparing: Vec<oneshot::Sender<PrepareReport>>,
    next_call: CallId,
    next_ticket: Rc<Cell<u64>>,
    timer: Option<Duration>,
    is_retiring: bool,
}

impl Actor {
    pub(super) fn new(host: Arc<Host>, wiring: Wiring) -> Self {
        Self {
            host,
            wiring,
            engine: None,
            load_error: None,
            set_up: SetUp::NotRun,
            active: Vec::new(),
            queue: VecDeque::new(),
            preparing: Vec::new(),
            next_call: 1,
            next_ticket: Rc::default(),
            timer: None,
            is_retiring: false,
        }
    }

    pub(super) fn run(mut self) {
        while let Ok(message) = self.wiring.inbox.recv() {
            match message {
                Message::Stop => return,
                Message::Prepare(Prepare::Load, reply) => {
                    let result = self.ensure_loaded().map(|()| self.capabilities());
                    // Nobody waits any more: nothing to tell.
                    let _ = reply.send(PrepareReport { result, tail: Tail::default() });
                }
                Message::Prepare(Prepare::SetUp, reply) => self.preparing.push(reply),
                Message::Call(request, reply) => {
                    self.queue.push_back(Waiting { request: Arc::new(request), reply: Reply::Call(reply), losses: 0 })
                }
                Message::Answer { ticket, answer } => self.answer(ticket, answer),
                Message::Timer => {
                    self.timer = None;
                    self.end_overdue();
                }
            }
            self.advance();
            self.arm_timer();
        }
    }

    fn now(&self) -> Duration {
        self.host.ports.clock.elapsed()
    }

    fn capabilities(&self) -> Capabilities {
        self.engine
            .as_ref()
            .and_then(|engine| engine.exports.as_ref())
            .map(|exports| exports.capabilities.clone())
            .unwrap_or_default()
    }

    /// Loads the app into a fresh engine if there is none. An app that failed to load fails the same way ever after.
    fn ensure_loaded(&mut self) -> Result<(), CallError> {
        if let Some(error) = &self.load_error {
            return Err(error.clone());
        }
        if self.engine.is_some() {
            return Ok(());
        }
        let turns = Turns::new(
            self.host.installation.limits.single_await,
            self.next_ticket.clone(),
            self.wiring.outbox.clone(),
            self.wiring.spawner.clone(),
        );
        let loaded =
            Engine::new(self.host.clone(), Rc::new(turns)).and_then(|mut engine| engine.load().map(|()| engine));
        match loaded {
            Ok(engine) => {
                self.engine = Some(engine);
                self.set_up = SetUp::NotRun;
                Ok(())
            }
            Err(error) => {
                self.load_error = Some(error.clone());
                Err(error)
            }
        }
    }

    /// Starts what can start now.
    fn advance(&mut self) {
        loop {
            if self.is_retiring {
                if !self.active.is_empty() {
                    return;
                }
                self.discard_engine();
            }
            if self.queue.is_empty() && self.preparing.is_empty() {
                return;
            }
            if let Err(error) = self.ensure_loaded() {
                self.fail_waiting(&error);
                return;
            }
            match &self.set_up {
                SetUp::Failed(error) => {
                    let error = error.clone();
                    self.fail_waiting(&error);
                    return;
                }
                SetUp::NotRun => self.start_set_up(),
                SetUp::Running => return,
                SetUp::Done => {
                    self.wiring.was_set_up.store(true, Ordering::Release);
                    for reply in std::mem::take(&mut self.preparing) {
                        // Nobody waits any more: nothing to tell.
                        let _ = reply.send(PrepareReport { result: Ok(self.capabilities()), tail: Tail::default() });
                    }
                    if self.active.len() >= self.host.installation.limits.overlapping_calls {
                        return;
                    }
                    let Some(waiting) = self.queue.pop_front() else { return };
                    self.start(waiting);
                }
            }
        }
    }

    fn fail_waiting(&mut self, error: &CallError) {
        for reply in std::mem::take(&mut self.preparing) {
            // Nobody waits any more: nothing to tell.
            let _ = reply.send(PrepareReport { result: Err(error.clone()), tail: Tail::default() });
        }
        for waiting in std::mem::take(&mut self.queue) {
            fail(waiting, error.clone());
        }
    }

    fn start_set_up(&mut self) {
        let installation = &self.host.installation;
        let work = WorkId(format!("setup-{}-{}", installation.id, self.host.ports.clock.now().0));
        let request = CallRequest {
            function: Function::SetupPlugin,
            argument: None,
            team: None,
            context: Arc::new(CallContext::new(work, None, 0)),
        };
        if self.capabilities().has(&Function::SetupPlugin) {
            self.set_up = SetUp::Running;
            self.start(Waiting { request: Arc::new(request), reply: Reply::SetUp, losses: 0 });
        } else {
            self.set_up = SetUp::Done;
        }
    }

    /// Runs the first stretch of a call.
    fn start(&mut self, waiting: Waiting) {
        let request = waiting.request.clone();
        let Some(engine) = &self.engine else { return fail(waiting, CallError::Lost) };
        let id = self.next_call;
        self.next_call += 1;
        let limits = self.host.installation.limits;
        let limit = if request.function.has_call_limit() { limits.call } else { limits.invocation };
        engine.turns.open(id, request.context.clone());
        let name = request.function.name();
        let started = self.now();
        let stretch = engine.stretch(id, &name, |ctx| begin(ctx, engine, &request));
        let mut active = Active {
            id,
            waiting: Some(waiting),
            name,
            context_request: request,
            promise: None,
            argument: None,
            started,
            cpu: Duration::ZERO,
            limit,
            deadline: started + limit,
            detached_errors: Vec::new(),
            tail: None,
            tail_errors: Vec::new(),
        };
        let Stretch { result, cpu, wall } = stretch;
        active.cpu = cpu;
        match result {
            Ok(Some(begun)) => {
                active.promise = Some(begun.promise);
                active.argument = begun.argument;
                self.active.push(active);
                self.after_stretch(id, cpu, wall);
            }
            Ok(None) => {
                engine.turns.close(id);
                let missing = CallError::MissingFunction(active.name);
                if let Some(waiting) = active.waiting {
                    fail(waiting, missing);
                }
            }
            Err(error) => {
                self.active.push(active);
                self.end(id, Err(error));
                self.after_stretch(id, Duration::ZERO, wall);
            }
        }
    }

    /// Settles one host promise and gives its call the turn.
    fn answer(&mut self, ticket: u64, answer: HostAnswer) {
        let Some(engine) = &self.engine else { return };
        // The call was ended meanwhile: its code never goes on.
        let Some(ticket) = engine.turns.take_ticket(ticket) else { return };
        let call = ticket.call;
        let settle = match answer {
            HostAnswer::Settle(settle) => settle,
            HostAnswer::Unavailable(error) => return self.end(call, Err(CallError::Unavailable(error))),
        };
        let name = self.name_of(call);
        let stretch = engine.stretch(call, &name, |ctx| {
            let resolve = ticket.resolve.restore(ctx)?;
            let reject = ticket.reject.restore(ctx)?;
            match settle(ctx) {
                Ok(value) => resolve.call::<_, ()>((value,)),
                Err(rquickjs::Error::Exception) => reject.call::<_, ()>((ctx.catch(),)),
                Err(error) => Err(error),
            }
        });
        if let Err(error) = stretch.result {
            self.end(call, Err(error));
        }
        self.after_stretch(call, stretch.cpu, stretch.wall);
    }

    /// What every stretch may have brought about: a broken engine, unhandled rejections, results, calls with nothing left.
    fn after_stretch(&mut self, call: CallId, cpu: Duration, wall: Duration) {
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
        for (owner, thrown) in rejections {
            let Some(active) = self.active.iter_mut().find(|active| active.id == owner) else { continue };
            match active.waiting {
                Some(_) => active.detached_errors.push(thrown),
                None => active.tail_errors.push(CallError::Thrown(thrown)),
            }
        }
        drop(promises);
        self.collect_results();
        self.end_tails();
    }

    /// Reports every call whose promise is settled.
    fn collect_results(&mut self) {
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
    fn end(&mut self, id: CallId, result: Result<super::call::Returned, CallError>) {
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
                self.close(id);
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
            self.close(id);
        } else {
            self.fire_timers(id);
        }
    }

    fn reply(&mut self, waiting: Waiting, report: CallReport) {
        match waiting.reply {
            // Nobody waits any more: nothing to tell.
            Reply::Call(reply) => drop(reply.send(report)),
            Reply::SetUp => {
                let result = report.result.map(|_| self.capabilities());
                self.set_up = match &result {
                    Ok(_) => SetUp::Done,
                    Err(error) => SetUp::Failed(CallError::Setup(Arc::new(error.clone()))),
                };
                let mut tail = Some(report.tail);
                for waiting in std::mem::take(&mut self.preparing) {
                    let result = match &self.set_up {
                        SetUp::Failed(error) => Err(error.clone()),
                        _ => Ok(self.capabilities()),
                    };
                    // Nobody waits any more: nothing to tell.
                    let _ = waiting.send(PrepareReport { result, tail: tail.take().unwrap_or_default() });
                }
            }
        }
    }

    fn argument_after(&self, engine: &Engine, index: usize) -> Option<String> {
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
    fn fire_timers(&self, id: CallId) {
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
    fn end_tails(&mut self) {
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

    fn close(&mut self, id: CallId) {
        if let Some(engine) = &self.engine {
            engine.turns.close(id);
        }
        let Some(index) = self.active.iter().position(|active| active.id == id) else { return };
        let active = self.active.swap_remove(index);
        if let Some(tail) = active.tail {
            // Nobody waits any more: nothing to tell.
            let _ = tail.send(TailReport { errors: active.tail_errors });
        }
    }

    /// Ends calls that are over their time, and calls with an await that is.
    fn end_overdue(&mut self) {
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

    /// The engine cannot be used any more: calls that had no part in it run again, once.
    fn lose_engine(&mut self) {
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

    fn discard_engine(&mut self) {
        self.engine = None;
        self.is_retiring = false;
        if !matches!(self.set_up, SetUp::Failed(_)) {
            self.set_up = SetUp::NotRun;
        }
    }

    fn name_of(&self, call: CallId) -> String {
        self.active.iter().find(|active| active.id == call).map(|active| active.name.clone()).unwrap_or_default()
    }

    /// Has a timer message sent at the next deadline. One that is earlier than needed is left: it looks and is armed again.
    fn arm_timer(&mut self) {
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

/// What the first stretch of a call leaves to be waited for.
struct Begun {
    promise: Persistent<Promise<'static>>,
    argument: Option<Persistent<Value<'static>>>,
}

/// Calls the function; `None` if the app does not have it. A result that is no promise becomes a settled one.
fn begin(ctx: &Ctx<'_>, engine: &Engine, request: &CallRequest) -> rquickjs::Result<Option<Begun>> {
    let (Some(exports), Some(meta), Some(installed)) = (&engine.exports, &engine.meta, &engine.installed) else {
        return Ok(None);
    };
    let Some(function) = exports.function(ctx, &request.function)? else { return Ok(None) };
    let meta = meta.clone().restore(ctx)?;
    let mut saved = None;
    let argument = match &request.argument {
        None => None,
        Some(json) => {
            let value = ctx.json_parse(json.as_bytes())?;
            let value = installed.revive(ctx, &request.function, value)?;
            saved = Some(Persistent::save(ctx, value.clone()));
            Some(value)
        }
    };
    let promise = installed.start_call(ctx, &function, argument, meta)?;
    Ok(Some(Begun { promise: Persistent::save(ctx, promise), argument: saved }))
}

fn fail(waiting: Waiting, error: CallError) {
    if let Reply::Call(reply) = waiting.reply {
        // Nobody waits any more: nothing to tell.
        let _ = reply.send(CallReport::failed(error));
    }
}
