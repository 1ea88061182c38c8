//! The client: one exchange under one policy.

use crate::connect::{GuardedConnector, Remote, Reused};
use crate::error::{refused, system, to_body_error, to_http_error, to_network_error};
use crate::pools::{Pool, PoolKey, Pools, TlsOfPool};
use crate::request::{OutgoingRequest, latin1_text, streaming, to_hyper};
use crate::resolve::{Resolve, SystemResolver};
use crate::tls::{Tls, public_authorities, server_name};
use async_trait::async_trait;
use futures_util::stream::StreamExt;
use http::{Extensions, Response};
use http_body_util::BodyDataStream;
use hyper::body::Incoming;
use hyper::ext::ReasonPhrase;
use hyper_util::client::legacy::Error as SendError;
use runtime_core::host::egress::{EgressRules, Endpoint};
use runtime_core::ports::clock::Clock;
use runtime_core::ports::http::{HttpClient, HttpError, HttpRequest, HttpResponse, PackageRequest};
use runtime_core::ports::network::{NetworkError, SystemError, TlsOptions};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use std::sync::Arc;

/// What a client, and the network beside it, is made of.
#[derive(Clone)]
pub struct HttpOptions {
    /// The time of day, for dropping connections that were idle for long.
    pub clock: Arc<dyn Clock>,
    /// From names to addresses.
    pub resolver: Arc<dyn Resolve>,
    /// Hosts and ports that no policy opens, beside 127.0.0.1:9001 and the metadata addresses, which are always closed.
    pub never: Vec<Endpoint>,
    /// Certificates trusted beside the public ones.
    pub extra_roots: Vec<CertificateDer<'static>>,
}

impl HttpOptions {
    /// The operating system's resolver and the public certificates only.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, resolver: Arc::new(SystemResolver), never: Vec::new(), extra_roots: Vec::new() }
    }
}

/// An [`HttpClient`] over hyper. Needs a running tokio runtime.
pub struct HyperClient {
    clock: Arc<dyn Clock>,
    resolver: Arc<dyn Resolve>,
    never: Vec<Endpoint>,
    public: Arc<RootCertStore>,
    pools: Pools,
}

impl HyperClient {
    /// Makes a client; opens no connection.
    ///
    /// # Errors
    ///
    /// An extra root certificate that is none.
    pub fn new(options: HttpOptions) -> Result<Self, rustls::Error> {
        Ok(Self {
            clock: options.clock,
            resolver: options.resolver,
            never: options.never,
            public: public_authorities(&options.extra_roots)?,
            pools: Pools::default(),
        })
    }

    fn pool_of(&self, request: &HttpRequest, tls: Option<&Arc<TlsOptions>>) -> Result<Pool, SystemError> {
        let now = self.clock.now();
        let key = PoolKey { policy: Arc::clone(&request.policy), tls: tls.cloned() };
        self.pools.of(key, now, |key| {
            let rules = EgressRules::new(&key.policy)
                .map_err(|error| SystemError::new("EINVAL", format!("the egress policy is not valid: {error}")))?
                .with_never(&self.never);
            let connector = GuardedConnector { rules: Arc::new(rules), resolver: Arc::clone(&self.resolver) };
            let options = key.tls.as_deref().cloned().unwrap_or_default();
            let name = options.server_name.as_deref().map(server_name).transpose()?;
            let config = Tls::new(&options, &self.public)?.config;
            Ok(Pool::new(key, connector, TlsOfPool { config, name }, now))
        })
    }

    async fn respond(pool: &Pool, outgoing: OutgoingRequest) -> Result<HttpResponse, SendError> {
        let response = match copy_of(&outgoing) {
            Some(copy) => match pool.client.request(outgoing).await {
                Err(error) if may_send_again(&copy, &error) => pool.client.request(copy).await,
                outcome => outcome,
            },
            None => pool.client.request(outgoing).await,
        };
        response.map(to_port)
    }
}

/// The same request again, unless its body cannot be had twice.
fn copy_of(request: &OutgoingRequest) -> Option<OutgoingRequest> {
    let body = request.body().copy()?;
    let mut copy = OutgoingRequest::new(body);
    copy.method_mut().clone_from(request.method());
    copy.uri_mut().clone_from(request.uri());
    copy.headers_mut().clone_from(request.headers());
    Some(copy)
}

#[async_trait]
impl HttpClient for HyperClient {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let pool = self.pool_of(&request, None).map_err(|error| system(error.code, error.message))?;
        pool.rules.check_url(&request.url).map_err(|refusal| HttpError::Refused { message: refusal.message() })?;
        Self::respond(&pool, to_hyper(&request)?).await.map_err(|error| to_http_error(&error))
    }

    async fn exchange(&self, exchange: PackageRequest) -> Result<HttpResponse, NetworkError> {
        let pool = self.pool_of(&exchange.request, exchange.tls.as_ref())?;
        let url = &exchange.request.url;
        let host = url.host_str().unwrap_or_default();
        pool.rules.check_url(url).map_err(|refusal| refused(refusal, host))?;
        Self::respond(&pool, streaming(exchange)?).await.map_err(|error| to_network_error(&error))
    }
}

/// Whether the other side closed a connection that had been kept, just as it was used again, and the request is one that may
/// arrive twice. Node, which keeps no connection, never meets this; a POST that does fails with `socket hang up`.
fn may_send_again(request: &OutgoingRequest, error: &SendError) -> bool {
    let mut extras = Extensions::new();
    if let Some(connection) = error.connect_info() {
        connection.get_extras(&mut extras);
    }
    request.method().is_idempotent() && extras.get::<Reused>().is_some_and(Reused::is_marked)
}

fn to_port(response: Response<Incoming>) -> HttpResponse {
    let (head, body) = response.into_parts();
    if let Some(reused) = head.extensions.get::<Reused>() {
        reused.mark();
    }
    let status_text = match head.extensions.get::<ReasonPhrase>() {
        Some(reason) => reason.as_bytes().iter().copied().map(char::from).collect(),
        None => head.status.canonical_reason().unwrap_or_default().to_owned(),
    };
    let headers = head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), latin1_text(value))).collect();
    let body = BodyDataStream::new(body).map(|chunk| chunk.map_err(|error| to_body_error(&error))).boxed();
    let remote_address = head.extensions.get::<Remote>().map(|remote| remote.0);
    HttpResponse { status: head.status.as_u16(), status_text, headers, body, remote_address }
}
