//! From what hyper, rustls and the operating system report to the codes and words of Node.

use crate::verdict::{CertificateRefusal, Untrusted};
use hyper_util::client::legacy::Error as SendError;
use runtime_core::host::egress::Refusal;
use runtime_core::ports::http::HttpError;
use runtime_core::ports::network::{NetworkError, SystemError};
use rustls::{CertificateError, OtherError};
use std::error::Error;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error("the egress guard refuses {host}: {refusal}")]
    Refused { refusal: Refusal, host: String },
    #[error("cannot look up {host}: {error}")]
    Lookup { host: String, error: io::Error, is_allowed: bool },
    #[error("cannot connect to {0}: {1}")]
    Connect(SocketAddr, io::Error),
    #[error("cannot use the connection: {0}")]
    Setup(io::Error),
}

impl ConnectError {
    pub(crate) fn refused(refusal: Refusal, host: &str) -> Self {
        Self::Refused { refusal, host: host.to_owned() }
    }

    /// As a package sees it.
    pub(crate) fn to_network_error(&self) -> NetworkError {
        match self {
            Self::Refused { refusal, host } => refused(*refusal, host),
            Self::Lookup { host, error, .. } => {
                // The resolver's own codes are not numbers of the operating system, so only its text tells.
                let temporary = error.to_string().contains("Temporary failure");
                SystemError::of_lookup(if temporary { "EAI_AGAIN" } else { "ENOTFOUND" }, host).into()
            }
            Self::Connect(address, error) => SystemError::of_connect(code_of(error), *address).into(),
            Self::Setup(error) => SystemError::of_stream("connect", code_of(error)).into(),
        }
    }

    /// As `fetch` sees it: the guard of the reference looks names up itself and so speaks first; a name that it lets through
    /// unseen fails in Node's own words.
    fn to_http_error(&self) -> HttpError {
        match self {
            Self::Lookup { is_allowed: false, .. } => {
                HttpError::Refused { message: Refusal::InvalidHostname.message() }
            }
            other => http_error(other.to_network_error()),
        }
    }
}

/// What the guard says to a package.
pub(crate) fn refused(refusal: Refusal, host: &str) -> NetworkError {
    NetworkError::Refused { reason: refusal.message(), explanation: refusal.explained(host) }
}

/// The same error for `fetch`.
pub(crate) fn http_error(error: NetworkError) -> HttpError {
    match error {
        NetworkError::Refused { reason, .. } => HttpError::Refused { message: reason },
        NetworkError::System(SystemError { code, message, .. }) => HttpError::System { code, message },
    }
}

/// What Node would have said instead of `error`, which came up while a request was sent or a response read.
pub(crate) fn to_http_error(error: &(dyn Error + 'static)) -> HttpError {
    match causes(error).find_map(|cause| cause.downcast_ref::<ConnectError>()) {
        Some(connect) => connect.to_http_error(),
        None => http_error(to_network_error(error)),
    }
}

/// The same for a package.
pub(crate) fn to_network_error(error: &(dyn Error + 'static)) -> NetworkError {
    let mut parse_error = false;
    let mut connecting = false;
    let mut last_io = None;
    for cause in causes(error) {
        if let Some(connect) = cause.downcast_ref::<ConnectError>() {
            return connect.to_network_error();
        }
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return of_tls(tls).into();
        }
        connecting |= cause.downcast_ref::<SendError>().is_some_and(SendError::is_connect);
        if let Some(hyper) = cause.downcast_ref::<hyper::Error>() {
            if hyper.is_incomplete_message() || hyper.is_canceled() {
                return hang_up().into();
            }
            parse_error |= hyper.is_parse();
        }
        if let Some(error) = cause.downcast_ref::<io::Error>() {
            last_io = Some(error);
        }
    }
    match last_io {
        Some(error) if error.kind() == ErrorKind::UnexpectedEof && connecting => handshake_broke_off().into(),
        Some(error) if error.kind() != ErrorKind::UnexpectedEof => of_stream("read", error).into(),
        None if parse_error => SystemError::new("HPE_INVALID_CONSTANT", "Parse Error: Expected HTTP/").into(),
        _ => hang_up().into(),
    }
}

/// What node-fetch says of a body that broke off.
pub(crate) fn to_body_error(error: &hyper::Error) -> HttpError {
    match to_http_error(error) {
        HttpError::System { code: "ECONNRESET", .. } => {
            system("ERR_STREAM_PREMATURE_CLOSE", "Premature close".to_owned())
        }
        other => other,
    }
}

/// What went wrong in a handshake.
pub(crate) fn of_handshake(error: &io::Error) -> SystemError {
    match causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        Some(tls) => of_tls(tls),
        None if error.kind() == ErrorKind::UnexpectedEof => handshake_broke_off(),
        None => of_stream("read", error),
    }
}

/// What went wrong on an open connection.
pub(crate) fn of_stream(syscall: &'static str, error: &io::Error) -> SystemError {
    if let Some(tls) = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        return of_tls(tls);
    }
    match code_of(error) {
        "EPIPE" => SystemError::of_stream("write", "EPIPE"),
        code => SystemError::of_stream(syscall, code),
    }
}

fn handshake_broke_off() -> SystemError {
    SystemError::new("ECONNRESET", "Client network socket disconnected before secure TLS connection was established")
}

fn hang_up() -> SystemError {
    SystemError::new("ECONNRESET", "socket hang up")
}

pub(crate) fn system(code: &'static str, message: String) -> HttpError {
    HttpError::System { code, message }
}

/// `error` and what caused it. The error inside an [`io::Error`] counts, which its `source` would skip.
fn causes<'error>(error: &'error (dyn Error + 'static)) -> impl Iterator<Item = &'error (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause: &&'error (dyn Error + 'static)| {
        match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => cause.source(),
        }
    })
}

/// Node's code of an error of the operating system.
fn code_of(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::ConnectionRefused => "ECONNREFUSED",
        ErrorKind::ConnectionAborted => "ECONNABORTED",
        ErrorKind::TimedOut => "ETIMEDOUT",
        ErrorKind::HostUnreachable => "EHOSTUNREACH",
        ErrorKind::NetworkUnreachable => "ENETUNREACH",
        ErrorKind::AddrNotAvailable => "EADDRNOTAVAIL",
        ErrorKind::PermissionDenied => "EACCES",
        ErrorKind::BrokenPipe => "EPIPE",
        _ => "ECONNRESET",
    }
}

fn of_tls(error: &rustls::Error) -> SystemError {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(reason))) => {
            match reason.downcast_ref::<CertificateRefusal>() {
                Some(refusal) => SystemError::new(refusal.0.code(), refusal.0.message()),
                None => SystemError::new("EPROTO", format!("write EPROTO {error}")),
            }
        }
        rustls::Error::InvalidCertificate(reason) => {
            let untrusted = Untrusted::of(reason);
            SystemError::new(untrusted.code(), untrusted.message())
        }
        _ => SystemError { syscall: Some("write"), ..SystemError::new("EPROTO", format!("write EPROTO {error}")) },
    }
}
