//! A registry in memory whose stores count reads and can be out of reach.

use adapter_local::LocalStore;
use adapter_local::entropy::SeededEntropy;
use async_trait::async_trait;
use runtime_core::app::AppBundle;
use runtime_core::event::{InstallationId, TeamId};
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::Clock;
use runtime_core::ports::data_keys::{DataKey, DataKeys};
use runtime_core::ports::documents::{Document, Documents, NewDocument};
use runtime_core::ports::virtual_clock::VirtualClock;
use runtime_core::registry::{Change, Record, Registry, SecretBox, SecretText, Watch, WatchParts};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// What is installed, for a test to change.
pub struct TestRegistry {
    /// The registry.
    pub registry: Registry,
    /// Its documents.
    pub documents: Arc<CountedDocuments>,
    clock: Arc<dyn Clock>,
    store: LocalStore,
}

/// Documents that count how often they are read.
pub struct CountedDocuments {
    inner: Arc<dyn Documents>,
    reads: AtomicUsize,
    is_down: AtomicBool,
}

/// The one key of a test.
struct FixedKey;

impl TestRegistry {
    /// An empty one on that clock.
    #[must_use]
    pub fn new(clock: &Arc<VirtualClock>) -> Self {
        let store = LocalStore::in_memory(clock.clone());
        let documents = Arc::new(CountedDocuments {
            inner: store.documents(),
            reads: AtomicUsize::new(0),
            is_down: AtomicBool::new(false),
        });
        let registry = Registry::new(documents.clone(), store.blob_store(), clock.clone());
        Self { registry, documents, clock: clock.clone(), store }
    }

    /// What looks at it every 30 s.
    #[must_use]
    pub fn watch(&self) -> Watch {
        Watch::new(WatchParts {
            registry: self.registry.clone(),
            data_keys: Arc::new(FixedKey),
            entropy: Arc::new(SeededEntropy::new(1)),
            clock: Arc::clone(&self.clock),
            every: Duration::from_secs(30),
            at_most: Duration::from_secs(5),
        })
    }

    /// What seals its secrets.
    #[must_use]
    pub fn secret_box(&self) -> SecretBox {
        SecretBox::new(&FixedKey::key(), Arc::new(SeededEntropy::new(2)))
    }

    /// A record of team 2 with this source and manifest; `members` go over it.
    ///
    /// # Panics
    ///
    /// If it is no record.
    pub async fn record(&self, id: i64, app: (&str, &Value), members: Value) -> Record {
        let (source, manifest) = app;
        let files = [("index.js", source.to_owned()), ("plugin.json", manifest.to_string())];
        let files = files.map(|(path, text)| (path.to_owned(), text.into_bytes())).into();
        let bundle = self.registry.put_bundle(&AppBundle { files }).await.expect("the store is in memory");
        let mut record = json!({"id": id, "team": 2, "slug": format!("app-{id}"), "enabled": true, "bundle": bundle,
            "app_name": "", "app_version": ""});
        let members = members.as_object().cloned().expect("members are an object");
        record.as_object_mut().expect("it is one").extend(members);
        serde_json::from_value(record).expect("a record")
    }

    /// The record with a secret.
    #[must_use]
    pub fn with_secret(&self, record: Record, field: &str, value: &str) -> Record {
        let secret = SecretText::new(value.to_owned());
        let sealed = self.secret_box().seal(InstallationId(record.id.0), field, &secret);
        let mut secrets = record.secrets.clone();
        secrets.insert(field.to_owned(), sealed);
        Record { secrets, ..record }
    }

    /// Installs these records and nothing else; tells the revision.
    ///
    /// # Panics
    ///
    /// If they cannot be.
    pub async fn apply(&self, records: Vec<Record>) -> u64 {
        let seen = self.registry.read().await.expect("the store is in memory");
        let tokens = BTreeMap::from([("phc_x".to_owned(), TeamId(2))]);
        let change = Change { by: "test".into(), summary: String::new(), tokens, records };
        self.registry.write(&seen, change).await.expect("nobody else writes")
    }

    /// The store beneath.
    #[must_use]
    pub fn store(&self) -> &LocalStore {
        &self.store
    }
}

impl CountedDocuments {
    /// How often they were read since the last time.
    pub fn take_reads(&self) -> usize {
        self.reads.swap(0, Ordering::SeqCst)
    }

    /// From now on they are out of reach, or not.
    pub fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }
}

#[async_trait]
impl Documents for CountedDocuments {
    async fn get(&self, key: &str) -> Result<Option<Document>, Unavailable> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        if self.is_down.load(Ordering::SeqCst) {
            return Err(Unavailable { port: "documents", message: "asked to".into(), source: None });
        }
        self.inner.get(key).await
    }

    async fn put(&self, key: &str, document: NewDocument, seen: Option<&Document>) -> Result<bool, Unavailable> {
        self.inner.put(key, document, seen).await
    }

    async fn remove(&self, key: &str, seen: &Document) -> Result<bool, Unavailable> {
        self.inner.remove(key, seen).await
    }
}

impl FixedKey {
    fn key() -> DataKey {
        DataKey { id: "test".to_owned(), bytes: [7; 32] }
    }
}

#[async_trait]
impl DataKeys for FixedKey {
    async fn find(&self) -> Result<Option<DataKey>, Unavailable> {
        Ok(Some(Self::key()))
    }

    async fn find_or_make(&self) -> Result<DataKey, Unavailable> {
        Ok(Self::key())
    }

    async fn get(&self, id: &str) -> Result<Option<DataKey>, Unavailable> {
        Ok(Some(Self::key()).filter(|key| key.id == id))
    }

    async fn add(&self) -> Result<DataKey, Unavailable> {
        unimplemented!("its keys are not rotated")
    }

    async fn remove(&self, _id: &str) -> Result<(), Unavailable> {
        unimplemented!("its keys are not rotated")
    }
}
