//! What a case plays on: a fresh isolate over fresh state.

use super::model::Case;
use super::network::{self, MockNetwork};
use super::outside::{CaseClock, Notes, Nowhere};
use adapter_local::LocalStore;
use adapter_local::cache::CacheEntry;
use adapter_local::entropy::SeededEntropy;
use runtime_core::app::{App, merge_defaults};
use runtime_core::event::{InstallationId, TeamId};
use runtime_core::host::capture_rate::CaptureRate;
use runtime_core::host::egress::EgressRules;
use runtime_core::host::ports::Reality;
use runtime_core::host::{Host, Ports};
use runtime_core::installation::{DisabledPolicy, DurableGlobal, ErrorPolicy, Installation, LogFilter};
use runtime_core::isolate::{Isolate, Limits};
use runtime_core::ports::key_value::{CacheScope, KeyValueError};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// An app that cases are played with.
pub struct TestedApp {
    /// The app.
    pub app: Arc<App>,
    /// The name of its folder.
    pub slug: String,
}

/// Why a case cannot be played, which is no fault of the app.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The operating system refuses a thread.
    #[error("cannot start a thread for the app: {0}")]
    Thread(#[source] std::io::Error),
    /// The store refuses what the case puts into it.
    #[error("the case's storage or cache cannot be set up: {0}")]
    Seed(#[from] KeyValueError),
}

/// The isolate of a case, and everything around it that can be looked at.
pub struct Stage {
    /// The isolate.
    pub isolate: Isolate,
    /// The clock.
    pub clock: Arc<CaseClock>,
    /// The network.
    pub network: Arc<MockNetwork>,
    /// What the app does and says.
    pub notes: Arc<Notes>,
    store: LocalStore,
    installation: InstallationId,
    scope: CacheScope,
}

/// What a case leaves behind.
pub struct FinalState {
    /// Storage, decoded.
    pub storage: Map<String, Value>,
    /// The cache, decoded.
    pub cache: Map<String, Value>,
    /// Seconds left by key; null for a key that never ends.
    pub ttl_seconds: Map<String, Value>,
}

impl Stage {
    /// Sets the stage. Needs a running tokio runtime.
    pub fn set(tested: &TestedApp, case: &Case) -> Result<Self, StageError> {
        let clock = Arc::new(CaseClock::at(case.now));
        let store = LocalStore::in_memory(clock.clone());
        let network = Arc::new(MockNetwork::new(case.mocks.clone()));
        let notes = Arc::new(Notes::default());
        let ports = Ports {
            cache: store.cache(),
            storage: store.storage(),
            queue: Arc::new(Nowhere),
            documents: store.documents(),
            notifier: Arc::new(Nowhere),
            captures: Arc::new(Nowhere),
            http: network.clone(),
            geoip: case.geoip.clone(),
            clock: clock.clone(),
            entropy: Arc::new(SeededEntropy::new(case.seed)),
            telemetry: notes.clone(),
            dead_letters: store.dead_letters(),
            recorder: Some(notes.clone()),
        };
        let installation = Arc::new(installation(tested, case));
        let host = Arc::new(Host {
            installation: Arc::clone(&installation),
            ports,
            posthog: case.posthog.clone(),
            reality: Reality::Simulated,
            environment: "case".to_owned(),
            capture_rate: CaptureRate::default(),
        });
        let isolate = Isolate::spawn(Arc::clone(&host)).map_err(StageError::Thread)?;
        let stage =
            Self { isolate, clock, network, notes, store, installation: installation.id, scope: host.cache_scope() };
        stage.seed(case)?;
        Ok(stage)
    }

    fn seed(&self, case: &Case) -> Result<(), StageError> {
        for (key, value) in &case.storage {
            self.store.storage().seed(self.installation, key, &value.to_string())?;
        }
        for seed in &case.cache {
            self.store.cache().seed(&self.scope, &seed.key, &seed.entry, seed.ttl_seconds)?;
        }
        Ok(())
    }

    /// What storage and cache hold now; what has ended is absent.
    pub fn state(&self) -> Result<FinalState, StageError> {
        let storage = self.store.storage().entries(self.installation)?;
        let storage = storage.into_iter().map(|(key, json)| (key, decoded(json))).collect();
        let (mut cache, mut ttl_seconds) = (Map::new(), Map::new());
        for item in self.store.cache().entries(&self.scope)? {
            let value = match item.entry {
                CacheEntry::Text(text) => decoded(text),
                CacheEntry::List(elements) => Value::from(elements),
            };
            ttl_seconds.insert(item.key.clone(), Value::from(item.ttl_seconds));
            cache.insert(item.key, value);
        }
        Ok(FinalState { storage, cache, ttl_seconds })
    }
}

/// The value of a JSON text; what is no JSON is a text, and the empty text is null: `undefined` is stored so, and an app reads null
/// (case 137).
fn decoded(text: String) -> Value {
    if text.is_empty() {
        return Value::Null;
    }
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

fn installation(tested: &TestedApp, case: &Case) -> Installation {
    let config = match case.defaults {
        true => merge_defaults(&tested.app.manifest, case.config.clone()),
        false => case.config.clone(),
    };
    let egress = EgressRules::new(&Arc::new(network::policy(&case.mocks))).expect("the two ranges are valid");
    Installation {
        id: InstallationId(case.id),
        team: TeamId(case.team),
        slug: tested.slug.clone(),
        app: Arc::clone(&tested.app),
        config,
        attachments: case.attachments.clone(),
        order: 0,
        on_error: ErrorPolicy::Pass,
        on_disabled: DisabledPolicy::Pass,
        // A case begins with what it says, and ends with itself.
        durable_global: DurableGlobal::Off,
        log_level: LogFilter::Full,
        egress: Arc::new(egress),
        // One at a time: what a call does outside comes in one order.
        limits: Limits { overlapping_calls: 1, ..Limits::default() },
        enabled: true,
        secret_fields: BTreeSet::new(),
    }
}
