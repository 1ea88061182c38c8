//! The client against servers on this machine: the guard on every connection, pools, errors in Node's words, TLS, and `fetch`
//! over all of it.

#[cfg(test)]
mod errors;
#[cfg(test)]
mod every_way_out;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod fetch;
#[cfg(test)]
mod guard;
#[cfg(test)]
mod pools;
#[cfg(test)]
mod posthog_sink;
#[cfg(test)]
mod sockets;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tls;
