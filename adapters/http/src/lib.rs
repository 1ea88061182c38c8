//! The HTTP port over hyper and the network port over tokio and rustls, with one egress guard on every connection.
//!
//! A host is resolved once, by [`Resolve`]; every address it has is checked against the policy of the request, and the
//! connection goes to one of those very addresses, so a name that changes its mind between the check and the connection
//! (rebinding) gains nothing. There is one pool of connections a policy (and
//! TLS options), so none is used under another. No proxy, no
//! environment variable and no cookie plays a part; HTTP/1.1 only, as Node's client.
//!
//! Header names are sent in title case (`Content-Type`), whatever case they were given in, and come back in lower case, which
//! is how node-fetch shows them.
//!
//! [`PosthogSink`] hands final events over to PostHog through the same port.

mod authorities;
mod certificate;
mod client;
mod connect;
mod connection;
mod error;
mod network;
mod pools;
mod posthog_sink;
mod request;
mod resolve;
mod tls;
mod verdict;

pub use authorities::{Authority, authorities_in};
pub use client::{HttpOptions, HyperClient};
pub use network::GuardedNetwork;
pub use posthog_sink::{POSTHOG_TIME_LIMIT, PosthogSink, PosthogSinkError, PosthogSinkOptions};
pub use resolve::{Resolve, SystemResolver};
