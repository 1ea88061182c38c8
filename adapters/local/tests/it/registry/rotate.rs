//! Another data key: at once, or not at all; and back.

use super::Place;
use async_trait::async_trait;
use runtime_core::ports::Unavailable;
use runtime_core::ports::data_keys::{DataKey, DataKeys};
use runtime_core::ports::documents::{Document, Documents, NewDocument};
use runtime_core::registry::{Registry, RegistryError, RotateError, SecretText, Snapshot, Watch, WatchParts};
use std::sync::Arc;
use std::time::Duration;

fn keys_of(snapshot: &Snapshot) -> Vec<String> {
    let secrets = snapshot.installations.iter().flat_map(|record| record.secrets.values());
    secrets.map(|sealed| sealed.key.clone()).collect()
}

#[tokio::test]
async fn every_secret_is_under_the_new_key_and_earlier_revisions_can_hold_again() {
    let place = Place::new();
    place.apply(1).await;
    let seen = place.registry.read().await.unwrap();
    let first = place.keys.find().await.unwrap().unwrap().id;
    assert_eq!((keys_of(&seen), &seen.data_key), (vec![first.clone()], &None));
    let rotated = place.registry.rotate(&seen, &place.keys, &place.entropy, "ann").await.unwrap();
    assert_eq!((rotated.revision, rotated.secrets), (2, 1));
    let now = place.registry.read().await.unwrap();
    assert_eq!((keys_of(&now), &now.data_key), (vec![rotated.data_key.clone()], &Some(rotated.data_key.clone())));
    assert_ne!(rotated.data_key, first);
    assert_eq!(place.sound().await.len(), 2, "both revisions open");
    // What is set from now on is under the new key, after a rollback to before it was made too.
    assert_eq!(place.roll_back(&now, 1).await.unwrap(), 3);
    let now = place.registry.read().await.unwrap();
    assert_eq!((keys_of(&now), &now.data_key), (vec![first], &Some(rotated.data_key.clone())));
    place.apply(2).await;
    assert_eq!(keys_of(&place.registry.read().await.unwrap()), [rotated.data_key]);
    assert_eq!(place.sound().await.len(), 4);
}

/// Documents that are out of reach for writers.
struct ReadOnly(Arc<dyn Documents>);

#[async_trait]
impl Documents for ReadOnly {
    async fn get(&self, key: &str) -> Result<Option<Document>, Unavailable> {
        self.0.get(key).await
    }

    async fn put(&self, _: &str, _: NewDocument, _: Option<&Document>) -> Result<bool, Unavailable> {
        Err(Unavailable { port: "documents", message: "the process ends here".to_owned(), source: None })
    }

    async fn remove(&self, _: &str, _: &Document) -> Result<bool, Unavailable> {
        unimplemented!("nothing is removed")
    }
}

#[tokio::test]
async fn broken_off_between_the_key_and_the_head_it_has_changed_nothing() {
    let place = Place::new();
    place.apply(1).await;
    let broken = Registry::new(Arc::new(ReadOnly(place.store.documents())), place.store.blob_store(), place.clock());
    let seen = broken.read().await.unwrap();
    let error = broken.rotate(&seen, &place.keys, &place.entropy, "ann").await.unwrap_err();
    assert!(matches!(error, RotateError::Registry(RegistryError::Unavailable(_))), "{error}");
    let now = place.registry.read().await.unwrap();
    assert_eq!((now.revision, now.data_key.clone(), keys_of(&now)), (1, None, keys_of(&seen)));
    place.apply(2).await;
    let first = place.keys.find().await.unwrap().unwrap().id;
    assert_eq!(keys_of(&place.registry.read().await.unwrap()), [first], "secrets are sealed as before");
    let seen = place.registry.read().await.unwrap();
    assert_eq!(place.registry.rotate(&seen, &place.keys, &place.entropy, "ann").await.unwrap().revision, 3);
    assert_eq!(place.sound().await.len(), 3);
}

#[tokio::test]
async fn of_a_rotation_and_a_secret_that_is_set_at_once_one_wins() {
    for rotates_first in [true, false] {
        let place = Place::new();
        place.apply(1).await;
        let seen = place.registry.read().await.unwrap();
        let record = place.record(&seen, 2).await;
        let rotate = || place.registry.rotate(&seen, &place.keys, &place.entropy, "ann");
        let is_conflict = |error: &RegistryError| matches!(error, RegistryError::Conflict { revision: 2, .. });
        if rotates_first {
            rotate().await.unwrap();
            assert!(place.write(&seen, record).await.is_err_and(|error| is_conflict(&error)));
        } else {
            place.write(&seen, record).await.unwrap();
            let error = rotate().await.unwrap_err();
            assert!(matches!(&error, RotateError::Registry(error) if is_conflict(error)), "{error}");
        }
        assert_eq!(place.sound().await.len(), 2);
    }
}

#[tokio::test]
async fn what_cannot_be_sealed_anew_is_named_and_no_key_is_made() {
    let place = Place::new();
    let seen = place.registry.read().await.unwrap();
    let nothing = place.registry.rotate(&seen, &place.keys, &place.entropy, "ann").await.unwrap_err();
    assert!(matches!(nothing, RotateError::NoSecrets), "{nothing}");
    let mut record = place.record(&seen, 1).await;
    let other = place.sealer(&seen).await.seal(record.id, "another field", &SecretText::new("x".to_owned()));
    record.secrets.insert("key".to_owned(), other);
    place.write(&seen, record).await.unwrap();
    let seen = place.registry.read().await.unwrap();
    let error = place.registry.rotate(&seen, &NoMore(&place.keys), &place.entropy, "ann").await.unwrap_err();
    assert!(error.to_string().starts_with("app \"app\": the secret key was not sealed for this field"), "{error}");
}

/// Keys to which none can be added.
struct NoMore<'a>(&'a dyn DataKeys);

#[async_trait]
impl DataKeys for NoMore<'_> {
    async fn find(&self) -> Result<Option<DataKey>, Unavailable> {
        self.0.find().await
    }

    async fn find_or_make(&self) -> Result<DataKey, Unavailable> {
        self.0.find_or_make().await
    }

    async fn get(&self, id: &str) -> Result<Option<DataKey>, Unavailable> {
        self.0.get(id).await
    }

    async fn add(&self) -> Result<DataKey, Unavailable> {
        panic!("a key was made")
    }

    async fn remove(&self, _: &str) -> Result<(), Unavailable> {
        panic!("a key was removed")
    }
}

#[tokio::test]
async fn whoever_runs_the_apps_takes_the_new_key_up_with_the_revision() {
    let place = Arc::new(Place::new());
    place.apply(1).await;
    let watch = Watch::new(WatchParts {
        registry: place.registry.clone(),
        data_keys: Arc::new(place.keys.clone()),
        entropy: place.entropy.clone(),
        clock: place.clock(),
        every: Duration::ZERO,
        at_most: Duration::from_secs(5),
    });
    let current = watch.now().await.unwrap();
    watch.took_up(&current).await;
    let seen = place.registry.read().await.unwrap();
    place.registry.rotate(&seen, &place.keys, &place.entropy, "ann").await.unwrap();
    let current = watch.changed().await.unwrap().expect("there is another revision");
    assert_eq!(current.failures().count(), 0);
    assert_eq!(current.installations()[0].config["key"], "secret of 1");
}
