//! The egress guard: which URLs and addresses an app may reach (behaviour.md b.8, case 169).
//!
//! Everything here is a pure function of a policy and an address. The guard has two moments: [`EgressRules::check_url`] before
//! each hop of a request, and [`EgressRules::check_address`] on every address that a host name resolved to, just before the
//! connection is made to that very address.

mod address;
mod listed;
mod network;
mod rules;

pub use address::is_public_unicast;
pub use network::{Network, NetworkError};
pub use rules::{EgressRules, Endpoint, EndpointError, Refusal, parse_host, parse_url};
