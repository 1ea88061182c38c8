//! One HTTP exchange. Redirects, time-outs, sizes and decoding belong to the caller (`host/`), as node-fetch has them.

use super::network::{NetworkError, SystemError, TlsOptions};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use std::net::SocketAddr;
use std::sync::Arc;
use url::Url;

/// Which addresses beyond public unicast ones an installation may reach.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct EgressPolicy {
    /// Host names (exact, lower case) or literal addresses that are allowed although they are private.
    pub allowed_hosts: Vec<String>,
    /// Address ranges that are allowed although they are private, as `address/prefix`.
    pub allowed_networks: Vec<String>,
    /// The only hosts that may be reached at all: exact names, literal addresses, or `*.example.com` for every name below one.
    /// `None` restricts nothing. A private host must be allowed as well.
    pub only_hosts: Option<Vec<String>>,
}

/// A request, ready to send.
#[derive(Debug, Clone)]
pub struct HttpRequest {
    /// In the case to be sent.
    pub method: String,
    /// Absolute, http or https.
    pub url: Url,
    /// In order; a name may repeat, and its case may change on the way. Values are Latin-1 text.
    pub headers: Vec<(String, String)>,
    /// The whole body; `None` sends none.
    pub body: Option<Bytes>,
    /// What may be reached.
    pub policy: Arc<EgressPolicy>,
}

/// The head of a response, and its body as it comes in.
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// The reason phrase as received, or the standard one of the status.
    pub status_text: String,
    /// In order, names in any case, values as Latin-1 text.
    pub headers: Vec<(String, String)>,
    /// The body, not decoded.
    pub body: BoxStream<'static, Result<Bytes, HttpError>>,
    /// Who answered; `None` where nobody did, as in a test.
    pub remote_address: Option<SocketAddr>,
}

/// A request of a package: its body may come piece by piece, its target is sent as it is, and it may bring its own TLS.
pub struct PackageRequest {
    /// Everything else; [`HttpRequest::body`] is not looked at.
    pub request: HttpRequest,
    /// The request target as it is sent, which a URL would change: `/a/../b`.
    pub target: String,
    /// The body as it comes; `None` sends none. It is framed by the `content-length` among the headers, or else chunked.
    pub body: Option<BoxStream<'static, Bytes>>,
    /// How TLS is spoken; `None` trusts the public authorities. Connections made under some options are not used under others.
    pub tls: Option<Arc<TlsOptions>>,
}

/// Why there is no response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The egress guard refused it; the message is one of behaviour.md b.8.
    #[error("{message}")]
    Refused {
        /// `Internal hostname`, `Invalid hostname`, ...
        message: &'static str,
    },
    /// The network said no; `code` is Node's (`ECONNREFUSED`, `ENOTFOUND`, `ECONNRESET`, `EPROTO`, ...).
    #[error("{message}")]
    System {
        /// Node's code.
        code: &'static str,
        /// In Node's words: `connect ECONNREFUSED 127.0.0.1:1`.
        message: String,
    },
}

/// An HTTP client.
///
/// Guarantees: the host is resolved once and the connection goes to an address that was checked against the policy; a refused
/// request opens no connection; a connection made under one policy is never used under another; the time it takes is
/// unbounded, callers bound it by dropping the future, which closes the connection.
#[async_trait]
pub trait HttpClient: Send + Sync {
    /// Sends the request and waits for the head of its response.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError>;

    /// The same for a package, which gets errors as Node has them.
    ///
    /// By default a request without TLS options of its own whose body is collected first, which is right for what stands for a
    /// network in tests.
    async fn exchange(&self, exchange: PackageRequest) -> Result<HttpResponse, NetworkError> {
        let PackageRequest { mut request, body, .. } = exchange;
        request.body = match body {
            None => None,
            Some(mut chunks) => {
                let mut whole = BytesMut::new();
                while let Some(chunk) = chunks.next().await {
                    whole.extend_from_slice(&chunk);
                }
                Some(whole.freeze())
            }
        };
        self.send(request).await.map_err(|error| match error {
            HttpError::Refused { message } => {
                NetworkError::Refused { reason: message, explanation: message.to_owned() }
            }
            HttpError::System { code, message } => SystemError::new(code, message).into(),
        })
    }
}
