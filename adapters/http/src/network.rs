//! The network port over tokio, under the same guard as HTTP.

use crate::client::HttpOptions;
use crate::connect::GuardedConnector;
use crate::connection::TcpConnection;
use crate::error::{ConnectError, refused};
use crate::resolve::Resolve;
use crate::tls::public_authorities;
use async_trait::async_trait;
use runtime_core::host::egress::{EgressRules, Endpoint, Refusal, parse_host};
use runtime_core::ports::http::EgressPolicy;
use runtime_core::ports::network::{Connection, Network, NetworkError, SystemError, Target};
use rustls::RootCertStore;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use url::Host;

/// Sockets for packages. Needs a running tokio runtime.
pub struct GuardedNetwork {
    resolver: Arc<dyn Resolve>,
    never: Vec<Endpoint>,
    public: Arc<RootCertStore>,
}

impl GuardedNetwork {
    /// Opens no connection.
    ///
    /// # Errors
    ///
    /// An extra root certificate that is none.
    pub fn new(options: HttpOptions) -> Result<Self, rustls::Error> {
        let public = public_authorities(&options.extra_roots)?;
        Ok(Self { resolver: options.resolver, never: options.never, public })
    }

    fn guard(&self, policy: &Arc<EgressPolicy>) -> Result<GuardedConnector, NetworkError> {
        let rules = EgressRules::new(policy)
            .map_err(|error| SystemError::new("EINVAL", format!("the egress policy is not valid: {error}")))?
            .with_never(&self.never);
        Ok(GuardedConnector { rules: Arc::new(rules), resolver: Arc::clone(&self.resolver) })
    }
}

/// A name that is no host leads nowhere, as in Node.
fn host_of(target: &Target) -> Result<Host<String>, NetworkError> {
    match parse_host(&target.host) {
        Some(Host::Domain(name)) if name.is_empty() => Err(refused(Refusal::NoHostname, &target.host)),
        Some(host) => Ok(host),
        None => Err(SystemError::of_lookup("ENOTFOUND", &target.host).into()),
    }
}

#[async_trait]
impl Network for GuardedNetwork {
    async fn lookup(&self, target: Target) -> Result<Vec<IpAddr>, NetworkError> {
        let (guard, host) = (self.guard(&target.policy)?, host_of(&target)?);
        let found = guard.checked_addresses(&host, target.port, target.family).await;
        let addresses = found.map_err(|error| error.to_network_error())?;
        Ok(addresses.into_iter().map(|address: SocketAddr| address.ip()).collect())
    }

    async fn connect(&self, target: Target) -> Result<Arc<dyn Connection>, NetworkError> {
        let (guard, host) = (self.guard(&target.policy)?, host_of(&target)?);
        let stream = guard.open(&host, target.port, target.family).await.map_err(|error| error.to_network_error())?;
        let connection = TcpConnection::new(stream, target.host, Arc::clone(&self.public))
            .map_err(|error| ConnectError::Setup(error).to_network_error())?;
        Ok(Arc::new(connection))
    }
}
