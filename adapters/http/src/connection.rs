//! One open connection: plain at first, TLS once that was started.

use crate::error::{of_handshake, of_stream};
use crate::tls::{Tls, server_name};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use runtime_core::ports::network::{Connection, NetworkError, SystemError, TlsOptions, TlsSession};
use rustls::RootCertStore;
use socket2::{SockRef, TcpKeepalive};
use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, watch};
use tokio_rustls::TlsConnector;

/// The most that one read gives.
const READ_BYTES: usize = 64 * 1024;

/// Plain or encrypted bytes.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

type BoxedStream = Box<dyn Stream>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Bytes flow.
    Open,
    /// A handshake has, or is about to have, both halves; whoever waits for one goes on when it is done.
    Upgrading,
    Closed,
}

struct Reading {
    half: ReadHalf<BoxedStream>,
    buffer: BytesMut,
}

/// The halves of a stream; none of them once it is closed. Each has one user at a time, and those who wait have it in turn.
struct Halves {
    reading: Mutex<Option<Reading>>,
    writing: Mutex<Option<WriteHalf<BoxedStream>>>,
}

/// A TCP connection to a checked address.
pub(crate) struct TcpConnection {
    host: String,
    remote: SocketAddr,
    local: SocketAddr,
    /// For the options of the socket; the halves own it.
    socket: Weak<TcpStream>,
    phase: watch::Sender<Phase>,
    halves: Arc<Halves>,
    public: Arc<RootCertStore>,
    runtime: Handle,
}

impl TcpConnection {
    /// Takes over an open stream to `host`.
    pub(crate) fn new(stream: TcpStream, host: String, public: Arc<RootCertStore>) -> io::Result<Self> {
        let (remote, local) = (stream.peer_addr()?, stream.local_addr()?);
        let stream = Arc::new(stream);
        let socket = Arc::downgrade(&stream);
        let (reading, writing) = split(Box::new(Shared(stream)));
        let halves = Arc::new(Halves { reading: Mutex::new(Some(reading)), writing: Mutex::new(Some(writing)) });
        let phase = watch::Sender::new(Phase::Open);
        Ok(Self { host, remote, local, socket, phase, halves, public, runtime: Handle::current() })
    }

    /// Ends once no handshake is under way; whether the connection is still open then.
    async fn is_open(&self) -> bool {
        let settled = self.phase.subscribe().wait_for(|phase| *phase != Phase::Upgrading).await.map(|phase| *phase);
        settled.is_ok_and(|phase| phase == Phase::Open)
    }

    /// Ends once the connection is in another phase than [`Phase::Open`].
    async fn interrupted(&self) {
        // The sender is part of `self`, so it cannot have gone.
        drop(self.phase.subscribe().wait_for(|phase| *phase != Phase::Open).await);
    }

    async fn closed(&self) {
        // As above.
        drop(self.phase.subscribe().wait_for(|phase| *phase == Phase::Closed).await);
    }

    /// Has both halves for as long as it takes, so that what waits for one goes on with TLS.
    async fn handshake(&self, options: &TlsOptions) -> Result<TlsSession, SystemError> {
        let tls = Tls::new(options, &self.public)?;
        let name = server_name(options.server_name.as_deref().unwrap_or(&self.host))?;
        let (mut reading, mut writing) = tokio::join!(self.halves.reading.lock(), self.halves.writing.lock());
        let (Some(read), Some(write)) = (reading.take(), writing.take()) else { return Err(reset("read")) };
        let stream = read.half.unsplit(write);
        let connector = TlsConnector::from(Arc::clone(&tls.config));
        let stream = tokio::select! {
            biased;
            () = self.closed() => return Err(reset("read")),
            connected = connector.connect(name, stream) => connected.map_err(|error| of_handshake(&error))?,
        };
        let session = tls.session(stream.get_ref().1);
        let (read, write) = split(Box::new(stream));
        (*reading, *writing) = (Some(read), Some(write));
        Ok(session)
    }
}

fn split(stream: BoxedStream) -> (Reading, WriteHalf<BoxedStream>) {
    let (half, writing) = tokio::io::split(stream);
    (Reading { half, buffer: BytesMut::new() }, writing)
}

fn reset(syscall: &'static str) -> SystemError {
    SystemError::of_stream(syscall, "ECONNRESET")
}

impl Reading {
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        self.buffer.reserve(READ_BYTES);
        let count = match (&mut self.half).take(READ_BYTES as u64).read_buf(&mut self.buffer).await {
            // Many servers end TLS by ending the connection, and Node takes that as an end.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => 0,
            outcome => outcome?,
        };
        Ok((count > 0).then(|| self.buffer.split().freeze()))
    }
}

#[async_trait]
impl Connection for TcpConnection {
    fn remote_address(&self) -> SocketAddr {
        self.remote
    }

    fn local_address(&self) -> SocketAddr {
        self.local
    }

    async fn read(&self) -> Result<Option<Bytes>, NetworkError> {
        while self.is_open().await {
            let mut reading = self.halves.reading.lock().await;
            let Some(half) = reading.as_mut() else { break };
            tokio::select! {
                biased;
                () = self.interrupted() => {}
                outcome = half.next() => return outcome.map_err(|error| of_stream("read", &error).into()),
            }
        }
        Err(reset("read").into())
    }

    async fn write(&self, bytes: Bytes) -> Result<(), NetworkError> {
        let mut writing = self.halves.writing.lock().await;
        let Some(half) = writing.as_mut() else { return Err(reset("write").into()) };
        let sending = async {
            half.write_all(&bytes).await?;
            half.flush().await
        };
        tokio::select! {
            biased;
            () = self.closed() => Err(reset("write").into()),
            outcome = sending => outcome.map_err(|error| of_stream("write", &error).into()),
        }
    }

    async fn shutdown(&self) -> Result<(), NetworkError> {
        let mut writing = self.halves.writing.lock().await;
        let Some(half) = writing.as_mut() else { return Ok(()) };
        tokio::select! {
            biased;
            () = self.closed() => Ok(()),
            outcome = half.shutdown() => match outcome {
                Err(error) if error.kind() != ErrorKind::NotConnected => Err(of_stream("shutdown", &error).into()),
                _ => Ok(()),
            },
        }
    }

    fn close(&self) {
        self.phase.send_replace(Phase::Closed);
        let halves = Arc::clone(&self.halves);
        // Whoever has a half lets go of it now.
        self.runtime.spawn(async move {
            halves.reading.lock().await.take();
            halves.writing.lock().await.take();
        });
    }

    fn set_no_delay(&self, is_on: bool) {
        if let Some(socket) = self.socket.upgrade() {
            // Only slower where it fails.
            drop(socket.set_nodelay(is_on));
        }
    }

    fn set_keep_alive(&self, interval: Option<Duration>) {
        let Some(socket) = self.socket.upgrade() else { return };
        let socket = SockRef::from(&*socket);
        // Where it fails, a silent other side is noticed later.
        drop(match interval {
            Some(interval) => {
                socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(interval.max(Duration::from_secs(1))))
            }
            None => socket.set_keepalive(false),
        });
    }

    async fn start_tls(&self, options: TlsOptions) -> Result<TlsSession, NetworkError> {
        let was_open = self.phase.send_if_modified(|phase| {
            let is_open = *phase == Phase::Open;
            if is_open {
                *phase = Phase::Upgrading;
            }
            is_open
        });
        if !was_open {
            return Err(reset("read").into());
        }
        match self.handshake(&options).await {
            Ok(session) => {
                let was_closed = !self.phase.send_if_modified(|phase| {
                    let goes_on = *phase == Phase::Upgrading;
                    if goes_on {
                        *phase = Phase::Open;
                    }
                    goes_on
                });
                if was_closed { Err(reset("read").into()) } else { Ok(session) }
            }
            Err(error) => {
                self.close();
                Err(error.into())
            }
        }
    }
}

impl Drop for TcpConnection {
    fn drop(&mut self) {
        // Nobody reads or writes any more, or they would hold the connection: the halves go with it.
        self.phase.send_replace(Phase::Closed);
    }
}

/// A socket of which the options can be set while its halves are in use.
struct Shared(Arc<TcpStream>);

impl AsyncRead for Shared {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.0.poll_read_ready(context))?;
            match self.0.try_read(buffer.initialize_unfilled()) {
                Ok(count) => {
                    buffer.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Shared {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.poll_write_ready(context))?;
            match self.0.try_write(bytes) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                outcome => return Poll::Ready(outcome),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(SockRef::from(&*self.0).shutdown(Shutdown::Write))
    }
}
