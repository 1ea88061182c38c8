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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_host_or_all_names_below_one() {
        let holds = |entry: &str, host: &str| Listed::parse(entry).unwrap().holds(&parse_host(host).unwrap());
        for (entry, host) in [
            ("api.example.com", "API.example.com."),
            ("Api.Example.COM", "api.example.com"),
            ("*.example.com", "a.example.com"),
            ("*.example.com", "a.b.example.com"),
            ("10.0.0.1", "0xa.1"),
            ("::1", "[::1]"),
            ("bücher.example", "xn--bcher-kva.example"),
        ] {
            assert!(holds(entry, host), "{entry} {host}");
        }
        for (entry, host) in [
            ("*.example.com", "example.com"),
            ("*.example.com", "notexample.com"),
            ("example.com", "a.example.com"),
            ("example.com", "example.com.evil.test"),
            ("*.0.0.1", "127.0.0.1"),
        ] {
            assert!(
                !Listed::parse(entry).is_ok_and(|listed| listed.holds(&parse_host(host).unwrap())),
                "{entry} {host}"
            );
        }
    }

    #[test]
    fn what_is_no_host_is_an_error_that_says_what_to_write() {
        for entry in ["", "*", "*.", "*.*.com", "a*.com", "https://example.com", "*.10.0.0.1", "exa mple.com"] {
            let error = Listed::parse(entry).expect_err(entry).to_string();
            assert!(error.starts_with(&format!("only_hosts lists `{entry}`, which is no host")), "{error}");
        }
    }
}
