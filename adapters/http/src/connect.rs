//! Opening a connection: resolve once, check every address, connect to a checked one.

use crate::error::ConnectError;
use crate::resolve::Resolve;
use http::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use runtime_core::host::egress::{EgressRules, Refusal};
use runtime_core::ports::network::Family;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tower_service::Service;
use url::Host;

/// Makes connections under one policy.
#[derive(Clone)]
pub(crate) struct GuardedConnector {
    pub(crate) rules: Arc<EgressRules>,
    pub(crate) resolver: Arc<dyn Resolve>,
}

impl Service<Uri> for GuardedConnector {
    type Response = TokioIo<GuardedStream>;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, ConnectError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move { connector.connect(&uri).await })
    }
}

impl GuardedConnector {
    async fn connect(&self, uri: &Uri) -> Result<TokioIo<GuardedStream>, ConnectError> {
        let host = uri
            .host()
            .and_then(|host| Host::parse(host).ok())
            .ok_or_else(|| ConnectError::refused(Refusal::NoHostname, uri.host().unwrap_or_default()))?;
        let default_port = if uri.scheme_str() == Some("https") { 443 } else { 80 };
        let port = uri.port_u16().unwrap_or(default_port);
        let stream = self.open(&host, port, Family::Any).await?;
        let reused = Reused::default();
        let remote = Remote(stream.peer_addr().map_err(ConnectError::Setup)?);
        Ok(TokioIo::new(GuardedStream { stream, reused, remote }))
    }

    /// Connects to an address of `host`, all of which were checked.
    pub(crate) async fn open(&self, host: &Host<String>, port: u16, family: Family) -> Result<TcpStream, ConnectError> {
        let addresses = self.checked_addresses(host, port, family).await?;
        let stream = connect_to_any(&addresses).await?;
        // What is written is written whole; waiting to fill a segment only delays it.
        stream.set_nodelay(true).map_err(ConnectError::Setup)?;
        Ok(stream)
    }

    /// The addresses of `host` in a family; at least one. One address that is refused refuses the host, as in the reference, of
    /// whatever family it is.
    pub(crate) async fn checked_addresses(
        &self,
        host: &Host<String>,
        port: u16,
        family: Family,
    ) -> Result<Vec<SocketAddr>, ConnectError> {
        let refused = |refusal| ConnectError::refused(refusal, &host.to_string());
        self.rules.check_host(host, port).map_err(refused)?;
        let addresses = match host {
            Host::Ipv4(address) => vec![IpAddr::V4(*address)],
            Host::Ipv6(address) => vec![IpAddr::V6(*address)],
            Host::Domain(name) => self.resolved(host, name).await?,
        };
        let addresses: Vec<_> = addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect();
        for address in &addresses {
            self.rules.check_address(host, *address).map_err(refused)?;
        }
        let wanted: Vec<_> = addresses.into_iter().filter(|address| family.holds(address.ip())).collect();
        if wanted.is_empty() { Err(self.no_address(host, io::Error::other("no such address"))) } else { Ok(wanted) }
    }

    async fn resolved(&self, host: &Host<String>, name: &str) -> Result<Vec<IpAddr>, ConnectError> {
        match self.resolver.resolve(name).await {
            Ok(addresses) if !addresses.is_empty() => Ok(addresses),
            Ok(_) => Err(self.no_address(host, io::Error::other("the name has no address"))),
            Err(error) => Err(self.no_address(host, error)),
        }
    }

    fn no_address(&self, host: &Host<String>, error: io::Error) -> ConnectError {
        ConnectError::Lookup { host: host.to_string(), error, is_allowed: self.rules.allows_host(host) }
    }
}

/// Tries the addresses in order; the error is that of the first, as it is the one that a name usually stands for.
async fn connect_to_any(addresses: &[SocketAddr]) -> Result<TcpStream, ConnectError> {
    let mut first_error = None;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => _ = first_error.get_or_insert(ConnectError::Connect(*address, error)),
        }
    }
    Err(first_error.expect("there is at least one address"))
}

/// Whether a connection has answered a request before. Found again on the errors of that connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reused(Arc<AtomicBool>);

impl Reused {
    pub(crate) fn mark(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_marked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Where a connection leads. Found again on the responses of that connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Remote(pub(crate) SocketAddr);

/// A connection to a checked address.
pub(crate) struct GuardedStream {
    stream: TcpStream,
    reused: Reused,
    remote: Remote,
}

impl Connection for GuardedStream {
    fn connected(&self) -> Connected {
        Connected::new().extra(self.reused.clone()).extra(self.remote)
    }
}
impl AsyncRead for GuardedStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for GuardedStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
