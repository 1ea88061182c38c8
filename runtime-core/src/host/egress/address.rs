//! Which addresses are public ones. Source of the ranges: the IANA special-purpose address registries for IPv4 and IPv6.

use super::network::Network;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 ranges that are not public unicast.
const SPECIAL_V4: &[Network] = &[
    Network::v4([0, 0, 0, 0], 8),       // this network; 0.0.0.0 connects to the machine itself
    Network::v4([10, 0, 0, 0], 8),      // private
    Network::v4([100, 64, 0, 0], 10),   // carrier-grade NAT
    Network::v4([127, 0, 0, 0], 8),     // loopback
    Network::v4([169, 254, 0, 0], 16),  // link-local, instance metadata
    Network::v4([172, 16, 0, 0], 12),   // private
    Network::v4([192, 0, 0, 0], 24),    // protocol assignments
    Network::v4([192, 0, 2, 0], 24),    // documentation
    Network::v4([192, 88, 99, 0], 24),  // former 6to4 relays
    Network::v4([192, 168, 0, 0], 16),  // private
    Network::v4([198, 18, 0, 0], 15),   // benchmarking
    Network::v4([198, 51, 100, 0], 24), // documentation
    Network::v4([203, 0, 113, 0], 24),  // documentation
    Network::v4([224, 0, 0, 0], 4),     // multicast
    Network::v4([240, 0, 0, 0], 4),     // reserved, and the broadcast address
];

/// The only range of IPv6 that is allocated as global unicast: loopback, link-local, unique local, site-local, multicast,
/// IPv4-compatible and local-use NAT64 (64:ff9b:1::/48) addresses all lie outside.
const GLOBAL_V6: Network = Network::v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// Ranges inside [`GLOBAL_V6`] that are not public unicast.
const SPECIAL_V6: &[Network] = &[
    Network::v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), // protocol assignments: Teredo, benchmarking, ORCHID
    Network::v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), // documentation
    Network::v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), // documentation
];

/// NAT64 with the well-known prefix: a translator sends it on to the IPv4 address in its last 32 bits.
const NAT64: Network = Network::v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96);

/// 6to4: goes to the IPv4 address in the 32 bits after the prefix.
const SIX_TO_FOUR: Network = Network::v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16);

/// Whether an address is plain public unicast: routable on the internet and not set aside for anything else. An IPv6 address
/// that carries an IPv4 address to its destination (mapped, NAT64, 6to4) is as public as that one.
#[must_use]
pub fn is_public_unicast(address: IpAddr) -> bool {
    match canonical(address) {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// An IPv4-mapped IPv6 address as the IPv4 address that a connection to it reaches; any other address as it is.
pub(super) fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !SPECIAL_V4.iter().any(|network| network.contains(IpAddr::V4(address)))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    if NAT64.contains(IpAddr::V6(address)) {
        return is_public_v4(embedded_v4(bits));
    }
    if SIX_TO_FOUR.contains(IpAddr::V6(address)) {
        return is_public_v4(embedded_v4(bits >> 80));
    }
    GLOBAL_V6.contains(IpAddr::V6(address)) && !SPECIAL_V6.iter().any(|network| network.contains(IpAddr::V6(address)))
}

/// The IPv4 address in the last 32 of `bits`.
fn embedded_v4(bits: u128) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::try_from(bits & u128::from(u32::MAX)).expect("masked to 32 bits"))
}

#[cfg(test)]
mod tests {
    use super::is_public_unicast;
    use std::net::IpAddr;

    #[test]
    fn every_special_range_is_refused_up_to_its_edges() {
        let refused = [
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.0.0",
            "169.254.169.254",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.5",
            "192.168.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::8.8.8.8",
            "::ffff:127.0.0.1",
            "::ffff:10.1.2.3",
            "::ffff:169.254.169.254",
            "64:ff9b::10.0.0.1",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::8.8.8.8",
            "100::1",
            "2001::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "2001:2::1",
            "2001:20::1",
            "2001:1ff:ffff::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "3fff::1",
            "3fff:fff:ffff::1",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fdff:ffff::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];
        for text in refused {
            assert!(!is_public_unicast(text.parse().unwrap()), "{text} passed as public");
        }
    }

    #[test]
    fn public_addresses_just_outside_those_ranges_pass() {
        let public = [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2001:200::1",
            "2002:808:808::1",
            "2600:1f18::1",
            "2a00:1450:4001::1",
            "3ffe::1",
        ];
        for text in public {
            assert!(is_public_unicast(text.parse::<IpAddr>().unwrap()), "{text} was refused");
        }
    }
}
