//! The registry over a store of this machine: what a prune removes and what never, and another data key.

mod prune;
mod rotate;
mod stepping;

use adapter_local::LocalStore;
use adapter_local::entropy::SystemEntropy;
use async_trait::async_trait;
use runtime_core::app::AppBundle;
use runtime_core::installation::Attachment;
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::{Clock, Timestamp};
use runtime_core::ports::data_keys::{DataKey, DataKeys};
use runtime_core::ports::entropy::Entropy;
use runtime_core::ports::virtual_clock::VirtualClock;
use runtime_core::registry::{
    Change, PruneMode, PruneOptions, Pruned, Record, Registry, RegistryError, SecretBox, SecretText, Snapshot, opener,
};
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

/// A registry in memory.
struct Place {
    store: LocalStore,
    registry: Registry,
    keys: Keys,
    entropy: Arc<dyn Entropy>,
    clock: Arc<VirtualClock>,
}

impl Place {
    fn new() -> Self {
        let clock = Arc::new(VirtualClock::at(Timestamp(1_000)));
        let store = LocalStore::in_memory(clock.clone());
        let registry = Registry::new(store.documents(), store.blob_store(), clock.clone());
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        Self { store, registry, keys: Keys::default(), entropy, clock }
    }

    /// Installs an app of that version, with an attachment of its own and a secret; tells the revision.
    async fn apply(&self, version: u64) -> u64 {
        let seen = self.registry.read().await.unwrap();
        let record = self.record(&seen, version).await;
        self.write(&seen, record).await.unwrap()
    }

    /// The record of that version, everything of which is stored.
    async fn record(&self, seen: &Snapshot, version: u64) -> Record {
        let bundle = self.registry.put_bundle(&bundle(version)).await.unwrap();
        let record = json!({"id": 1, "team": 2, "slug": "app", "enabled": true, "bundle": bundle, "app_name": "App",
            "app_version": version.to_string()});
        let mut record: Record = serde_json::from_value(record).unwrap();
        let contents = format!("file of {version}").into_bytes();
        let file = Attachment { file_name: "f".to_owned(), content_type: "text/plain".to_owned(), contents };
        record.attachments.insert("file".to_owned(), self.registry.put_attachment(&file).await.unwrap());
        record.set_secret(&self.sealer(seen).await, "key", Some(&SecretText::new(format!("secret of {version}"))));
        record
    }

    async fn sealer(&self, seen: &Snapshot) -> SecretBox {
        let key = match &seen.data_key {
            Some(id) => self.keys.get(id).await.unwrap().expect("the key that holds is there"),
            None => self.keys.find_or_make().await.unwrap(),
        };
        SecretBox::new(&key, self.entropy.clone())
    }

    async fn write(&self, seen: &Snapshot, record: Record) -> Result<u64, RegistryError> {
        let change = Change { by: "ann".to_owned(), summary: String::new(), tokens: [].into(), records: vec![record] };
        self.registry.write(seen, change).await
    }

    /// Makes that revision hold again, as far as `seen` lists it.
    async fn roll_back(&self, seen: &Snapshot, revision: u64) -> Result<u64, RegistryError> {
        let then = self.registry.read_revision(revision).await?.expect("it is among those that are kept");
        self.registry.write(seen, then.again("bob", "rollback")).await
    }

    /// Everything that was put so far is old for a prune before this time, and nothing that is put from now on.
    fn old_so_far(&self) -> Timestamp {
        let now = || i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
        let last = now();
        while now() <= last {
            std::hint::spin_loop();
        }
        Timestamp(last + 1)
    }

    async fn prune(&self, keep: usize) -> Pruned {
        self.prune_as(keep, PruneMode::Remove, self.old_so_far()).await
    }

    async fn prune_as(&self, keep: usize, mode: PruneMode, put_before: Timestamp) -> Pruned {
        let options = PruneOptions { keep, put_before, mode, by: "ann".to_owned() };
        let seen = self.registry.read().await.unwrap();
        self.registry.prune(&seen, &*self.store.blob_store(), &self.keys, &options).await.unwrap()
    }

    /// The revisions that can hold, after looking that everything they need is there: their versions, newest first.
    async fn sound(&self) -> Vec<(u64, String)> {
        let mut versions = Vec::new();
        for info in self.registry.history(100).await.unwrap().iter().filter(|info| !info.is_dropped) {
            let snapshot = self.registry.read_revision(info.revision).await.unwrap().expect("it is listed");
            let opener = opener(&self.keys, &snapshot.installations, &self.entropy).await.unwrap();
            for record in snapshot.installations {
                self.registry.bundle(&record.bundle).await.unwrap_or_else(|error| panic!("{}: {error}", info.revision));
                let file = self.registry.attachment(&record.attachments["file"]).await.unwrap();
                assert!(file.is_some(), "revision {} has its attachment", info.revision);
                let secret = opener.as_ref().expect("a key is there").open(record.id, "key", &record.secrets["key"]);
                assert_eq!(secret.unwrap().expose(), format!("secret of {}", record.app_version));
                versions.push((info.revision, record.app_version));
            }
        }
        versions
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }
}

fn bundle(version: u64) -> AppBundle {
    let manifest = json!({"name": "App", "config": [{"key": "key", "type": "string", "secret": true},
        {"key": "file", "type": "attachment"}]});
    let source = format!("export const processEvent = (event) => event // {version}");
    let files = [("plugin.json", manifest.to_string()), ("index.js", source)];
    AppBundle { files: files.map(|(path, text)| (path.to_owned(), text.into_bytes())).into() }
}

/// Keys in memory: those of files are synced, which thousands of places have no time for.
#[derive(Clone, Default)]
struct Keys(Arc<Mutex<Vec<DataKey>>>);

impl Keys {
    fn make(keys: &mut Vec<DataKey>) -> DataKey {
        let mut bytes = [0; 32];
        SystemEntropy.fill(&mut bytes);
        let key = DataKey { id: SystemEntropy.name(), bytes };
        keys.push(key.clone());
        key
    }
}

#[async_trait]
impl DataKeys for Keys {
    async fn find(&self) -> Result<Option<DataKey>, Unavailable> {
        Ok(self.0.lock().unwrap().first().cloned())
    }

    async fn find_or_make(&self) -> Result<DataKey, Unavailable> {
        let mut keys = self.0.lock().unwrap();
        Ok(keys.first().cloned().unwrap_or_else(|| Self::make(&mut keys)))
    }

    async fn get(&self, id: &str) -> Result<Option<DataKey>, Unavailable> {
        Ok(self.0.lock().unwrap().iter().find(|key| key.id == id).cloned())
    }

    async fn add(&self) -> Result<DataKey, Unavailable> {
        Ok(Self::make(&mut self.0.lock().unwrap()))
    }

    async fn remove(&self, id: &str) -> Result<(), Unavailable> {
        self.0.lock().unwrap().retain(|key| key.id != id);
        Ok(())
    }
}
