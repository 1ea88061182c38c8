//! From what hyper, rustls and the operating system report to the codes and words of Node.

use hyper_util::client::legacy::Error as SendError;
use runtime_core::host::egress::Refusal;
use runtime_core::ports::http::HttpError;
use rustls::CertificateError;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error("the egress guard refuses: {0}")]
    Refused(#[from] Refusal),
    #[error("cannot look up {0}: {1}")]
    Lookup(String, io::Error),
    #[error("cannot connect to {0}: {1}")]
    Connect(SocketAddr, io::Error),
}

impl ConnectError {
    fn to_http_error(&self) -> HttpError {
        match self {
            Self::Refused(refusal) => HttpError::Refused { message: refusal.message() },
            Self::Lookup(host, error) => {
                // The resolver's own codes are not numbers of the operating system, so only its text tells.
                let temporary = error.to_string().contains("Temporary failure");
                let code = if temporary { "EAI_AGAIN" } else { "ENOTFOUND" };
                system(code, format!("getaddrinfo {code} {host}"))
            }
            Self::Connect(address, error) => {
                let code = code_of(error);
                // Node writes an IPv6 address without brackets.
                system(code, format!("connect {code} {}:{}", address.ip(), address.port()))
            }
        }
    }
}

/// What Node would have said instead of `error`, which came up while a request was sent or a response read.
pub(crate) fn to_http_error(error: &(dyn Error + 'static)) -> HttpError {
    let mut parse_error = false;
    let mut connecting = false;
    let mut last_io = None;
    for cause in causes(error) {
        if let Some(connect) = cause.downcast_ref::<ConnectError>() {
            return connect.to_http_error();
        }
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return of_tls(tls);
        }
        connecting |= cause.downcast_ref::<SendError>().is_some_and(SendError::is_connect);
        if let Some(hyper) = cause.downcast_ref::<hyper::Error>() {
            if hyper.is_incomplete_message() || hyper.is_canceled() {
                return hang_up();
            }
            parse_error |= hyper.is_parse();
        }
        if let Some(error) = cause.downcast_ref::<io::Error>() {
            last_io = Some(error);
        }
    }
    match last_io {
        Some(error) if error.kind() == ErrorKind::UnexpectedEof && connecting => system(
            "ECONNRESET",
            "Client network socket disconnected before secure TLS connection was established".to_owned(),
        ),
        Some(error) if error.kind() != ErrorKind::UnexpectedEof => of_io(error),
        None if parse_error => system("HPE_INVALID_CONSTANT", "Parse Error: Expected HTTP/".to_owned()),
        _ => hang_up(),
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

fn hang_up() -> HttpError {
    system("ECONNRESET", "socket hang up".to_owned())
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

fn of_io(error: &io::Error) -> HttpError {
    match code_of(error) {
        "EPIPE" => system("EPIPE", "write EPIPE".to_owned()),
        code => system(code, format!("read {code}")),
    }
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

fn of_tls(error: &rustls::Error) -> HttpError {
    let (code, message) = match error {
        rustls::Error::InvalidCertificate(reason) => of_certificate(reason),
        _ => return system("EPROTO", format!("write EPROTO {error}")),
    };
    system(code, message.to_owned())
}

fn of_certificate(reason: &CertificateError) -> (&'static str, &'static str) {
    match reason {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            ("CERT_HAS_EXPIRED", "certificate has expired")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ("CERT_NOT_YET_VALID", "certificate is not yet valid")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            ("ERR_TLS_CERT_ALTNAME_INVALID", "Hostname/IP does not match certificate's altnames")
        }
        CertificateError::Revoked => ("CERT_REVOKED", "certificate revoked"),
        CertificateError::BadSignature => ("CERT_SIGNATURE_FAILURE", "certificate signature failure"),
        _ => ("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate"),
    }
}
