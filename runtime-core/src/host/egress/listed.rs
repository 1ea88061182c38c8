//! The hosts that an installation restricts itself to.

use super::network::NetworkError;
use super::rules::parse_host;
use url::Host;

/// An entry of [`EgressPolicy::only_hosts`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Listed {
    Host(Host<String>),
    /// `.example.com`: every name that ends so.
    Below(String),
}

impl Listed {
    /// Reads an entry.
    ///
    /// # Errors
    ///
    /// Something that is no host.
    pub(super) fn parse(text: &str) -> Result<Self, NetworkError> {
        let wrong = || NetworkError::NoHost(text.to_owned());
        let (name, is_below) = match text.strip_prefix("*.") {
            Some(name) => (name, true),
            None => (text, false),
        };
        match parse_host(name).ok_or_else(wrong)? {
            Host::Domain(name) if name.is_empty() || name.contains('*') => Err(wrong()),
            Host::Domain(name) if is_below => Ok(Self::Below(format!(".{name}"))),
            _ if is_below => Err(wrong()),
            host => Ok(Self::Host(host)),
        }
    }

    /// Whether it stands for `host`.
    pub(super) fn holds(&self, host: &Host<String>) -> bool {
        match (self, host) {
            (Self::Below(end), Host::Domain(name)) => name.ends_with(end.as_str()) && name.len() > end.len(),
            (Self::Below(_), _) => false,
            (Self::Host(listed), host) => listed == host,
        }
    }
}
