//! A connection as packages have it.

use super::connection_class::ConnectionObject;
use super::waits::Waits;
use super::{Sockets, bytes_value, errors, options, settle};
use crate::isolate::tickets::{Claim, Hold};
use crate::isolate::turns::{CallId, Settle};
use crate::ports::clock::{Clock, Timestamp};
use crate::ports::network::{Connection, NetworkError, TlsSession};
use bytes::Bytes;
use rquickjs::{Class, Ctx, Object, Result, Value};
use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

/// The state of a connection. It lives as long as its object or something that waits on it; dropping it closes the connection.
pub(super) struct Line {
    connection: Arc<dyn Connection>,
    /// The call that wrote to it last, or that opened it.
    owner: Rc<Cell<CallId>>,
    is_referenced: Arc<AtomicBool>,
    /// Whether the other side has yet to answer: it was connected to or written to, and has sent nothing since. The end of a call
    /// waits for an answer, not for an idle connection.
    is_expecting: Arc<AtomicBool>,
    activity: Activity,
    waits: Waits,
    /// Gone once it is closed, so that another may be opened.
    slot: Cell<Option<OwnedSemaphorePermit>>,
}

/// When the last byte went either way, by the time of day.
#[derive(Clone)]
struct Activity {
    clock: Arc<dyn Clock>,
    last: Arc<AtomicI64>,
}

impl Activity {
    fn begun(clock: Arc<dyn Clock>) -> Self {
        let last = Arc::new(AtomicI64::new(clock.now().0));
        Self { clock, last }
    }

    fn note(&self) {
        self.last.store(self.clock.now().0, Ordering::Relaxed);
    }
}

/// A connection that is not yet an object of the engine.
pub(super) struct ReadyLine {
    pub(super) connection: Arc<dyn Connection>,
    pub(super) owner: CallId,
    pub(super) slot: OwnedSemaphorePermit,
    pub(super) clock: Arc<dyn Clock>,
}

impl ReadyLine {
    /// Makes it one.
    pub(super) fn open<'js>(self, ctx: &Ctx<'js>) -> Result<Value<'js>> {
        let sockets = Sockets::of(ctx)?;
        let (remote, local) = (self.connection.remote_address(), self.connection.local_address());
        let line = Rc::new(Line {
            connection: self.connection,
            owner: Rc::new(Cell::new(self.owner)),
            is_referenced: Arc::new(AtomicBool::new(true)),
            is_expecting: Arc::new(AtomicBool::new(true)),
            activity: Activity::begun(self.clock),
            waits: Waits::new(sockets.turns.clone()),
            slot: Cell::new(Some(self.slot)),
        });
        sockets.lines.borrow_mut().push(Rc::downgrade(&line));
        let object = Class::instance(ctx.clone(), ConnectionObject(line))?.into_inner();
        object.set("remoteAddress", remote.ip().to_string())?;
        object.set("remotePort", remote.port())?;
        object.set("remoteFamily", family_name(remote))?;
        object.set("localAddress", local.ip().to_string())?;
        object.set("localPort", local.port())?;
        Ok(object.into_value())
    }
}

fn family_name(address: SocketAddr) -> &'static str {
    if address.is_ipv4() { "IPv4" } else { "IPv6" }
}

impl Line {
    pub(super) fn owner(&self) -> CallId {
        self.owner.get()
    }

    pub(super) fn last_active(&self) -> Timestamp {
        Timestamp(self.activity.last.load(Ordering::Relaxed))
    }

    pub(super) fn is_closed(&self) -> bool {
        let slot = self.slot.take();
        let is_closed = slot.is_none();
        self.slot.set(slot);
        is_closed
    }

    /// Closes it; what waited on it, by its tickets, most of which are settled by now.
    pub(super) fn close(&self) -> Vec<u64> {
        self.slot.take();
        self.connection.close();
        self.waits.take()
    }

    /// Whether the end of its call waits for it at all.
    pub(super) fn set_referenced(&self, is_referenced: bool) {
        self.is_referenced.store(is_referenced, Ordering::Relaxed);
    }

    /// Small writes at once, or not.
    pub(super) fn set_no_delay(&self, is_on: bool) {
        self.connection.set_no_delay(is_on);
    }

    /// Probes of a silent other side.
    pub(super) fn set_keep_alive(&self, interval: Option<Duration>) {
        self.connection.set_keep_alive(interval);
    }

    /// Closes it on behalf of its package: what waits on it stays pending.
    pub(super) fn abandon(&self) {
        self.waits.forget();
        self.close();
    }

    /// A promise that ends with the connection.
    fn wait<'js>(
        self: &Rc<Self>,
        ctx: &Ctx<'js>,
        claim: Claim,
        future: impl Future<Output = Settle> + Send + 'static,
    ) -> Result<Value<'js>> {
        let claim = Claim { keeps: Some(self.clone()), ..claim };
        self.waits.promise(ctx, claim, future)
    }

    /// Something that the current call does on it: from now on the connection is that call's.
    fn act<'js>(
        self: &Rc<Self>,
        ctx: &Ctx<'js>,
        future: impl Future<Output = Settle> + Send + 'static,
    ) -> Result<Value<'js>> {
        let call = self.waits.current_call();
        self.owner.set(call);
        let claim =
            Claim { owner: Rc::new(Cell::new(call)), hold: Hold::While(vec![self.is_referenced.clone()]), keeps: None };
        self.wait(ctx, claim, future)
    }

    pub(super) fn read<'js>(self: &Rc<Self>, ctx: &Ctx<'js>) -> Result<Value<'js>> {
        let hold = Hold::While(vec![self.is_referenced.clone(), self.is_expecting.clone()]);
        let claim = Claim { owner: self.owner.clone(), hold, keeps: None };
        let (connection, activity, expecting) =
            (self.connection.clone(), self.activity.clone(), self.is_expecting.clone());
        self.wait(ctx, claim, async move {
            let outcome = connection.read().await;
            activity.note();
            settle(move |ctx| {
                // Not before its turn: until then the end of the call waits for it.
                expecting.store(false, Ordering::Relaxed);
                match outcome {
                    Ok(Some(bytes)) => bytes_value(ctx, &bytes),
                    Ok(None) => Ok(Value::new_null(ctx.clone())),
                    Err(error) => Err(errors::thrown(ctx, &error)),
                }
            })
        })
    }

    pub(super) fn write<'js>(self: &Rc<Self>, ctx: &Ctx<'js>, bytes: Bytes) -> Result<Value<'js>> {
        self.is_expecting.store(true, Ordering::Relaxed);
        self.activity.note();
        let (connection, activity) = (self.connection.clone(), self.activity.clone());
        self.act(ctx, async move {
            let outcome = connection.write(bytes).await;
            activity.note();
            nothing(outcome)
        })
    }

    pub(super) fn shutdown<'js>(self: &Rc<Self>, ctx: &Ctx<'js>) -> Result<Value<'js>> {
        let connection = self.connection.clone();
        self.act(ctx, async move { nothing(connection.shutdown().await) })
    }

    pub(super) fn start_tls<'js>(self: &Rc<Self>, ctx: &Ctx<'js>, given: &Object<'js>) -> Result<Value<'js>> {
        let options = options::tls(given)?;
        self.is_expecting.store(true, Ordering::Relaxed);
        let (connection, activity) = (self.connection.clone(), self.activity.clone());
        self.act(ctx, async move {
            let outcome = connection.start_tls(options).await;
            activity.note();
            settle(move |ctx| match outcome {
                Ok(session) => session_object(ctx, &session),
                Err(error) => Err(errors::thrown(ctx, &error)),
            })
        })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // Nothing waits on it any more, or it would live.
        self.close();
    }
}

fn nothing(outcome: std::result::Result<(), NetworkError>) -> Settle {
    settle(move |ctx| match outcome {
        Ok(()) => Ok(Value::new_undefined(ctx.clone())),
        Err(error) => Err(errors::thrown(ctx, &error)),
    })
}

fn session_object<'js>(ctx: &Ctx<'js>, session: &TlsSession) -> Result<Value<'js>> {
    let object = Object::new(ctx.clone())?;
    object.set("authorized", session.authorization_error.is_none())?;
    object.set("authorizationError", nullable(ctx, session.authorization_error)?)?;
    object.set("alpnProtocol", nullable(ctx, session.alpn_protocol.as_deref())?)?;
    object.set("protocol", session.protocol)?;
    object.set("cipher", session.cipher.as_str())?;
    object.set("peerCertificate", bytes_value(ctx, &session.peer_certificate)?)?;
    Ok(object.into_value())
}

fn nullable<'js>(ctx: &Ctx<'js>, text: Option<&str>) -> Result<Value<'js>> {
    match text {
        None => Ok(Value::new_null(ctx.clone())),
        Some(text) => rquickjs::String::from_str(ctx.clone(), text).map(rquickjs::String::into_value),
    }
}
