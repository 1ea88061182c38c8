//! One pool of connections a policy and its TLS options, and how long they are kept.

use crate::connect::GuardedConnector;
use crate::request::OutgoingBody;
use hyper_rustls::{DefaultServerNameResolver, FixedServerNameResolver, HttpsConnector, ResolveServerName};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use runtime_core::host::egress::EgressRules;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::http::EgressPolicy;
use runtime_core::ports::network::TlsOptions;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a connection may be idle before it is dropped. Servers close theirs after 60 s at the earliest, most of them, and
/// a frozen process does not see it happen (design.md, decision 20).
pub(crate) const IDLE_LIMIT: Duration = Duration::from_secs(15);

/// How many keys keep their connections; the least recently used one is forgotten.
const MOST_POOLS: usize = 64;

/// Idle connections kept to one host and port under one key.
const MOST_IDLE_PER_HOST: usize = 8;

pub(crate) type PooledClient = Client<HttpsConnector<GuardedConnector>, OutgoingBody>;

/// What connections were made under. One that was made under other rules, or with another certificate, is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PoolKey {
    pub(crate) policy: Arc<EgressPolicy>,
    /// `None` is [`TlsOptions::default`].
    pub(crate) tls: Option<Arc<TlsOptions>>,
}

/// How a pool speaks TLS.
pub(crate) struct TlsOfPool {
    pub(crate) config: Arc<ClientConfig>,
    /// The name of the server, where it is not that of the URL.
    pub(crate) name: Option<ServerName<'static>>,
}

/// The connections of one key.
#[derive(Clone)]
pub(crate) struct Pool {
    key: PoolKey,
    pub(crate) rules: Arc<EgressRules>,
    pub(crate) client: PooledClient,
    /// By the time of day: the process may have been frozen in between, and other clocks stand still meanwhile.
    last_used: Timestamp,
}

impl Pool {
    pub(crate) fn new(key: PoolKey, connector: GuardedConnector, tls: TlsOfPool, now: Timestamp) -> Self {
        let rules = Arc::clone(&connector.rules);
        let names: Arc<dyn ResolveServerName + Send + Sync> = match tls.name {
            Some(name) => Arc::new(FixedServerNameResolver::new(name)),
            None => Arc::new(DefaultServerNameResolver::default()),
        };
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_LIMIT)
            .pool_max_idle_per_host(MOST_IDLE_PER_HOST)
            .http1_title_case_headers(true)
            .build(HttpsConnector::new(connector, tls.config, false, names));
        Self { key, rules, client, last_used: now }
    }
}

/// The pools in use, least recently used first.
#[derive(Default)]
pub(crate) struct Pools(Mutex<Vec<Pool>>);

impl Pools {
    /// The pool of `key`, made by `make` if there is none or if it has not been used for longer than [`IDLE_LIMIT`].
    pub(crate) fn of<E>(
        &self,
        key: PoolKey,
        now: Timestamp,
        make: impl FnOnce(PoolKey) -> Result<Pool, E>,
    ) -> Result<Pool, E> {
        let mut pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = pools.iter().position(|pool| pool.key == key).map(|index| pools.remove(index));
        let mut pool = match known {
            Some(pool) if now <= pool.last_used.plus(IDLE_LIMIT) => pool,
            _ => make(key)?,
        };
        pool.last_used = now;
        if pools.len() >= MOST_POOLS {
            pools.remove(0);
        }
        pools.push(pool.clone());
        Ok(pool)
    }
}
