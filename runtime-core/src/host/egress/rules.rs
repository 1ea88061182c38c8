//! A checked policy, and what it says about a URL, a host and an address.

use super::address::{canonical, is_public_unicast};
use super::listed::Listed;
use super::network::{Network, NetworkError};
use crate::ports::http::EgressPolicy;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use url::{Host, Url};

/// Addresses that hand out credentials to whoever asks: instance, container and pod metadata. No allow-list opens them.
const METADATA: &[Network] = &[
    Network::v4([169, 254, 169, 254], 32),
    Network::v4([169, 254, 170, 2], 32),
    Network::v4([169, 254, 170, 23], 32),
    Network::v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128),
    Network::v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23], 128),
];

/// Where the API of a function's own runtime listens, on the machine itself: 127.0.0.1:9001, or a link-local address.
const RUNTIME_API_PORT: u16 = 9001;

/// Why the guard refuses; prints as the message that an app sees (case 169).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not a URL, or not an absolute one.
    #[error("Invalid URL")]
    InvalidUrl,
    /// A URL that names no host.
    #[error("No hostname")]
    NoHostname,
    /// Neither http nor https.
    #[error("Scheme must be either HTTP or HTTPS")]
    Scheme,
    /// The host has no address.
    #[error("Invalid hostname")]
    InvalidHostname,
    /// The host is, or resolves to, an address that is not public and not allowed.
    #[error("Internal hostname")]
    InternalHostname,
    /// The installation restricts itself to other hosts. The reference has no such list, so the words are ours.
    #[error("Hostname not allowed")]
    NotListed,
}

impl Refusal {
    /// The message as [`crate::ports::http::HttpError::Refused`] carries it.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::InvalidUrl => "Invalid URL",
            Self::NoHostname => "No hostname",
            Self::Scheme => "Scheme must be either HTTP or HTTPS",
            Self::InvalidHostname => "Invalid hostname",
            Self::InternalHostname => "Internal hostname",
            Self::NotListed => "Hostname not allowed",
        }
    }

    /// The message with the host and what can be done, for packages.
    #[must_use]
    pub fn explained(self, host: &str) -> String {
        match self {
            Self::InternalHostname => format!(
                "Internal hostname: {host} is not public; list it in the installation's `allowed_hosts` or its network in \
                 `allowed_networks` if the app may reach it"
            ),
            Self::NotListed => {
                format!(
                    "Hostname not allowed: {host} is not in the installation's `only_hosts`; list it there if the app may reach it"
                )
            }
            other => format!("{}: {host}", other.message()),
        }
    }
}

/// A host and port that no app reaches, whatever its policy allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    host: Host<String>,
    port: u16,
}

/// Why a text is not an [`Endpoint`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a host and a port, write it as host:port, for example 127.0.0.1:9001")]
pub struct EndpointError(String);

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let error = || EndpointError(text.to_owned());
        let (host, port) = text.rsplit_once(':').ok_or_else(error)?;
        let host = Host::parse(host).map_err(|_| error())?;
        Ok(Self { host: without_trailing_dot(host), port: port.parse().map_err(|_| error())? })
    }
}

/// An [`EgressPolicy`] whose ranges were parsed, ready to be asked.
#[derive(Debug, Clone)]
pub struct EgressRules {
    policy: Arc<EgressPolicy>,
    hosts: Vec<Host<String>>,
    networks: Vec<Network>,
    only: Option<Vec<Listed>>,
    never: Vec<Endpoint>,
}

impl EgressRules {
    /// Checks a policy.
    ///
    /// # Errors
    ///
    /// A range that cannot be read, or an entry of `only_hosts` that is no host. An allowed host that is no host name allows
    /// nothing, so it is no error here.
    pub fn new(policy: &Arc<EgressPolicy>) -> Result<Self, NetworkError> {
        let networks = policy.allowed_networks.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
        let hosts = policy.allowed_hosts.iter().filter_map(|text| parse_host(text)).collect();
        let listed = |texts: &Vec<String>| texts.iter().map(|text| Listed::parse(text)).collect();
        let only = policy.only_hosts.as_ref().map(listed).transpose()?;
        Ok(Self { policy: Arc::clone(policy), hosts, networks, only, never: Vec::new() })
    }

    /// Adds hosts and ports that stay closed whatever the policy allows.
    #[must_use]
    pub fn with_never(mut self, never: &[Endpoint]) -> Self {
        self.never.extend_from_slice(never);
        self
    }

    /// The policy that these rules were made from.
    #[must_use]
    pub fn policy(&self) -> &Arc<EgressPolicy> {
        &self.policy
    }

    /// Checks what can be known before the host is resolved: scheme, host, and the address if the host is one.
    ///
    /// # Errors
    ///
    /// [`Refusal`]; never [`Refusal::InvalidHostname`], which only a resolver can tell.
    pub fn check_url(&self, url: &Url) -> Result<(), Refusal> {
        let host = url.host().map(|host| without_trailing_dot(host.to_owned())).ok_or(Refusal::NoHostname)?;
        if matches!(&host, Host::Domain(name) if name.is_empty()) {
            return Err(Refusal::NoHostname);
        }
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refusal::Scheme);
        }
        let port = url.port_or_known_default().expect("http and https have a default port");
        self.check_host(&host, port)
    }

    /// Checks what can be known of a host and a port before the host is resolved: all of it if the host is an address.
    ///
    /// # Errors
    ///
    /// [`Refusal::InternalHostname`], [`Refusal::NotListed`].
    pub fn check_host(&self, host: &Host<String>, port: u16) -> Result<(), Refusal> {
        let host = without_trailing_dot(host.clone());
        if !self.lists(&host) {
            return Err(Refusal::NotListed);
        }
        if self.never.iter().any(|endpoint| endpoint.host == host && endpoint.port == port) {
            return Err(Refusal::InternalHostname);
        }
        match host {
            Host::Ipv4(address) => self.check_address(&host, SocketAddr::new(IpAddr::V4(address), port)),
            Host::Ipv6(address) => self.check_address(&host, SocketAddr::new(IpAddr::V6(address), port)),
            Host::Domain(ref name) if is_localhost(name) && !self.allows_host(&host) => {
                // A resolver would say the same, unless an operator's hosts file says something odd.
                if self.networks.is_empty() { Err(Refusal::InternalHostname) } else { Ok(()) }
            }
            Host::Domain(_) => Ok(()),
        }
    }

    /// Checks an address that is about to be connected to, on behalf of `host`.
    ///
    /// # Errors
    ///
    /// [`Refusal::InternalHostname`], [`Refusal::NotListed`].
    pub fn check_address(&self, host: &Host<String>, address: SocketAddr) -> Result<(), Refusal> {
        if !self.lists(&without_trailing_dot(host.clone())) {
            return Err(Refusal::NotListed);
        }
        let ip = canonical(address.ip());
        let reachable = !self.is_never(ip, address.port())
            && (is_public_unicast(ip)
                || self.networks.iter().any(|network| network.contains(ip))
                || self.allows_host(host)
                || self.allows_host(&literal(ip)));
        if reachable { Ok(()) } else { Err(Refusal::InternalHostname) }
    }

    /// Whether the policy names this host, so that its address does not matter.
    #[must_use]
    pub fn allows_host(&self, host: &Host<String>) -> bool {
        self.hosts.contains(&without_trailing_dot(host.clone()))
    }

    /// Whether the policy restricts nothing, or names this host.
    fn lists(&self, host: &Host<String>) -> bool {
        self.only.as_ref().is_none_or(|only| only.iter().any(|listed| listed.holds(host)))
    }

    fn is_never(&self, ip: IpAddr, port: u16) -> bool {
        let on_this_machine = ip.is_loopback() || ip.is_unspecified() || is_link_local(ip);
        (on_this_machine && port == RUNTIME_API_PORT)
            || METADATA.iter().any(|network| network.contains(ip))
            || self.never.iter().any(|endpoint| {
                // 0.0.0.0 and [::] reach whatever listens on the machine's own addresses.
                let own = is_loopback(&endpoint.host) && (ip.is_loopback() || ip.is_unspecified());
                (own || literal(ip) == endpoint.host) && port == endpoint.port
            })
    }
}

/// Parses the URL of a request.
///
/// # Errors
///
/// [`Refusal::InvalidUrl`] for anything that is not an absolute URL (case 169).
pub fn parse_url(text: &str) -> Result<Url, Refusal> {
    Url::parse(text).map_err(|_| Refusal::InvalidUrl)
}

/// A host name or a literal address (an IPv6 one with or without brackets), in canonical form; `None` if it is neither.
#[must_use]
pub fn parse_host(text: &str) -> Option<Host<String>> {
    match text.parse::<IpAddr>() {
        Ok(address) => Some(literal(canonical(address))),
        Err(_) => Host::parse(text).ok().map(without_trailing_dot),
    }
}

fn literal(address: IpAddr) -> Host<String> {
    match address {
        IpAddr::V4(v4) => Host::Ipv4(v4),
        IpAddr::V6(v6) => Host::Ipv6(v6),
    }
}

/// `example.com.` is `example.com`, to every resolver.
fn without_trailing_dot(host: Host<String>) -> Host<String> {
    match host {
        Host::Domain(name) => Host::Domain(name.strip_suffix('.').unwrap_or(&name).to_owned()),
        address => address,
    }
}

fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

fn is_loopback(host: &Host<String>) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        Host::Domain(name) => is_localhost(name),
    }
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests;
