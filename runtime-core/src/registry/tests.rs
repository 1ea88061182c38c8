//! The registry over stores that keep what they were given.

use super::*;
use crate::app::AppBundle;
use crate::event::TeamId;
use crate::installation::{Attachment, DisabledPolicy};
use crate::ports::clock::Timestamp;
use crate::ports::virtual_clock::VirtualClock;
use async_trait::async_trait;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

#[derive(Default)]
struct Stores {
    documents: Mutex<HashMap<String, Document>>,
    blobs: Mutex<HashMap<String, Vec<u8>>>,
    writes: AtomicUsize,
    blob_reads: AtomicUsize,
    is_down: AtomicBool,
}

impl Stores {
    fn reach(&self) -> Result<(), Unavailable> {
        let down = || Unavailable { port: "stores", message: "asked to".to_owned(), source: None };
        if self.is_down.load(Ordering::SeqCst) { Err(down()) } else { Ok(()) }
    }
}

#[async_trait]
impl Documents for Stores {
    async fn get(&self, key: &str) -> Result<Option<Document>, Unavailable> {
        self.reach()?;
        Ok(self.documents.lock().unwrap().get(key).cloned())
    }

    async fn put(&self, key: &str, document: NewDocument, seen: Option<&Document>) -> Result<bool, Unavailable> {
        self.reach()?;
        let mut documents = self.documents.lock().unwrap();
        if documents.get(key) != seen {
            return Ok(false);
        }
        let revision = self.writes.fetch_add(1, Ordering::SeqCst).to_string();
        documents.insert(key.to_owned(), Document { json: document.json, revision });
        Ok(true)
    }

    async fn remove(&self, _key: &str, _seen: &Document) -> Result<bool, Unavailable> {
        unimplemented!("the registry removes nothing")
    }
}

#[async_trait]
impl BlobStore for Stores {
    async fn put(&self, bytes: &[u8]) -> Result<String, Unavailable> {
        self.reach()?;
        let name = name_of(bytes);
        self.blobs.lock().unwrap().insert(name.clone(), bytes.to_vec());
        Ok(name)
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        self.reach()?;
        self.blob_reads.fetch_add(1, Ordering::SeqCst);
        let bytes = self.blobs.lock().unwrap().get(name).cloned();
        Ok(bytes.filter(|bytes| name_of(bytes) == name))
    }
}

fn name_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Fixture {
    stores: Arc<Stores>,
    clock: Arc<VirtualClock>,
    registry: Registry,
}

impl Fixture {
    fn new() -> Self {
        let stores = Arc::new(Stores::default());
        let clock = Arc::new(VirtualClock::at(Timestamp(1_000)));
        let registry = Registry::new(stores.clone(), stores.clone(), clock.clone());
        Self { stores, clock, registry }
    }

    async fn write(&self, by: &str, records: Vec<Record>) -> u64 {
        let seen = self.registry.read().await.unwrap();
        self.registry.write(&seen, change(by, records)).await.unwrap()
    }

    async fn record(&self, id: i64, source: &str) -> Record {
        let bundle = self.registry.put_bundle(&bundle(source)).await.unwrap();
        let record = json!({"id": id, "team": 2, "slug": "app", "enabled": true, "bundle": bundle,
            "app_name": "App", "app_version": "1"});
        serde_json::from_value(record).unwrap()
    }
}

fn change(by: &str, records: Vec<Record>) -> Change {
    let tokens = BTreeMap::from([("phc_x".to_owned(), TeamId(2))]);
    Change { by: by.to_owned(), summary: format!("by {by}"), tokens, records }
}

fn bundle(source: &str) -> AppBundle {
    let manifest = r#"{"name": "App", "config": [{"key": "key", "type": "string", "secret": true}, {"key": "word"}]}"#;
    let files = [("plugin.json", manifest), ("index.js", source)];
    AppBundle { files: files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).into() }
}

fn ids(snapshot: &Snapshot) -> Vec<i64> {
    snapshot.installations.iter().map(|record| record.id.0).collect()
}

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[tokio::test]
async fn before_the_first_write_nothing_is_installed() {
    let it = Fixture::new();
    let none = it.registry.read().await.unwrap();
    assert_eq!((none.revision, none.installations.len(), it.registry.revision().await.unwrap()), (0, 0, 0));
    assert_eq!(it.registry.history(10).await.unwrap(), []);
    assert!(it.registry.read_revision(1).await.unwrap().is_none());
}

#[tokio::test]
async fn what_was_written_is_read_and_dated() {
    let it = Fixture::new();
    let records = vec![it.record(2, "").await, it.record(1, "").await];
    assert_eq!(it.write("ann", records.clone()).await, 1);
    let read = it.registry.read().await.unwrap();
    assert_eq!((read.revision, read.written_at, read.by.as_str()), (1, Timestamp(1_000), "ann"));
    assert_eq!(read.installations, [records[1].clone(), records[0].clone()], "by number");
    assert_eq!(read.teams().tokens["phc_x"], TeamId(2));
    assert_eq!(read.teams().only_team, Some(TeamId(2)));
    assert_eq!(it.registry.revision().await.unwrap(), 1);
}

#[tokio::test]
async fn of_two_changes_at_once_exactly_one_wins() {
    let it = Fixture::new();
    let (first, second) = (it.record(1, "").await, it.record(2, "").await);
    let seen = it.registry.read().await.unwrap();
    it.registry.write(&seen, change("ann", vec![first])).await.unwrap();
    let error = it.registry.write(&seen, change("bob", vec![second])).await.unwrap_err();
    assert!(matches!(&error, RegistryError::Conflict { by, revision: 1 } if by == "ann"), "{error}");
    assert_eq!(ids(&it.registry.read().await.unwrap()), [1]);
}

#[tokio::test]
async fn a_write_that_ends_before_the_head_changes_nothing() {
    let it = Fixture::new();
    it.write("ann", vec![it.record(1, "").await]).await;
    // Everything that a write stores before the head: the bundle, the attachment and the snapshot.
    let seen = it.registry.read().await.unwrap();
    let second = it.record(2, "var other").await;
    let stored = StoredSnapshot::after(&seen, change("bob", vec![second.clone()]), Timestamp(0));
    BlobStore::put(&*it.stores, &stored.to_json()).await.unwrap();
    let now = it.registry.read().await.unwrap();
    assert_eq!((now.revision, ids(&now)), (1, vec![1]));
    assert_eq!(it.registry.write(&seen, change("bob", vec![second])).await.unwrap(), 2, "a second try completes");
    assert_eq!(ids(&it.registry.read().await.unwrap()), [2]);
}

#[tokio::test]
async fn earlier_revisions_can_be_read_and_made_to_hold_again() {
    let it = Fixture::new();
    let (first, second) = (it.record(1, "").await, it.record(2, "").await);
    it.write("ann", vec![first]).await;
    it.write("bob", vec![second]).await;
    let old = it.registry.read_revision(1).await.unwrap().unwrap();
    assert_eq!((old.revision, ids(&old)), (1, vec![1]));
    let seen = it.registry.read().await.unwrap();
    assert_eq!(it.registry.write(&seen, old.again("cat", "back to 1")).await.unwrap(), 3);
    assert_eq!(ids(&it.registry.read().await.unwrap()), [1]);
    let history = it.registry.history(2).await.unwrap();
    let shown: Vec<_> = history.iter().map(|info| (info.revision, info.by.as_str())).collect();
    assert_eq!(shown, [(3, "cat"), (2, "bob")]);
    let error = it.registry.write(&old, change("dan", Vec::new())).await.unwrap_err();
    assert!(
        matches!(error, RegistryError::Conflict { revision: 3, .. }),
        "what does not hold cannot be changed: {error}"
    );
}

#[tokio::test]
async fn the_last_fifty_revisions_are_kept() {
    let it = Fixture::new();
    for number in 1..=52 {
        it.clock.set_now(Timestamp(1_000 + number));
        it.write(&number.to_string(), Vec::new()).await;
    }
    let history = it.registry.history(100).await.unwrap();
    let [newest, oldest] = [history.first().unwrap(), history.last().unwrap()];
    assert_eq!((history.len(), newest.revision, oldest.revision), (KEPT_REVISIONS, 52, 3));
    assert_eq!((oldest.written_at, oldest.by.as_str()), (Timestamp(1_003), "3"));
    assert!(it.registry.read_revision(2).await.unwrap().is_none());
    assert!(it.registry.read_revision(3).await.unwrap().is_some());
}

#[tokio::test]
async fn what_cannot_be_is_not_written() {
    let it = Fixture::new();
    let seen = it.registry.read().await.unwrap();
    let record = it.record(1, "").await;
    let twice = it.registry.write(&seen, change("ann", vec![record.clone(), record.clone()])).await.unwrap_err();
    assert!(matches!(twice, RegistryError::Twice(InstallationId(1))), "{twice}");
    let unnamed = Record { slug: String::new(), ..record };
    let unnamed = it.registry.write(&seen, change("ann", vec![unnamed])).await.unwrap_err();
    assert!(matches!(unnamed, RegistryError::NoSlug(InstallationId(1))), "{unnamed}");
    assert_eq!(it.registry.revision().await.unwrap(), 0);
}

#[tokio::test]
async fn a_later_format_and_a_lost_snapshot_are_named() {
    let it = Fixture::new();
    it.write("ann", Vec::new()).await;
    let snapshots: Vec<String> = it.stores.blobs.lock().unwrap().keys().cloned().collect();
    it.stores.blobs.lock().unwrap().insert(snapshots[0].clone(), b"{}".to_vec());
    let lost = it.registry.read().await.unwrap_err().to_string();
    assert!(lost.starts_with(&format!("the snapshot {} is gone or damaged", snapshots[0])), "{lost}");
    let head = Document { json: json!({"v": 2}).to_string(), revision: "x".to_owned() };
    it.stores.documents.lock().unwrap().insert(HEAD.to_owned(), head);
    let newer = it.registry.revision().await.unwrap_err().to_string();
    assert_eq!(newer, "the head of the registry has format 2 and this release reads 1: update hedgerow");
}

#[tokio::test]
async fn a_bundle_changed_under_its_hash_is_no_bundle() {
    let it = Fixture::new();
    let record = it.record(1, "function processEvent(event) { return event }").await;
    it.stores.blobs.lock().unwrap().insert(record.bundle.clone(), pack(&bundle("var other")));
    let error = it.registry.bundle(&record.bundle).await.unwrap_err();
    assert!(matches!(error, RegistryError::Lost { what: "the bundle", .. }), "{error}");
    let record = Record { on_disabled: DisabledPolicy::Park, ..record };
    let installed = it.registry.install(&record, None).await.unwrap();
    assert!(matches!(installed.failure, Some(InstallFailure::Bundle(_))), "{:?}", installed.failure);
    assert_eq!(installed.installation.on_disabled, DisabledPolicy::Park, "it keeps its place and its policies");
}

#[tokio::test]
async fn a_record_is_installed_with_its_secrets_attachments_and_limits() {
    let it = Fixture::new();
    let keys = secret_box();
    let attachment =
        Attachment { file_name: "a.txt".into(), content_type: "text/plain".into(), contents: b"hi".into() };
    let stored = it.registry.put_attachment(&attachment).await.unwrap();
    let sealed = keys.seal(InstallationId(1), "key", &SecretText::new("hunter2".to_owned()));
    let record = Record {
        config: map(&json!({"word": "hi"})),
        secrets: BTreeMap::from([("key".to_owned(), sealed)]),
        attachments: BTreeMap::from([("file".to_owned(), stored)]),
        limits: PartialLimits { call_ms: Some(500), ..PartialLimits::default() },
        ..it.record(1, "").await
    };
    let installed = it.registry.install(&record, Some(&keys)).await.unwrap();
    assert!(installed.failure.is_none(), "{:?}", installed.failure);
    let installation = installed.installation;
    assert_eq!(Value::from(installation.config.clone()), json!({"word": "hi", "key": "hunter2"}));
    assert_eq!(installation.attachments["file"], attachment);
    assert_eq!(installation.limits.call.as_millis(), 500);
    assert_eq!(installation.secret_values(), ["hunter2"]);
    assert!(!format!("{installation:?}").contains("hunter2"));
}

#[tokio::test]
async fn case_173_a_secret_is_never_returned_and_is_kept_cleared_or_replaced() {
    let it = Fixture::new();
    let keys = secret_box();
    let mut record = it.record(1, "").await;
    let value = async |record: &Record| {
        it.write("ann", vec![record.clone()]).await;
        let read = it.registry.read().await.unwrap();
        let shown = format!("{read:?}") + &serde_json::to_string(&read.installations).unwrap();
        assert!(!shown.contains("hunter"), "never returned");
        let stored: Vec<u8> = it.stores.blobs.lock().unwrap().values().flatten().copied().collect();
        assert!(!stored.windows(6).any(|bytes| bytes == b"hunter"), "nor stored");
        let installed = it.registry.install(&read.installations[0], Some(&keys)).await.unwrap();
        (read.installations[0].has_secret("key"), installed.installation.config.get("key").cloned())
    };
    let text = |text: &str| SecretText::new(text.to_owned());
    record.set_secret(&keys, "key", Some(&text("hunter2")));
    assert_eq!(value(&record).await, (true, Some(json!("hunter2"))));
    record.set_secret(&keys, "key", None);
    assert_eq!(value(&record).await, (true, Some(json!("hunter2"))), "omitted keeps");
    record.set_secret(&keys, "key", Some(&text("hunter3")));
    assert_eq!(value(&record).await, (true, Some(json!("hunter3"))), "a new one replaces");
    record.set_secret(&keys, "key", Some(&text("")));
    assert_eq!(value(&record).await, (false, None), "an empty one clears");
}

#[tokio::test]
async fn case_174_attachments_are_added_replaced_and_removed() {
    let it = Fixture::new();
    let mut record = it.record(1, "").await;
    let contents = async |record: &Record| {
        it.write("ann", vec![record.clone()]).await;
        let read = it.registry.read().await.unwrap();
        let installed = it.registry.install(&read.installations[0], None).await.unwrap();
        let files = installed.installation.attachments.clone().into_iter();
        files.map(|(key, file)| (key, file.contents)).collect::<Vec<_>>()
    };
    let file = |text: &str| Attachment {
        file_name: "a.txt".to_owned(),
        content_type: "text/plain".to_owned(),
        contents: text.as_bytes().to_vec(),
    };
    let at = |text: &str| ("file".to_owned(), text.as_bytes().to_vec());
    let stored = it.registry.put_attachment(&file("one")).await.unwrap();
    assert_eq!((stored.bytes, stored.file_name.as_str()), (3, "a.txt"));
    record.attachments.insert("file".to_owned(), stored);
    assert_eq!(contents(&record).await, [at("one")], "added");
    record.attachments.insert("file".to_owned(), it.registry.put_attachment(&file("two")).await.unwrap());
    assert_eq!(contents(&record).await, [at("two")], "replaced");
    record.attachments.remove("file");
    assert_eq!(contents(&record).await, [], "removed");
}

#[tokio::test]
async fn what_is_wrong_with_one_installation_disables_it() {
    let it = Fixture::new();
    let keys = secret_box();
    let sealed = keys.seal(InstallationId(9), "key", &SecretText::new("hunter2".to_owned()));
    let gone = StoredAttachment { file_name: String::new(), content_type: String::new(), blob: "0".into(), bytes: 1 };
    let well = it.record(1, "").await;
    for (record, expected) in [
        (Record { bundle: "0".into(), ..well.clone() }, "the bundle 0 is gone or damaged"),
        (
            Record { secrets: BTreeMap::from([("key".into(), sealed)]), ..well.clone() },
            "the secret key was not sealed for",
        ),
        (Record { attachments: BTreeMap::from([("file".into(), gone)]), ..well.clone() }, "attachment file is gone"),
        (Record { config: map(&json!({"word": 1})), ..well.clone() }, "config \"word\" must be a string"),
        (Record { allowed_networks: vec!["x".into()], ..well.clone() }, "network `x` has no prefix"),
        (
            Record { limits: PartialLimits { call_ms: Some(0), ..PartialLimits::default() }, ..well.clone() },
            "limit call_ms is 0",
        ),
    ] {
        let installed = it.registry.install(&record, Some(&keys)).await.unwrap();
        let failure = installed.failure.expect(expected).to_string();
        assert!(failure.starts_with(expected), "{failure}");
        assert_eq!(installed.installation.id, InstallationId(1));
    }
    let sealed = keys.seal(InstallationId(1), "key", &SecretText::new("hunter2".to_owned()));
    let record = Record { secrets: BTreeMap::from([("key".into(), sealed)]), ..well };
    let failure = it.registry.install(&record, None).await.unwrap().failure.unwrap().to_string();
    assert!(failure.contains("there is no data key"), "{failure}");
}

#[tokio::test]
async fn records_as_they_were_are_not_read_again() {
    let it = Fixture::new();
    let (first, second) = (it.record(1, "").await, it.record(2, "").await);
    it.write("ann", vec![first.clone(), second.clone()]).await;
    let snapshot = it.registry.read().await.unwrap();
    let reads = || it.stores.blob_reads.swap(0, Ordering::SeqCst);
    reads();
    let before = it.registry.install_all(&snapshot, None, &[]).await.unwrap();
    assert_eq!(reads(), 1, "both are of one bundle");
    let changed = Record { config: map(&json!({"word": "new"})), ..second };
    it.write("bob", vec![first, changed]).await;
    let snapshot = it.registry.read().await.unwrap();
    reads();
    let after = it.registry.install_all(&snapshot, None, &before).await.unwrap();
    assert_eq!(reads(), 1);
    let same = |index: usize| Arc::ptr_eq(&before[index].installation, &after[index].installation);
    assert_eq!((same(0), same(1)), (true, false));
    it.stores.is_down.store(true, Ordering::SeqCst);
    assert_eq!(it.registry.install_all(&snapshot, None, &after).await.unwrap().len(), 2, "nothing is read at all");
    assert!(it.registry.install_all(&snapshot, None, &[]).await.is_err());
}

#[test]
fn equal_bundles_have_equal_bytes_and_every_file_comes_back() {
    let text = bundle("var a = '\u{1f33f}'");
    assert_eq!(pack(&text), pack(&text.clone()));
    assert!(pack(&text).starts_with(br#"{"v":1,"files":{"index.js":"#));
    assert_eq!(unpack(&pack(&text)), Ok(text.clone()));
    let mut other = text;
    other.files.insert("picture.png".to_owned(), vec![0x89, 0x50, 0xff]);
    assert!(pack(&other).starts_with(br#"{"v":2,"#));
    assert_eq!(unpack(&pack(&other)), Ok(other));
    assert_eq!(unpack(br#"{"v":3}"#), Err(BundleError::Newer { found: 3 }));
    assert!(matches!(unpack(b"{}"), Err(BundleError::Malformed(_))));
}

fn secret_box() -> SecretBox {
    use crate::ports::data_keys::DataKey;
    use crate::ports::entropy::Entropy;

    struct Counting(AtomicUsize);
    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(u8::try_from(self.0.fetch_add(1, Ordering::SeqCst)).unwrap());
        }
    }
    SecretBox::new(&DataKey { id: "k".to_owned(), bytes: [7; 32] }, Arc::new(Counting(AtomicUsize::new(0))))
}
