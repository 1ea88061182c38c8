//! The client: one exchange under one policy.

use crate::connect::{GuardedConnector, Reused};
use crate::error::{system, to_body_error, to_http_error};
use crate::pools::{Pool, Pools};
use crate::request::{OutgoingRequest, latin1_text, to_hyper};
use crate::resolve::{Resolve, SystemResolver};
use async_trait::async_trait;
use futures_util::stream::StreamExt;
use http::{Extensions, Response};
use http_body_util::BodyDataStream;
use hyper::body::Incoming;
use hyper::ext::ReasonPhrase;
use hyper_util::client::legacy::Error as SendError;
use runtime_core::host::egress::{EgressRules, Endpoint};
use runtime_core::ports::clock::Clock;
use runtime_core::ports::http::{HttpClient, HttpError, HttpRequest, HttpResponse};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;

/// What a client is made of.
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
    tls: Arc<ClientConfig>,
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
            tls: Arc::new(tls_config(options.extra_roots)?),
            pools: Pools::default(),
        })
    }

    fn pool_of(&self, request: &HttpRequest) -> Result<Pool, HttpError> {
        let now = self.clock.now();
        self.pools.of(&request.policy, now, || {
            let rules = EgressRules::new(&request.policy)
                .map_err(|error| system("EINVAL", format!("the egress policy is not valid: {error}")))?
                .with_never(&self.never);
            let connector = GuardedConnector { rules: Arc::new(rules), resolver: Arc::clone(&self.resolver) };
            Ok(Pool::new(connector, Arc::clone(&self.tls), now))
        })
    }
}

#[async_trait]
impl HttpClient for HyperClient {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let pool = self.pool_of(&request)?;
        pool.rules.check_url(&request.url).map_err(|refusal| HttpError::Refused { message: refusal.message() })?;
        let outgoing = to_hyper(&request)?;
        let response = match pool.client.request(outgoing.clone()).await {
            Err(error) if may_send_again(&outgoing, &error) => pool.client.request(outgoing).await,
            outcome => outcome,
        };
        response.map(to_port).map_err(|error| to_http_error(&error))
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
    HttpResponse { status: head.status.as_u16(), status_text, headers, body }
}

fn tls_config(extra_roots: Vec<CertificateDer<'static>>) -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in extra_roots {
        roots.add(certificate)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
