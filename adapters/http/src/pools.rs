//! One pool of connections a policy, and how long they are kept.

use crate::connect::GuardedConnector;
use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use runtime_core::host::egress::EgressRules;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::http::EgressPolicy;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a connection may be idle before it is dropped. Servers close theirs after 60 s at the earliest, most of them, and
/// a frozen process does not see it happen (design.md, decision 20).
pub(crate) const IDLE_LIMIT: Duration = Duration::from_secs(15);

/// How many policies keep their connections; the least recently used one is forgotten.
const MOST_POOLS: usize = 64;

/// Idle connections kept to one host and port under one policy.
const MOST_IDLE_PER_HOST: usize = 8;

pub(crate) type PooledClient = Client<HttpsConnector<GuardedConnector>, Full<Bytes>>;

/// The connections of one policy.
#[derive(Clone)]
pub(crate) struct Pool {
    pub(crate) rules: Arc<EgressRules>,
    pub(crate) client: PooledClient,
    /// By the time of day: the process may have been frozen in between, and other clocks stand still meanwhile.
    last_used: Timestamp,
}

impl Pool {
    pub(crate) fn new(connector: GuardedConnector, tls: Arc<rustls::ClientConfig>, now: Timestamp) -> Self {
        let rules = Arc::clone(&connector.rules);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_LIMIT)
            .pool_max_idle_per_host(MOST_IDLE_PER_HOST)
            .http1_title_case_headers(true)
            .build(HttpsConnector::from((connector, tls)));
        Self { rules, client, last_used: now }
    }
}

/// The pools in use, least recently used first.
#[derive(Default)]
pub(crate) struct Pools(Mutex<Vec<Pool>>);

impl Pools {
    /// The pool of `policy`, made by `make` if there is none or if it has not been used for longer than [`IDLE_LIMIT`].
    pub(crate) fn of<E>(
        &self,
        policy: &EgressPolicy,
        now: Timestamp,
        make: impl FnOnce() -> Result<Pool, E>,
    ) -> Result<Pool, E> {
        let mut pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = pools.iter().position(|pool| **pool.rules.policy() == *policy).map(|index| pools.remove(index));
        let mut pool = match known {
            Some(pool) if now <= pool.last_used.plus(IDLE_LIMIT) => pool,
            _ => make()?,
        };
        pool.last_used = now;
        if pools.len() >= MOST_POOLS {
            pools.remove(0);
        }
        pools.push(pool.clone());
        Ok(pool)
    }
}
