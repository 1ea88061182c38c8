//! Timers, look-ups, connections and HTTP exchanges for the Node layer, over which npm packages run: `load('node/binding')`.
//!
//! Apps have none of these; nothing here is ever within their reach (behaviour.md a.2, a.3). What is refused, and in which words,
//! is the egress guard's to say, on every look-up and connection.

mod connection;
mod connection_class;
mod errors;
mod exchange;
mod options;
mod timer;
mod waits;

#[cfg(test)]
pub(super) mod tests;

use crate::host::Host;
use crate::isolate::tickets::Claim;
use crate::isolate::turns::{Settle, Turns};
use crate::node::native;
use crate::ports::clock::Timestamp;
use crate::ports::network::{Family, Target};
use connection::{Line, ReadyLine};
pub(crate) use errors::reset_error;
use rquickjs::{Ctx, Exception, JsLifetime, Object, Result, TypedArray, Value};
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// How many connections an isolate may have at a time.
const MOST_CONNECTIONS: usize = 128;

/// How long a connection may be silent, by the time of day, before it counts as dead at the start of a call.
const STALE_AFTER: Duration = Duration::from_secs(15);

/// The sockets of one isolate.
pub(crate) struct Sockets {
    host: Arc<Host>,
    turns: Rc<Turns>,
    lines: RefCell<Vec<Weak<Line>>>,
    slots: Arc<Semaphore>,
}

/// The sockets of a context, for the natives.
struct SocketsOfContext(Rc<Sockets>);

// SAFETY: the type holds no value with the engine's lifetime.
unsafe impl<'js> JsLifetime<'js> for SocketsOfContext {
    type Changed<'to> = Self;
}

impl Sockets {
    /// Makes those of a fresh context, which its natives find from now on.
    pub(crate) fn install(ctx: &Ctx<'_>, host: &Arc<Host>, turns: &Rc<Turns>) -> Result<Rc<Self>> {
        let sockets = Rc::new(Self {
            host: host.clone(),
            turns: turns.clone(),
            lines: RefCell::default(),
            slots: Arc::new(Semaphore::new(MOST_CONNECTIONS)),
        });
        ctx.store_userdata(SocketsOfContext(sockets.clone()))
            .map_err(|_| Exception::throw_message(ctx, "the sockets of the context are in use"))?;
        Ok(sockets)
    }

    fn of(ctx: &Ctx<'_>) -> Result<Rc<Self>> {
        ctx.userdata::<SocketsOfContext>()
            .map(|sockets| sockets.0.clone())
            .ok_or_else(|| Exception::throw_message(ctx, "there is no network here"))
    }

    /// Closes every connection that was silent for over 15 s and that no open call uses; what waits on them, by its tickets.
    pub(crate) fn close_stale(&self, now: Timestamp) -> Vec<u64> {
        let mut waiting = Vec::new();
        self.lines.borrow_mut().retain(|line| {
            let Some(line) = line.upgrade() else { return false };
            if line.is_closed() {
                return false;
            }
            let is_stale = now > line.last_active().plus(STALE_AFTER) && !self.turns.is_open(line.owner());
            if is_stale {
                waiting.extend(line.close());
            }
            !is_stale
        });
        waiting
    }

    /// A promise of the current call, whose end waits for it.
    fn held<'js>(&self, ctx: &Ctx<'js>, future: impl Future<Output = Settle> + Send + 'static) -> Result<Value<'js>> {
        let claim = Claim::held_by(self.turns.current());
        self.turns.package_promise(ctx, claim, future).map(|(_, promise)| promise)
    }

    /// Counts a call to the outside for the current call, if there is one: packages do things of their own accord, too.
    fn count_host_call(&self) {
        if let Some(context) = self.turns.current_context() {
            context.count_host_call();
        }
    }

    fn target(&self, host: String, port: u16, family: Family) -> Target {
        Target { host, port, family, policy: Arc::clone(self.host.installation.egress.policy()) }
    }
}

/// Adds what `node/binding` is made of.
pub(crate) fn natives(object: &Object<'_>) -> Result<()> {
    native(object, "startTimer", timer::start)?;
    native(object, "lookup", lookup)?;
    native(object, "connect", connect)?;
    native(object, "request", exchange::request)?;
    native(object, "now", now)?;
    native(object, "hrtime", hrtime)
}

#[expect(clippy::needless_pass_by_value, reason = "a native takes its arguments as the engine converts them, by value")]
fn lookup<'js>(ctx: Ctx<'js>, host: String, family: Option<u8>) -> Result<Value<'js>> {
    let sockets = Sockets::of(&ctx)?;
    sockets.count_host_call();
    let network = sockets.host.ports.network.clone();
    let target = sockets.target(host, 0, options::family(family));
    sockets.held(&ctx, async move {
        let found = network.lookup(target).await;
        settle(move |ctx| {
            let addresses = found.map_err(|error| errors::thrown(ctx, &error))?;
            let rows = rquickjs::Array::new(ctx.clone())?;
            for (index, address) in addresses.into_iter().enumerate() {
                let row = Object::new(ctx.clone())?;
                row.set("address", address.to_string())?;
                row.set("family", if address.is_ipv4() { 4 } else { 6 })?;
                rows.set(index, row)?;
            }
            Ok(rows.into_value())
        })
    })
}

#[expect(clippy::needless_pass_by_value, reason = "a native takes its arguments as the engine converts them, by value")]
fn connect<'js>(ctx: Ctx<'js>, given: Object<'js>) -> Result<Value<'js>> {
    let sockets = Sockets::of(&ctx)?;
    let target = options::target(&sockets, &given)?;
    let Ok(slot) = sockets.slots.clone().try_acquire_owned() else {
        return Err(errors::too_many(&ctx, &target));
    };
    sockets.count_host_call();
    let (network, clock) = (sockets.host.ports.network.clone(), sockets.host.ports.clock.clone());
    let owner = sockets.turns.current();
    sockets.held(&ctx, async move {
        let connected = network.connect(target).await;
        settle(move |ctx| {
            let connection = connected.map_err(|error| errors::thrown(ctx, &error))?;
            ReadyLine { connection, owner, slot, clock }.open(ctx)
        })
    })
}

/// Milliseconds since 1970, by the clock port.
#[expect(clippy::needless_pass_by_value, reason = "a native takes its arguments as the engine converts them, by value")]
#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^53")]
fn now(ctx: Ctx<'_>) -> Result<f64> {
    Ok(Sockets::of(&ctx)?.host.ports.clock.now().0 as f64)
}

/// Milliseconds of the clock that never goes back, with their fraction.
#[expect(clippy::needless_pass_by_value, reason = "a native takes its arguments as the engine converts them, by value")]
fn hrtime(ctx: Ctx<'_>) -> Result<f64> {
    Ok(Sockets::of(&ctx)?.host.ports.clock.elapsed().as_secs_f64() * 1000.0)
}

fn settle(make: impl for<'js> FnOnce(&Ctx<'js>) -> Result<Value<'js>> + Send + 'static) -> Settle {
    Box::new(make)
}

/// A new `Uint8Array`.
fn bytes_value<'js>(ctx: &Ctx<'js>, bytes: &[u8]) -> Result<Value<'js>> {
    TypedArray::<u8>::from_arraybuffer(crate::node::array_buffer(ctx, bytes)?).map(TypedArray::into_value)
}
