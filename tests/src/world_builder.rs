//! Putting a world together.

use crate::world::BEGINNING;
use crate::{AppSetup, World};
use adapter_local::LocalStore;
use runtime_core::app::LoadError;
use runtime_core::host::PosthogAccess;
use runtime_core::pipeline::Idempotency;
use runtime_core::ports::delayed_queue::DelayedQueue;
use runtime_core::ports::documents::Documents;
use runtime_core::ports::geoip::GeoIp;
use runtime_core::ports::http::HttpClient;
use runtime_core::ports::network::Network;
use runtime_core::ports::virtual_clock::VirtualClock;
use runtime_core::retry::RetryPolicies;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Collects what a world is made of.
#[derive(Default)]
pub struct WorldBuilder {
    pub(crate) apps: Vec<AppSetup>,
    pub(crate) refused: Vec<LoadError>,
    pub(crate) geoip: Option<Arc<dyn GeoIp>>,
    pub(crate) http: Option<Arc<dyn HttpClient>>,
    pub(crate) network: Option<Arc<dyn Network>>,
    pub(crate) posthog: PosthogAccess,
    pub(crate) retries: RetryPolicies,
    pub(crate) queue: Option<Arc<dyn DelayedQueue>>,
    pub(crate) idempotency: Idempotency,
    pub(crate) documents: Option<Arc<dyn Documents>>,
    pub(crate) seed: u64,
}

impl WorldBuilder {
    /// One more app.
    #[must_use]
    pub fn app(mut self, app: AppSetup) -> Self {
        self.apps.push(app);
        self
    }

    /// An app that must not load: the stack goes without it, and the world keeps the error.
    #[must_use]
    pub fn broken_app(mut self, app: AppSetup) -> Self {
        self.refused.push(app.load_error());
        self
    }

    /// A geoip database.
    #[must_use]
    pub fn geoip(mut self, database: Arc<dyn GeoIp>) -> Self {
        self.geoip = Some(database);
        self
    }

    /// A network other than [`World::http`].
    #[must_use]
    pub fn http(mut self, client: Arc<dyn HttpClient>) -> Self {
        self.http = Some(client);
        self
    }

    /// Sockets, which a world has not of itself.
    #[must_use]
    pub fn network(mut self, network: Arc<dyn Network>) -> Self {
        self.network = Some(network);
        self
    }

    /// What `posthog.api` uses.
    #[must_use]
    pub fn posthog(mut self, access: PosthogAccess) -> Self {
        self.posthog = access;
        self
    }

    /// How often what failed is tried again.
    #[must_use]
    pub fn retries(mut self, retries: RetryPolicies) -> Self {
        self.retries = retries;
        self
    }

    /// With work that was finished recognised.
    #[must_use]
    pub fn idempotency(mut self, idempotency: Idempotency) -> Self {
        self.idempotency = idempotency;
        self
    }

    /// A queue other than the store's.
    #[must_use]
    pub fn queue(mut self, queue: Arc<dyn DelayedQueue>) -> Self {
        self.queue = Some(queue);
        self
    }

    /// Documents other than the store's.
    #[must_use]
    pub fn documents(mut self, documents: Arc<dyn Documents>) -> Self {
        self.documents = Some(documents);
        self
    }

    /// Starts the pipeline; an app that does not compile fails the test.
    pub async fn start(self) -> World {
        let clock = Arc::new(VirtualClock::at(BEGINNING));
        let store = LocalStore::in_memory(clock.clone());
        World::over(self, clock, store).await
    }

    /// Starts the pipeline over a clock and a store of an earlier world. Its randomness is another's, as with any two processes.
    pub async fn start_over(mut self, clock: Arc<VirtualClock>, store: LocalStore) -> World {
        static LATER_WORLDS: AtomicU64 = AtomicU64::new(1);
        self.seed = LATER_WORLDS.fetch_add(1, Ordering::Relaxed);
        World::over(self, clock, store).await
    }
}
