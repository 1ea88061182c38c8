//! One QuickJS runtime and context holding one installation: made, loaded, and run a stretch at a time.

use super::error::{CallError, Place, Thrown};
use super::exports::{self, Exports};
use super::limits::{Limits, thread_cpu_time};
use super::memory::{LimitedAllocator, MemoryAccount};
use super::tickets::Unhandled;
use super::turns::{CallId, Turns};
use super::watchdog::Watched;
use crate::extensions::{self, Installed};
use crate::host::Host;
use rquickjs::context::EvalOptions;
use rquickjs::object::Property;
use rquickjs::{Context, Ctx, Function, Object, Persistent, Runtime, Value};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// Counts the CPU time of the stretch that runs, for the engine's interrupt handler.
#[derive(Default)]
struct Meter {
    started: Cell<Option<Duration>>,
    is_interrupted: Cell<bool>,
}

impl Meter {
    /// Whether the stretch has used up its time; once true it stays true, as the engine cannot be trusted any more.
    fn check(&self, limit: Duration) -> bool {
        if let Some(started) = self.started.get()
            && thread_cpu_time().saturating_sub(started) > limit
        {
            self.is_interrupted.set(true);
        }
        self.is_interrupted.get()
    }
}

/// What a stretch ended with, and the CPU time it took.
pub(super) struct Stretch<T> {
    pub(super) result: Result<T, CallError>,
    pub(super) cpu: Duration,
    pub(super) wall: Duration,
}

/// The engine of one isolate. Dropped and made anew after any interrupt or lack of memory.
pub(super) struct Engine {
    pub(super) host: Arc<Host>,
    pub(super) turns: Rc<Turns>,
    pub(super) installed: Option<Installed>,
    pub(super) exports: Option<Exports>,
    pub(super) meta: Option<Persistent<Object<'static>>>,
    memory: Rc<MemoryAccount>,
    meter: Rc<Meter>,
    watched: Arc<Watched>,
    limits: Limits,
    // The context before the runtime: fields are dropped in this order.
    context: Context,
    runtime: Runtime,
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.turns.clear();
        if let Some(installed) = self.installed.take() {
            installed.clear();
        }
        self.exports = None;
        self.meta = None;
        self.runtime.set_host_promise_rejection_tracker(None);
        self.runtime.set_interrupt_handler(None);
    }
}

impl Engine {
    /// A fresh engine with the host's globals, without the app.
    pub(super) fn new(host: Arc<Host>, turns: Rc<Turns>) -> Result<Self, CallError> {
        let limits = host.installation.limits;
        let memory = MemoryAccount::new(limits.memory_bytes);
        let failed = |error: rquickjs::Error| CallError::Thrown(internal(&error.to_string()));
        let runtime = Runtime::new_with_alloc(LimitedAllocator::new(memory.clone())).map_err(failed)?;
        runtime.set_max_stack_size(limits.stack_bytes);
        let context = Context::full(&runtime).map_err(failed)?;
        let meter = Rc::new(Meter::default());
        let interrupt_meter = meter.clone();
        let interrupt_memory = memory.clone();
        // An app that caught the refusal of memory is stopped all the same, where it is: that gives the error a line.
        runtime.set_interrupt_handler(Some(Box::new(move || {
            interrupt_memory.was_exceeded() || interrupt_meter.check(limits.synchronous)
        })));
        let rejections = turns.clone();
        runtime.set_host_promise_rejection_tracker(Some(Box::new(move |ctx, promise, reason, is_handled| {
            rejections.note_rejection(&ctx, &promise, &reason, is_handled);
        })));
        let watched = Watched::begin(limits.synchronous);
        let mut engine = Self {
            host,
            turns,
            installed: None,
            exports: None,
            meta: None,
            memory,
            meter,
            watched,
            limits,
            context,
            runtime,
        };
        let host = engine.host.clone();
        let turns = engine.turns.clone();
        let installed = engine
            .stretch(0, "(start)", move |ctx| {
                define_await(ctx, &turns)?;
                extensions::install(ctx, &host, &turns)
            })
            .result?;
        engine.installed = Some(installed);
        Ok(engine)
    }

    /// Evaluates the app's script, finds its functions and builds `meta`.
    pub(super) fn load(&mut self) -> Result<(), CallError> {
        let app = self.host.installation.app.clone();
        let host = self.host.clone();
        let turns = self.turns.clone();
        let installed = self.installed.clone().expect("an engine is installed before it loads");
        let loaded = self.stretch(0, "(load)", move |ctx| {
            let mut options = EvalOptions::default();
            options.strict = false;
            options.filename = Some(app.script.file.clone());
            let _: Value = ctx.eval_with_options(app.script.code.as_str(), options)?;
            let exports = exports::discover(ctx, &installed)?;
            let meta = extensions::build_meta(ctx, &host, &turns, exports.metrics.clone())?;
            Ok((exports, Persistent::save(ctx, meta)))
        });
        let (exports, meta) = loaded.result.map_err(|error| CallError::Evaluation(Arc::new(error)))?;
        self.exports = Some(exports);
        self.meta = Some(meta);
        Ok(())
    }

    /// Runs `body` as `call`, then every job that is runnable, under the limit of a synchronous stretch.
    pub(super) fn stretch<T>(
        &self,
        call: CallId,
        function: &str,
        body: impl for<'js> FnOnce(&Ctx<'js>) -> rquickjs::Result<T>,
    ) -> Stretch<T> {
        let clock = self.host.ports.clock.clone();
        let wall_start = clock.elapsed();
        self.turns.enter(call, wall_start);
        let cpu_start = thread_cpu_time();
        self.meter.started.set(Some(cpu_start));
        self.watched.start();
        let result = self.context.with(|ctx| body(&ctx).map_err(|error| self.caught(&ctx, &error, function)));
        let drained = if self.is_broken() { Ok(()) } else { self.drain(function) };
        self.watched.stop();
        self.meter.started.set(None);
        let cpu = thread_cpu_time().saturating_sub(cpu_start);
        let result = match (result, drained) {
            (Err(error), _) if error.is_fatal() => Err(error),
            (_, Err(error)) => Err(error),
            // The constructor of Promise makes a rejection even of an interrupt.
            (_, Ok(())) if self.is_broken() => Err(self.broken_by_rejection(function)),
            (result, Ok(())) => result,
        };
        Stretch { result, cpu, wall: clock.elapsed().saturating_sub(wall_start) }
    }

    /// Whether the engine must not be used any more.
    pub(super) fn is_broken(&self) -> bool {
        self.meter.is_interrupted.get() || self.memory.was_exceeded()
    }

    /// Runs `look` without running any code of the app: nothing here would stop it.
    pub(super) fn peek<T>(&self, look: impl for<'js> FnOnce(&Ctx<'js>) -> T) -> T {
        self.context.with(|ctx| look(&ctx))
    }

    /// Errors of promises that nobody in the app handles, by call. Reading them may run code of the app, so it is a stretch of
    /// `call`.
    pub(super) fn take_rejections(
        &self,
        call: CallId,
        function: &str,
        results: &[Persistent<rquickjs::Promise<'static>>],
    ) -> Result<Vec<Unhandled>, CallError> {
        if !self.turns.has_rejections() {
            return Ok(Vec::new());
        }
        let describe =
            |ctx: &Ctx<'_>| Ok(self.turns.take_rejections(ctx, results, |ctx, reason| self.describe(ctx, &reason)));
        self.stretch(call, function, describe).result
    }

    /// What an app threw, with positions of its original source.
    pub(super) fn describe<'js>(&self, ctx: &Ctx<'js>, value: &Value<'js>) -> Thrown {
        let is_retry = self.installed.as_ref().is_some_and(|installed| installed.is_retry_error(ctx, value));
        let mut thrown = super::convert::describe(ctx, value);
        thrown.stack = app_frames(&self.host.installation.app.script.map.map_stack(&thrown.stack));
        thrown.is_retry = is_retry;
        thrown
    }

    fn drain(&self, function: &str) -> Result<(), CallError> {
        let mut jobs_run = 0_u32;
        loop {
            match self.runtime.execute_pending_job() {
                Ok(false) => return Ok(()),
                Ok(true) => {}
                Err(job) => {
                    let error = job.0.with(|ctx| self.caught(&ctx, &rquickjs::Error::Exception, function));
                    if error.is_fatal() {
                        return Err(error);
                    }
                }
            }
            jobs_run = jobs_run.wrapping_add(1);
            // The interrupt handler does not see `for (;;) await null`: each job of it is short.
            if jobs_run.is_multiple_of(64) && self.meter.check(self.limits.synchronous) {
                return Err(self.timed_out(self.limits.synchronous, function, self.turns.last_awaited_line()));
            }
            if self.memory.was_exceeded() {
                return Err(self.out_of_memory(function, self.turns.last_awaited_line()));
            }
        }
    }

    fn caught(&self, ctx: &Ctx<'_>, error: &rquickjs::Error, function: &str) -> CallError {
        if !error.is_exception() {
            return match error {
                rquickjs::Error::Allocation => self.out_of_memory(function, None),
                error => CallError::Thrown(internal(&error.to_string())),
            };
        }
        let value = ctx.catch();
        if self.is_broken() {
            return self.broken_by(ctx, Some(value), function);
        }
        CallError::Thrown(self.describe(ctx, &value))
    }

    fn broken_by_rejection(&self, function: &str) -> CallError {
        // A broken engine stops every code of the app at once, also that of the reason.
        self.peek(|ctx| self.broken_by(ctx, self.turns.last_rejection(ctx), function))
    }

    /// What broke the engine, at the line of what was thrown.
    fn broken_by<'js>(&self, ctx: &Ctx<'js>, thrown: Option<Value<'js>>, function: &str) -> CallError {
        let stack = thrown.map(|thrown| super::convert::describe(ctx, &thrown).stack);
        let line = stack.and_then(|stack| self.line_of(&stack)).or_else(|| self.turns.last_awaited_line());
        if self.memory.was_exceeded() {
            self.out_of_memory(function, line)
        } else {
            self.timed_out(self.limits.synchronous, function, line)
        }
    }

    /// The time-out of a call in this engine.
    pub(super) fn timed_out(&self, limit: Duration, function: &str, line: Option<u32>) -> CallError {
        CallError::TimedOut { limit, place: self.place(function, line) }
    }

    fn out_of_memory(&self, function: &str, line: Option<u32>) -> CallError {
        CallError::OutOfMemory { limit_bytes: self.limits.memory_bytes, place: self.place(function, line) }
    }

    fn place(&self, function: &str, line: Option<u32>) -> Place {
        let app = &self.host.installation.app;
        Place { function: function.into(), app: app.manifest.name.clone(), file: app.script.file.clone(), line }
    }

    /// The original line of the first frame of the app in a stack.
    fn line_of(&self, stack: &str) -> Option<u32> {
        let script = &self.host.installation.app.script;
        let marker = format!("{}:", script.file);
        let frame = stack.lines().find(|frame| frame.contains(&marker))?;
        let position = frame.split(&marker).nth(1)?;
        let mut numbers = position.split(|character: char| !character.is_ascii_digit());
        let line: u32 = numbers.next()?.parse().ok()?;
        let column: u32 = numbers.next().and_then(|column| column.parse().ok()).unwrap_or(1);
        script.map.original(line, column).map(|(line, _)| line)
    }
}

/// Frames of hedgerow's own JavaScript say nothing to an app's author.
fn app_frames(stack: &str) -> String {
    stack
        .lines()
        .filter(|frame| !frame.contains("hedgerow:") && !frame.contains("(native)"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn internal(message: &str) -> Thrown {
    Thrown { name: "InternalError".into(), message: message.into(), stack: String::new(), is_retry: false }
}

/// The function that the transform puts around every awaited value: it notes the await and gives the value back.
fn define_await<'js>(ctx: &Ctx<'js>, turns: &Rc<Turns>) -> rquickjs::Result<()> {
    let turns = turns.clone();
    let note = Function::new(ctx.clone(), move |ctx: Ctx<'js>, value: Value<'js>, line: u32| {
        turns.note_await(&ctx, &value, line);
    })?;
    let wrap: Function = ctx.eval("(note) => (value, line) => { note(value, line); return value }")?;
    let wrapped: Function = wrap.call((note,))?;
    ctx.globals().prop("__hedgerow_await", Property::from(wrapped))
}
