//! Whose turn it is in an isolate, and what each call waits for.
//!
//! One host promise is settled at a time; its call becomes the current one, and every runnable job runs before the next promise
//! is settled. So console lines, captures and host calls made in between belong to the current call (design decision 6).
//!
//! What packages wait for (timers, sockets) outlives the call that began it: it then belongs to nobody, and settles on behalf of
//! the oldest open call, or of none (`tickets`).

use super::error::Thrown;
use super::tickets::{Claim, Origin, Ticket, Turn, Unhandled};
use crate::host::CallContext;
use crate::ports::Unavailable;
use rquickjs::promise::PromiseState;
use rquickjs::{Ctx, Function, JsLifetime, Persistent, Promise, Value};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// A call in an isolate.
pub(crate) type CallId = u64;

/// Makes the value that a host promise is settled with, on the isolate's thread: `Ok` resolves, an exception rejects.
pub(crate) type Settle = Box<dyn for<'js> FnOnce(&Ctx<'js>) -> rquickjs::Result<Value<'js>> + Send>;

/// What the outside tells an isolate's thread about one host call.
pub(crate) enum HostAnswer {
    /// It has a result or an error for the app.
    Settle(Settle),
    /// The port is out of reach: the call is abandoned.
    Unavailable(Arc<Unavailable>),
}

/// An `await` that has not ended.
struct PendingAwait {
    call: CallId,
    promise: Persistent<Promise<'static>>,
    line: u32,
    deadline: Duration,
}

/// A promise rejected without a handler.
struct Rejection {
    call: CallId,
    /// Whether it came of what a package does when something of its own settles: in Node, an uncaught exception.
    is_uncaught: bool,
    promise: Persistent<Value<'static>>,
    reason: Persistent<Value<'static>>,
}

/// The turns of a context, for natives that are made while a host promise is settled.
pub(crate) struct TurnsOfContext(pub(crate) Rc<Turns>);

// SAFETY: the type holds no value with the engine's lifetime; what `Turns` saves is `'static` and cleared before the engine goes.
unsafe impl<'js> JsLifetime<'js> for TurnsOfContext {
    type Changed<'to> = Self;
}

/// The book-keeping that host functions and the job loop share. Lives on the isolate's thread.
pub(crate) struct Turns {
    current: Cell<CallId>,
    /// Whose fault an error would be: the current call's, or nobody's while it lends its turn.
    blamed: Cell<CallId>,
    /// Whether the code that runs was waiting for the promise of a package that was just settled.
    is_reacting: Rc<Cell<bool>>,
    /// Ends that with the jobs that are in the engine's queue by now.
    after_reactions: RefCell<Option<Persistent<Function<'static>>>>,
    contexts: RefCell<HashMap<CallId, Arc<CallContext>>>,
    tickets: RefCell<HashMap<u64, Ticket>>,
    next_ticket: Rc<Cell<u64>>,
    awaits: RefCell<Vec<PendingAwait>>,
    last_awaited_line: Cell<u32>,
    rejections: RefCell<Vec<Rejection>>,
    now: Cell<Duration>,
    single_await: Duration,
    answers: Sender<super::message::Message>,
    spawner: tokio::runtime::Handle,
}

impl Turns {
    /// `next_ticket` outlives the engine: an answer that was on its way to a lost engine must meet no ticket of the next one.
    pub(super) fn new(
        single_await: Duration,
        next_ticket: Rc<Cell<u64>>,
        answers: Sender<super::message::Message>,
        spawner: tokio::runtime::Handle,
    ) -> Self {
        Self {
            current: Cell::new(0),
            blamed: Cell::new(0),
            is_reacting: Rc::default(),
            after_reactions: RefCell::default(),
            contexts: RefCell::default(),
            tickets: RefCell::default(),
            next_ticket,
            awaits: RefCell::default(),
            last_awaited_line: Cell::new(0),
            rejections: RefCell::default(),
            now: Cell::default(),
            single_await,
            answers,
            spawner,
        }
    }

    /// Whose code runs now.
    pub(crate) fn current(&self) -> CallId {
        self.current.get()
    }

    /// The context of the current call.
    pub(crate) fn current_context(&self) -> Option<Arc<CallContext>> {
        self.contexts.borrow().get(&self.current()).cloned()
    }

    pub(super) fn enter(&self, call: CallId, now: Duration) {
        self.current.set(call);
        self.blamed.set(call);
        self.is_reacting.set(false);
        self.now.set(now);
        self.last_awaited_line.set(0);
    }

    pub(super) fn open(&self, call: CallId, context: Arc<CallContext>) {
        self.contexts.borrow_mut().insert(call, context);
    }

    /// Forgets a call that has nothing left to wait for. What its packages still wait for belongs to nobody from now on.
    pub(super) fn close(&self, call: CallId) {
        self.contexts.borrow_mut().remove(&call);
        self.tickets.borrow_mut().retain(|_, ticket| ticket.owner() != call || ticket.is_of_package());
        self.forget_promises(call);
    }

    /// Forgets a call that was cut off: code of it that still waits never goes on, and what it would do outside is refused. Whether
    /// its packages waited for something, of which others may hope for the outcome.
    pub(super) fn cut(&self, call: CallId) -> bool {
        self.contexts.borrow_mut().remove(&call);
        let mut of_packages = false;
        self.tickets.borrow_mut().retain(|_, ticket| {
            let goes = ticket.owner() == call;
            of_packages |= goes && ticket.is_of_package();
            !goes
        });
        self.forget_promises(call);
        of_packages
    }

    fn forget_promises(&self, call: CallId) {
        self.awaits.borrow_mut().retain(|pending| pending.call != call);
        self.rejections.borrow_mut().retain(|rejection| rejection.call != call);
    }

    /// How many things hold the end of a call up.
    pub(super) fn open_tickets(&self, call: CallId) -> usize {
        self.tickets.borrow().values().filter(|ticket| ticket.owner() == call && ticket.holds()).count()
    }

    pub(super) fn take_ticket(&self, ticket: u64) -> Option<Ticket> {
        self.tickets.borrow_mut().remove(&ticket)
    }

    /// Whether a ticket is neither settled nor forgotten.
    pub(crate) fn is_waiting(&self, ticket: u64) -> bool {
        self.tickets.borrow().contains_key(&ticket)
    }

    /// Forgets what a package waits for: its promise stays pending.
    pub(crate) fn forget(&self, ticket: u64) {
        self.tickets.borrow_mut().remove(&ticket);
    }

    /// Whether a call has begun and not ended.
    pub(crate) fn is_open(&self, call: CallId) -> bool {
        self.contexts.borrow().contains_key(&call)
    }

    /// Whose turn it is when something of `owner` settles.
    pub(super) fn turn_of(&self, owner: CallId) -> Turn {
        if self.is_open(owner) {
            return Turn { call: owner, is_lent: false };
        }
        // Numbers are given in the order in which calls begin.
        match self.contexts.borrow().keys().min() {
            Some(oldest) => Turn { call: *oldest, is_lent: true },
            None => Turn { call: 0, is_lent: true },
        }
    }

    /// From now to the end of the stretch, an error is nobody's fault.
    pub(super) fn blame_nobody(&self) {
        self.blamed.set(0);
    }

    /// From now on, until what waited for the promise that is settled has run, an error is one that nobody catches. `settle` puts
    /// those jobs into the engine's queue, which is empty.
    pub(super) fn reacting<'js>(
        &self,
        ctx: &Ctx<'js>,
        settle: impl FnOnce() -> rquickjs::Result<()>,
    ) -> rquickjs::Result<()> {
        settle()?;
        // Not before: that nobody waits for the promise at all is not what is meant.
        self.is_reacting.set(true);
        let known = self.after_reactions.borrow().clone();
        let after = match known {
            Some(after) => after.restore(ctx)?,
            None => {
                // The engine's own `await`, which no app can replace: its job runs after those.
                let make: Function<'js> =
                    ctx.eval("(then) => () => { (async () => { await undefined; then() })() }")?;
                let is_reacting = self.is_reacting.clone();
                let after: Function<'js> = make.call((Function::new(ctx.clone(), move || is_reacting.set(false))?,))?;
                *self.after_reactions.borrow_mut() = Some(Persistent::save(ctx, after.clone()));
                after
            }
        };
        after.call(())
    }

    /// A promise of the current call for the outcome of `future`, which runs outside the isolate.
    pub(crate) fn promise<'js, F>(&self, ctx: &Ctx<'js>, future: F) -> rquickjs::Result<Value<'js>>
    where
        F: Future<Output = HostAnswer> + Send + 'static,
    {
        let (number, promise) = self.ticket(ctx, Origin::Host(self.current()))?;
        self.start(number, future);
        Ok(promise)
    }

    /// The same for a package, and the number under which it can be forgotten; then `future` is dropped.
    pub(crate) fn package_promise<'js, F>(
        &self,
        ctx: &Ctx<'js>,
        claim: Claim,
        future: F,
    ) -> rquickjs::Result<(u64, Value<'js>)>
    where
        F: Future<Output = Settle> + Send + 'static,
    {
        let (number, promise) = self.ticket(ctx, Origin::Package { claim, task: None })?;
        self.start(number, async move { HostAnswer::Settle(future.await) });
        Ok((number, promise))
    }

    fn ticket<'js>(&self, ctx: &Ctx<'js>, origin: Origin) -> rquickjs::Result<(u64, Value<'js>)> {
        let (promise, resolve, reject) = ctx.promise()?;
        let number = self.next_ticket.get();
        self.next_ticket.set(number + 1);
        let ticket = Ticket { origin, resolve: Persistent::save(ctx, resolve), reject: Persistent::save(ctx, reject) };
        self.tickets.borrow_mut().insert(number, ticket);
        Ok((number, promise.into_value()))
    }

    /// Many ports have their answer at once (a look-up in memory, a row of SQLite): a task for those would cost more than they do.
    fn poll_once(&self, future: Pin<&mut impl Future<Output = HostAnswer>>) -> Poll<HostAnswer> {
        let _runtime = self.spawner.enter();
        let poll = || future.poll(&mut Context::from_waker(Waker::noop()));
        // A panic of a port must not end the isolate's thread.
        std::panic::catch_unwind(AssertUnwindSafe(poll)).unwrap_or_else(|_| {
            let error = Unavailable { port: "host", message: "the port panicked".into(), source: None };
            Poll::Ready(HostAnswer::Unavailable(Arc::new(error)))
        })
    }

    fn start(&self, number: u64, future: impl Future<Output = HostAnswer> + Send + 'static) {
        let answers = self.answers.clone();
        // The isolate may be gone by then; then nobody waits for the answer.
        let deliver = move |answer| drop(answers.send(super::message::Message::Answer { ticket: number, answer }));
        let mut future = Box::pin(future);
        match self.poll_once(future.as_mut()) {
            Poll::Ready(answer) => deliver(answer),
            Poll::Pending => {
                let running = self.spawner.spawn(async move { deliver(future.await) });
                if let Some(ticket) = self.tickets.borrow_mut().get_mut(&number) {
                    ticket.runs_as(running.abort_handle());
                }
            }
        }
    }

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

    /// What the engine says of promises that are rejected without a handler, or get one later.
    pub(super) fn note_rejection<'js>(
        &self,
        ctx: &Ctx<'js>,
        promise: &Value<'js>,
        reason: &Value<'js>,
        is_handled: bool,
    ) {
        let mut rejections = self.rejections.borrow_mut();
        if is_handled {
            rejections
                .retain(|rejection| !matches!(rejection.promise.clone().restore(ctx), Ok(known) if known == *promise));
        } else {
            rejections.push(Rejection {
                call: self.blamed.get(),
                is_uncaught: self.is_reacting.get(),
                promise: Persistent::save(ctx, promise.clone()),
                reason: Persistent::save(ctx, reason.clone()),
            });
        }
    }

    /// The reasons of unhandled rejections since the last time, by call, leaving out the promises of `results`, which have
    /// somebody who waits for them.
    pub(super) fn take_rejections<'js>(
        &self,
        ctx: &Ctx<'js>,
        results: &[Persistent<Promise<'static>>],
        describe: impl Fn(&Ctx<'js>, Value<'js>) -> Thrown,
    ) -> Vec<Unhandled> {
        let rejections = std::mem::take(&mut *self.rejections.borrow_mut());
        let mut unhandled = Vec::new();
        for rejection in rejections {
            let (Ok(promise), Ok(reason)) = (rejection.promise.restore(ctx), rejection.reason.restore(ctx)) else {
                continue;
            };
            let is_result = results
                .iter()
                .filter_map(|result| result.clone().restore(ctx).ok())
                .any(|result| result.into_value() == promise);
            if !is_result {
                let thrown = describe(ctx, reason);
                unhandled.push(Unhandled { call: rejection.call, is_uncaught: rejection.is_uncaught, thrown });
            }
        }
        unhandled
    }

    /// The reason of the latest rejection that nothing handles so far.
    pub(super) fn last_rejection<'js>(&self, ctx: &Ctx<'js>) -> Option<Value<'js>> {
        self.rejections.borrow().last().and_then(|rejection| rejection.reason.clone().restore(ctx).ok())
    }

    pub(super) fn has_rejections(&self) -> bool {
        !self.rejections.borrow().is_empty()
    }

    /// Lets go of every value of the engine, which must happen before the engine is dropped.
    pub(super) fn clear(&self) {
        self.tickets.borrow_mut().clear();
        self.after_reactions.take();
        self.awaits.borrow_mut().clear();
        self.rejections.borrow_mut().clear();
        self.contexts.borrow_mut().clear();
    }
}

fn retain_pending(ctx: &Ctx<'_>, awaits: &mut Vec<PendingAwait>) {
    awaits.retain(|pending| {
        matches!(pending.promise.clone().restore(ctx), Ok(promise) if promise.state() == PromiseState::Pending)
    });
}
