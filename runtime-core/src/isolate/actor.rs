//! The thread of one isolate: takes messages, gives calls their turns, ends what takes too long, and rebuilds the engine when it
//! was lost.

use super::active::{Active, Reply, Waiting, begin, fail};
use super::call::{CallRequest, Function, Tail};
use super::engine::{Engine, Stretch};
use super::error::CallError;
use super::exports::Capabilities;
use super::global::GlobalWatch;
use super::message::{Message, Prepare, PrepareReport};
use super::turns::{CallId, Turns};
use crate::event::WorkId;
use crate::host::{CallContext, Host};
use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::time::Duration;
use tokio::sync::oneshot;

/// How far `setupPlugin` is.
pub(super) enum SetUp {
    NotRun,
    Running,
    /// It has succeeded and left this behind; the snapshot of `meta.global` is on its way.
    Restoring(Tail),
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
    pub(super) host: Arc<Host>,
    pub(super) wiring: Wiring,
    // Calls hold values of the engine, so they go before it: fields are dropped in this order.
    pub(super) active: Vec<Active>,
    pub(super) engine: Option<Engine>,
    pub(super) load_error: Option<CallError>,
    pub(super) set_up: SetUp,
    pub(super) global: GlobalWatch,
    pub(super) queue: VecDeque<Waiting>,
    pub(super) preparing: Vec<oneshot::Sender<PrepareReport>>,
    pub(super) next_call: CallId,
    pub(super) next_ticket: Rc<Cell<u64>>,
    pub(super) timer: Option<Duration>,
    pub(super) is_retiring: bool,
}

impl Actor {
    pub(super) fn new(host: Arc<Host>, wiring: Wiring) -> Self {
        Self {
            host,
            wiring,
            engine: None,
            load_error: None,
            set_up: SetUp::NotRun,
            global: GlobalWatch::default(),
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
                Message::Prepare(Prepare::SetUp, reply) => {
                    if matches!(self.set_up, SetUp::Failed(_)) {
                        self.set_up = SetUp::NotRun;
                    }
                    self.preparing.push(reply);
                }
                Message::Call(request, reply) => {
                    self.queue.push_back(Waiting { request: Arc::new(request), reply: Reply::Call(reply), losses: 0 })
                }
                Message::Answer { ticket, answer } => self.answer(ticket, answer),
                Message::Restored { restore, stored } => self.restored(restore, stored),
                // Nobody waits any more: nothing to tell.
                Message::ReportGlobal(reply) => drop(reply.send(self.report_global())),
                Message::GlobalStored { mark } => self.global.was_stored(mark),
                Message::Timer => {
                    self.timer = None;
                    self.end_overdue();
                }
            }
            self.advance();
            self.arm_timer();
        }
    }

    pub(super) fn capabilities(&self) -> Capabilities {
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
                // What the app's top-level code left unhandled is nobody's.
                engine.turns.close(0);
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
                SetUp::Running | SetUp::Restoring(_) => return,
                SetUp::Done => {
                    self.wiring.was_set_up.store(true, Ordering::Release);
                    self.tell_prepared(Tail::default());
                    if self.active.len() >= self.host.installation.limits.overlapping_calls {
                        return;
                    }
                    if self.queue.is_empty() {
                        return;
                    }
                    self.close_stale_connections();
                    // Nothing that a package does then may cost a call its start.
                    if self.engine.is_none() {
                        continue;
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
        let work = WorkId(format!("setup-{}-{}-{}", installation.id, self.host.environment, self.next_call));
        let request = CallRequest {
            function: Function::SetupPlugin,
            argument: None,
            team: None,
            at_most: None,
            context: Arc::new(CallContext::new(work, None, 0)),
        };
        if self.capabilities().has(&Function::SetupPlugin) {
            self.set_up = SetUp::Running;
            self.start(Waiting { request: Arc::new(request), reply: Reply::SetUp, losses: 0 });
        } else {
            self.finish_set_up(Tail::default());
        }
    }

    /// Runs the first stretch of a call.
    fn start(&mut self, waiting: Waiting) {
        let request = waiting.request.clone();
        let Some(engine) = &self.engine else { return fail(waiting, CallError::Lost) };
        let id = self.next_call;
        self.next_call += 1;
        let limits = self.host.installation.limits;
        let own_limit = if request.function.has_call_limit() { limits.call } else { limits.invocation };
        let limit = request.at_most.map_or(own_limit, |at_most| own_limit.min(at_most));
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
}
