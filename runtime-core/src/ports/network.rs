//! Sockets for packages: look-ups, TCP connections, and TLS on one that is open.
//!
//! Apps have none of this (behaviour.md a.3); the npm packages that they import do.

use super::http::EgressPolicy;
use async_trait::async_trait;
use bytes::Bytes;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Which addresses of a name are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Family {
    /// All of them.
    #[default]
    Any,
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
}

impl Family {
    /// Whether an address is of this family.
    #[must_use]
    pub fn holds(self, address: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::V4 => address.is_ipv4(),
            Self::V6 => address.is_ipv6(),
        }
    }
}

/// A host to look up or to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// A name or a literal address, an IPv6 one with or without brackets.
    pub host: String,
    /// The port; without meaning for a look-up.
    pub port: u16,
    /// Which of its addresses.
    pub family: Family,
    /// What may be reached.
    pub policy: Arc<EgressPolicy>,
}

/// What becomes of a certificate that does not verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Verification {
    /// The connection fails: Node's `rejectUnauthorized: true`.
    #[default]
    Required,
    /// The connection goes on and [`TlsSession::authorization_error`] tells: Node's `rejectUnauthorized: false`.
    Reported,
}

/// Who compares the name of the server with its certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum NameCheck {
    /// The verification does.
    #[default]
    Verified,
    /// The caller does, with the certificate that it is given.
    LeftToCaller,
}

/// How TLS is spoken, as Node's `tls.connect` has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct TlsOptions {
    /// The name for SNI and for the certificate; `None` is the host of the connection.
    pub server_name: Option<String>,
    /// PEM texts of the only authorities that are trusted; `None` trusts the public ones.
    pub authorities: Option<Vec<String>>,
    /// PEM text of the client's own certificate and its chain; needs [`TlsOptions::key`].
    pub certificate: Option<String>,
    /// PEM text of the private key to it.
    pub key: Option<String>,
    /// What becomes of a certificate that does not verify.
    pub verification: Verification,
    /// Who checks the name.
    pub name_check: NameCheck,
    /// The protocols that are offered, the preferred one first.
    pub alpn_protocols: Vec<String>,
}

/// What a handshake came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsSession {
    /// Node's code of what is wrong with the certificate; `None` if it was verified.
    pub authorization_error: Option<&'static str>,
    /// The protocol that was agreed on.
    pub alpn_protocol: Option<String>,
    /// `TLSv1.2` or `TLSv1.3`.
    pub protocol: &'static str,
    /// The cipher suite by the name that OpenSSL gives it.
    pub cipher: String,
    /// The server's own certificate, in DER.
    pub peer_certificate: Vec<u8>,
}

/// An error of the network, with what Node's errors carry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SystemError {
    /// Node's code: `ECONNREFUSED`, `ENOTFOUND`, `DEPTH_ZERO_SELF_SIGNED_CERT`, ...
    pub code: &'static str,
    /// In Node's words: `connect ECONNREFUSED 127.0.0.1:1`.
    pub message: String,
    /// What was tried: `connect`, `read`, `write`, `getaddrinfo`.
    pub syscall: Option<&'static str>,
    /// The name that was looked up.
    pub hostname: Option<String>,
    /// What could not be connected to.
    pub address: Option<SocketAddr>,
}

impl SystemError {
    /// An error that has only a code and a message.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), syscall: None, hostname: None, address: None }
    }

    /// An error of a look-up: `getaddrinfo ENOTFOUND host`.
    #[must_use]
    pub fn of_lookup(code: &'static str, hostname: &str) -> Self {
        let message = format!("getaddrinfo {code} {hostname}");
        Self { syscall: Some("getaddrinfo"), hostname: Some(hostname.to_owned()), ..Self::new(code, message) }
    }

    /// An error of a connection attempt: `connect ECONNREFUSED 127.0.0.1:1`. Node writes an IPv6 address without brackets.
    #[must_use]
    pub fn of_connect(code: &'static str, address: SocketAddr) -> Self {
        let message = format!("connect {code} {}:{}", address.ip(), address.port());
        Self { syscall: Some("connect"), address: Some(address), ..Self::new(code, message) }
    }

    /// An error of an open connection: `read ECONNRESET`, `write EPIPE`.
    #[must_use]
    pub fn of_stream(syscall: &'static str, code: &'static str) -> Self {
        Self { syscall: Some(syscall), ..Self::new(code, format!("{syscall} {code}")) }
    }
}

/// Why the network did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// The egress guard refused it.
    #[error("{explanation}")]
    Refused {
        /// The guard's words of behaviour.md b.8: `Internal hostname`, ...
        reason: &'static str,
        /// The same with the host, and what to do.
        explanation: String,
    },
    /// The network said no.
    #[error(transparent)]
    System(#[from] SystemError),
}

/// The code of an error that the egress guard makes of a socket or a package's request.
pub const REFUSED_CODE: &str = "ERR_EGRESS_REFUSED";

/// One connection. Dropping it closes it.
///
/// Reads come one at a time. Writes that were begun in an order arrive in that order, also where several wait. A read that waits
/// while TLS is started goes on over TLS.
#[async_trait]
pub trait Connection: Send + Sync {
    /// The checked address that it leads to.
    fn remote_address(&self) -> SocketAddr;

    /// This end.
    fn local_address(&self) -> SocketAddr;

    /// What has come in, at most 64 KiB; `None` once the other side has ended.
    async fn read(&self) -> Result<Option<Bytes>, NetworkError>;

    /// Hands bytes to the operating system.
    async fn write(&self, bytes: Bytes) -> Result<(), NetworkError>;

    /// Tells the other side, after what was written before, that no more will come.
    async fn shutdown(&self) -> Result<(), NetworkError>;

    /// Ends the connection at once; whatever waits on it fails with `ECONNRESET`.
    fn close(&self);

    /// Whether small writes are sent at once (Node's `setNoDelay`).
    fn set_no_delay(&self, is_on: bool);

    /// Probes a silent other side every `interval`; `None` does not (Node's `setKeepAlive`).
    fn set_keep_alive(&self, interval: Option<Duration>);

    /// From now on speaks TLS, as a client. A connection whose handshake failed is closed.
    async fn start_tls(&self, options: TlsOptions) -> Result<TlsSession, NetworkError>;
}

/// Look-ups and connections under a policy.
///
/// Guarantees: a name is resolved once and the connection goes to an address that was checked; one address of a name that the
/// policy does not allow refuses the name; what is refused opens no connection, and a host that the policy rules out by its name
/// is not even looked up; the time it takes is unbounded.
#[async_trait]
pub trait Network: Send + Sync {
    /// The addresses of a host, in the order in which they are to be tried; at least one.
    async fn lookup(&self, target: Target) -> Result<Vec<IpAddr>, NetworkError>;

    /// Opens a TCP connection.
    async fn connect(&self, target: Target) -> Result<Arc<dyn Connection>, NetworkError>;
}

/// The network of a place where packages may not open sockets, because nothing stands for the other side: tests of apps.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSockets;

impl NoSockets {
    fn error(syscall: &'static str, target: &Target) -> NetworkError {
        let message = format!(
            "{syscall} ENETUNREACH {}:{} - sockets are not mocked, only HTTP requests are: run the app against a server of your own",
            target.host, target.port
        );
        SystemError { syscall: Some(syscall), ..SystemError::new("ENETUNREACH", message) }.into()
    }
}

#[async_trait]
impl Network for NoSockets {
    async fn lookup(&self, target: Target) -> Result<Vec<IpAddr>, NetworkError> {
        Err(Self::error("getaddrinfo", &target))
    }

    async fn connect(&self, target: Target) -> Result<Arc<dyn Connection>, NetworkError> {
        Err(Self::error("connect", &target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn where_sockets_are_not_mocked_the_error_says_so() {
        let target = Target { host: "db.test".into(), port: 5432, family: Family::Any, policy: Arc::default() };
        let Err(NetworkError::System(error)) = NoSockets.connect(target).await else { panic!("it connected") };
        assert_eq!((error.code, error.syscall), ("ENETUNREACH", Some("connect")));
        let expected = "connect ENETUNREACH db.test:5432 - sockets are not mocked, only HTTP requests are: ";
        assert!(error.message.starts_with(expected), "{}", error.message);
    }

    #[test]
    fn node_writes_an_ipv6_address_without_brackets() {
        let error = SystemError::of_connect("ECONNREFUSED", "[::1]:80".parse().unwrap());
        assert_eq!(error.to_string(), "connect ECONNREFUSED ::1:80");
    }
}
