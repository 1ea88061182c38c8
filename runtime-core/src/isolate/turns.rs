//! Whose turn it is in an isolate, and what each call waits for.
//!
//! One host promise is settled at a time; its call becomes the current one, and every runnable job runs before the next promise
//! is settled. So console lines, captures and host calls made in between belong to the current call (design decision 6).
//!
//! What packages wait for (timers, sockets) outlives the call that began it: it then belongs to nobody, and settles on behalf of
//! the oldest open call, or of none (`tickets`). What calls await is in `awaits`, what nobody handles in `rejections`.

use super::awaits::PendingAwait;
use super::rejections::Rejection;
use super::tickets::{Claim, Origin, Ticket, Turn};
use crate::host::CallContext;
use crate::ports::Unavailable;
use rquickjs::{Ctx, Function, JsLifetime, Persistent, Value};
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

/// The turns of a context, for natives that are made while a host promise is settled.
pub(crate) struct TurnsOfContext(pub(crate) Rc<Turns>);

// SAFETY: the type holds no value with the engine's lifetime; what `Turns` saves is `'static` and cleared before the engine goes.
unsafe impl<'js> JsLifetime<'js> for TurnsOfContext {
    type Changed<'to> = Self;
}

/// The book-keeping that host functions and the job loop share. Lives on the isolate's thread.
pub(crate) struct Turns {
    pub(super) current: Cell<CallId>,
    /// Whose fault an error would be: the current call's, or nobody's while it lends its turn.
    pub(super) blamed: Cell<CallId>,
    /// Whether the code that runs was waiting for the promise of a package that was just settled.
    pub(super) is_reacting: Rc<Cell<bool>>,
    /// Ends that with the jobs that are in the engine's queue by now.
    pub(super) after_reactions: RefCell<Option<Persistent<Function<'static>>>>,
    pub(super) contexts: RefCell<HashMap<CallId, Arc<CallContext>>>,
    pub(super) tickets: RefCell<HashMap<u64, Ticket>>,
    pub(super) next_ticket: Rc<Cell<u64>>,
    pub(super) awaits: RefCell<Vec<PendingAwait>>,
    pub(super) last_awaited_line: Cell<u32>,
    pub(super) rejections: RefCell<Vec<Rejection>>,
    pub(super) now: Cell<Duration>,
    pub(super) single_await: Duration,
    pub(super) answers: Sender<super::message::Message>,
    pub(super) spawner: tokio::runtime::Handle,
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

    /// Lets go of every value of the engine, which must happen before the engine is dropped.
    pub(super) fn clear(&self) {
        self.tickets.borrow_mut().clear();
        self.after_reactions.take();
        self.awaits.borrow_mut().clear();
        self.rejections.borrow_mut().clear();
        self.contexts.borrow_mut().clear();
    }
}
