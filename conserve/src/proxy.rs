//! A proxy between a function and the emulator: it throttles, loses replies after the write, and stops everything at the point
//! where the function is to be killed.

mod calls;
mod forward;
mod meddling;

pub use calls::{Blobs, Call};
pub use meddling::Meddling;

use crate::files::{Fault, FaultKind, Lines, Reach};
use crate::random::Random;
use crate::server::serve;
use bytes::Bytes;
use forward::{Forwarder, Reply, down, throttled};
use http::Request;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::future::pending;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// What a proxy breaks by chance.
#[derive(Debug, Clone)]
pub struct Chances {
    /// So many of 1,000 calls of DynamoDB and SQS are throttled.
    pub throttles_per_mille: u64,
    /// So many of 1,000 writes lose their reply.
    pub cuts_per_mille: u64,
    /// Chooses which.
    pub random: Random,
}

impl Chances {
    /// Nothing breaks.
    #[must_use]
    pub fn calm() -> Self {
        Self { throttles_per_mille: 0, cuts_per_mille: 0, random: Random::new(0, "") }
    }
}

/// Where a function is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KillPoint {
    /// At the how-manieth call from now on, counted from 1.
    pub call: u64,
    /// Whether the call is still done.
    pub moment: Moment,
}

/// Before or after a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The call never reaches the emulator.
    Before,
    /// The call is done, and the function never hears of it.
    After,
}

/// What all proxies of a run share.
#[derive(Debug)]
pub struct Shared {
    /// Where faults are noted.
    pub faults: Lines,
    /// What is in blobs that went by.
    pub blobs: Blobs,
    /// What is changed in requests.
    pub meddling: Meddling,
    queue_down: Mutex<Option<&'static str>>,
}

impl Shared {
    /// Notes faults there, and breaks nothing yet.
    #[must_use]
    pub fn new(faults: Lines, meddling: Meddling) -> Self {
        Self { faults, blobs: Blobs::default(), meddling, queue_down: Mutex::default() }
    }

    /// Lets the calls of that queue fail, or of none any more.
    ///
    /// # Errors
    /// When it cannot be noted.
    pub fn take_down(&self, queue: Option<&'static str>) -> io::Result<()> {
        *lock(&self.queue_down) = queue;
        match queue {
            Some(_) => self.faults.add(&Fault { fault: FaultKind::Outage, reach: Reach::Nothing }),
            None => Ok(()),
        }
    }

    fn is_down(&self, call: &Call, body: &[u8]) -> bool {
        lock(&self.queue_down).is_some_and(|queue| call.is_of_queue(queue, body))
    }
}

/// A running proxy; it ends with this value.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    forwarder: Forwarder,
    shared: Arc<Shared>,
    chances: Mutex<Chances>,
    kill: Mutex<Option<KillPoint>>,
    reached: Notify,
}

impl Proxy {
    /// Starts a proxy in front of `upstream` (`http://127.0.0.1:4566`).
    ///
    /// # Errors
    /// What the operating system says.
    pub async fn start(upstream: &str, chances: Chances, shared: Arc<Shared>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            forwarder: Forwarder::new(upstream),
            shared,
            chances: Mutex::new(chances),
            kill: Mutex::default(),
            reached: Notify::new(),
        });
        let answering = Arc::clone(&state);
        let server = tokio::spawn(serve(listener, move |request| Arc::clone(&answering).answer(request)));
        Ok(Self { address, state, server })
    }

    /// Its address, for `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sets the point of the next kill, or none.
    pub fn arm(&self, point: Option<KillPoint>) {
        *lock(&self.state.kill) = point;
    }

    /// Waits until the point is reached. From then on the proxy answers nothing.
    pub async fn reached(&self) {
        self.state.reached.notified().await;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl State {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Reply, io::Error> {
        let (head, body) = request.into_parts();
        let body: Bytes = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let call = Call::read(&head);
        let kill = self.countdown();
        if kill == Some(Moment::Before) {
            return self.stop().await;
        }
        if kill.is_none() && call.can_be_throttled() && self.has_chance(|chances| chances.throttles_per_mille) {
            self.note(FaultKind::Throttle, Reach::Nothing)?;
            return Ok(throttled(&call));
        }
        if kill.is_none() && self.shared.is_down(&call, &body) {
            return Ok(down());
        }
        self.shared.blobs.note(&call, &body);
        let is_write = call.is_write();
        let reach = call.reach(&body, &self.shared.blobs);
        let meddling = &self.shared.meddling;
        if let Some(reply) = meddling.pretended(&call, &body) {
            return Ok(reply);
        }
        let body = meddling.changed(&call, body);
        if meddling.repeats(&call) {
            self.forwarder.forward(&head, body.clone()).await.map_err(io::Error::other)?;
        }
        let reply = self.forwarder.forward(&head, body).await.map_err(io::Error::other)?;
        if kill == Some(Moment::After) {
            return self.stop().await;
        }
        if is_write && reply.status().is_success() && self.has_chance(|chances| chances.cuts_per_mille) {
            self.note(FaultKind::Cut, reach)?;
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(reply)
    }

    /// Counts a call; whether it is the one to kill at.
    fn countdown(&self) -> Option<Moment> {
        let mut kill = lock(&self.kill);
        let point = kill.as_mut()?;
        point.call = point.call.saturating_sub(1);
        (point.call == 0).then_some(point.moment)
    }

    /// Tells that the point is reached, and answers nothing any more.
    async fn stop(&self) -> Result<Reply, io::Error> {
        self.reached.notify_one();
        pending().await
    }

    fn has_chance(&self, per_mille: fn(&Chances) -> u64) -> bool {
        let mut chances = lock(&self.chances);
        let per_mille = per_mille(&chances);
        chances.random.chance(per_mille)
    }

    fn note(&self, fault: FaultKind, reach: Reach) -> io::Result<()> {
        self.shared.faults.add(&Fault { fault, reach })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
