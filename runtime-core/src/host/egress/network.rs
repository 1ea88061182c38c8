//! A range of addresses, as `address/prefix`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A range of addresses: those that share the first `prefix` bits of `base`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    prefix: u8,
}

/// Why a text of a policy is not a range, or not a host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// No `/`.
    #[error("network `{0}` has no prefix length, write it as address/prefix, for example 10.0.0.0/8")]
    NoPrefix(String),
    /// What stands before the `/` is not an address.
    #[error("network `{0}` does not begin with an IPv4 or IPv6 address, for example 10.0.0.0/8 or fd00::/8")]
    NoAddress(String),
    /// What stands after the `/` is not a number in range.
    #[error("network `{text}` has a bad prefix length, write a number from 0 to {longest}")]
    BadPrefix {
        /// The text as given.
        text: String,
        /// The number of bits of an address.
        longest: u8,
    },
    /// The address is not the first one of its range, so a typing error is likely.
    #[error("network `{text}` has bits set after its prefix, write {meant} if the whole network is meant")]
    BitsAfterPrefix {
        /// The text as given.
        text: String,
        /// The range that contains the address.
        meant: String,
    },
    /// An entry of `only_hosts` is no host name.
    #[error(
        "only_hosts lists `{0}`, which is no host: write a name, an address, or *.example.com for all names below one"
    )]
    NoHost(String),
}

impl Network {
    pub(super) const fn v4(octets: [u8; 4], prefix: u8) -> Self {
        let [a, b, c, d] = octets;
        Self { base: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), prefix }
    }

    pub(super) const fn v6(segments: [u16; 8], prefix: u8) -> Self {
        let [a, b, c, d, e, f, g, h] = segments;
        Self { base: IpAddr::V6(Ipv6Addr::new(a, b, c, d, e, f, g, h)), prefix }
    }

    /// Whether `address` lies in the range. An IPv4 range holds no IPv6 address, not even a mapped one.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let host_bits = 32 - u32::from(self.prefix);
                (base.to_bits() ^ address.to_bits()).checked_shr(host_bits).unwrap_or(0) == 0
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let host_bits = 128 - u32::from(self.prefix);
                (base.to_bits() ^ address.to_bits()).checked_shr(host_bits).unwrap_or(0) == 0
            }
            _ => false,
        }
    }

    fn first_address(address: IpAddr, prefix: u8) -> IpAddr {
        match address {
            IpAddr::V4(v4) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask))
            }
            IpAddr::V6(v6) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
            }
        }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, prefix) = text.split_once('/').ok_or_else(|| NetworkError::NoPrefix(text.to_owned()))?;
        let base: IpAddr = address.parse().map_err(|_| NetworkError::NoAddress(text.to_owned()))?;
        let longest = if base.is_ipv4() { 32 } else { 128 };
        let prefix = prefix
            .parse::<u8>()
            .ok()
            .filter(|prefix| *prefix <= longest)
            .ok_or_else(|| NetworkError::BadPrefix { text: text.to_owned(), longest })?;
        let first = Self::first_address(base, prefix);
        if first != base {
            return Err(NetworkError::BitsAfterPrefix { text: text.to_owned(), meant: format!("{first}/{prefix}") });
        }
        Ok(Self { base, prefix })
    }
}

#[cfg(test)]
mod tests {
    use super::{Network, NetworkError};

    fn contains(network: &str, address: &str) -> bool {
        network.parse::<Network>().unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn a_range_holds_the_addresses_of_its_prefix() {
        assert!(contains("10.0.0.0/8", "10.255.0.1"));
        assert!(!contains("10.0.0.0/8", "11.0.0.0"));
        assert!(contains("0.0.0.0/0", "255.255.255.255"));
        assert!(contains("192.168.1.7/32", "192.168.1.7"));
        assert!(!contains("192.168.1.7/32", "192.168.1.6"));
        assert!(contains("fd00::/8", "fdff::1"));
        assert!(!contains("::/0", "1.2.3.4"));
        assert!(contains("::1/128", "::1"));
    }

    #[test]
    fn a_bad_range_says_what_to_write() {
        let message = |text: &str| text.parse::<Network>().unwrap_err().to_string();
        assert_eq!(
            message("10.0.0.0"),
            "network `10.0.0.0` has no prefix length, write it as address/prefix, for example 10.0.0.0/8"
        );
        assert!(message("intranet/8").contains("does not begin with an IPv4 or IPv6 address"));
        assert!(message("10.0.0.0/33").ends_with("write a number from 0 to 32"));
        assert!(message("fd00::/x").ends_with("write a number from 0 to 128"));
        assert_eq!(
            "10.1.2.3/8".parse::<Network>(),
            Err(NetworkError::BitsAfterPrefix { text: "10.1.2.3/8".into(), meant: "10.0.0.0/8".into() })
        );
    }
}
