//! What a prune removes, and that it never removes what is needed, whatever is changed beside it.

use super::stepping::{Before, Stepping};
use super::{Place, bundle};
use runtime_core::ports::blob_store::{BlobStore, RemovableBlobs};
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::data_keys::DataKeys;
use runtime_core::registry::{
    Change, KEPT_REVISIONS, PruneMode, PruneOptions, Pruned, Record, Registry, RegistryError, Snapshot, pack,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use tokio::sync::Mutex;

/// Four revisions, a version each.
async fn four() -> Place {
    let place = Place::new();
    for version in 1..=4 {
        place.apply(version).await;
    }
    place
}

#[tokio::test]
async fn what_can_be_rolled_back_to_stays_and_the_rest_goes() {
    let place = four().await;
    assert_eq!(place.prune(50).await, Pruned { revision: 4, kept: 4, ..Pruned::default() }, "nothing is in excess");
    let before = place.old_so_far();
    let looked = place.prune_as(2, PruneMode::Look, before).await;
    let expected = Pruned {
        revision: 4,
        kept: 2,
        dropped: vec![2, 1],
        snapshots: 2,
        bundles: 2,
        attachments: 2,
        ..Pruned::default()
    };
    assert_eq!(looked, expected);
    assert_eq!(place.sound().await.len(), 4, "looking changes nothing");
    // The revision that held is the newest one of those before the new one, and has its content.
    let pruned = place.prune_as(2, PruneMode::Remove, before).await;
    assert_eq!(pruned, Pruned { revision: 5, snapshots: 3, ..expected });
    assert_eq!(place.sound().await, [(5, "4".to_owned()), (3, "3".to_owned())]);
    let then = place.registry.read_revision(2).await.unwrap();
    assert!(then.is_none(), "a dropped revision is none that can hold");
    let history = place.registry.history(9).await.unwrap();
    let dropped = history.iter().map(|info| (info.revision, info.is_dropped)).collect::<Vec<_>>();
    assert_eq!(dropped, [(5, false), (4, true), (3, false), (2, true), (1, true)], "who did what is still told");
    assert_eq!(place.prune(2).await, Pruned { revision: 5, kept: 2, ..Pruned::default() }, "once is enough");
}

#[tokio::test]
async fn what_the_last_fifty_revisions_do_not_name_goes_without_a_new_revision() {
    let place = Place::new();
    for version in 1..=60 {
        place.apply(version).await;
    }
    let pruned = place.prune(KEPT_REVISIONS).await;
    let expected = Pruned { revision: 60, kept: 50, snapshots: 10, bundles: 10, attachments: 10, ..Pruned::default() };
    assert_eq!(pruned, expected);
    assert_eq!(place.sound().await.len(), 50);
}

#[tokio::test]
async fn blobs_that_no_revision_named_are_not_touched() {
    let place = four().await;
    let letter = place.store.blob_store().put(b"the body of a dead letter").await.unwrap();
    let half = place.registry.put_bundle(&bundle(99)).await.unwrap();
    place.prune(1).await;
    for name in [letter, half] {
        assert!(place.store.blob_store().get(&name).await.unwrap().is_some(), "nobody can know what it is for");
    }
}

#[tokio::test]
async fn what_was_stored_recently_stays_until_a_later_prune() {
    let place = four().await;
    let before = place.old_so_far();
    // Somebody is about to install version 2 again.
    place.registry.put_bundle(&bundle(2)).await.unwrap();
    let pruned = place.prune_as(1, PruneMode::Remove, before).await;
    assert_eq!((pruned.bundles, pruned.too_recent), (2, 1));
    assert_eq!(pruned.snapshots, 1, "what leads to it stays as well, and only the first revision is before it");
    let pruned = place.prune(1).await;
    assert_eq!((pruned.bundles, pruned.snapshots, pruned.too_recent), (1, 3, 0));
}

#[tokio::test]
async fn a_prune_that_breaks_off_is_completed_by_the_next_one() {
    for broken_at in 0..40 {
        let place = Arc::new(four().await);
        let before = place.old_so_far();
        let pruning = tokio::spawn(prune_beside(place.clone(), before, move |number| async move {
            assert!(number < broken_at, "it ends here");
        }));
        let is_whole = pruning.await.is_ok();
        let kept = place.sound().await;
        assert_eq!(kept[0].1, "4");
        place.prune(2).await;
        assert_eq!(place.sound().await.len(), 2);
        assert_eq!(left(&place).await, BTreeSet::from([3, 4]), "broken off at {broken_at}");
        if is_whole {
            assert!(broken_at > 8, "it has some steps");
            return;
        }
    }
    panic!("it has fewer steps than that");
}

/// The versions whose bundles are there.
async fn left(place: &Place) -> BTreeSet<u64> {
    let mut left = BTreeSet::new();
    for version in 1..=4 {
        let name = place.store.blob_store().put_at(&name_of(&pack(&bundle(version)))).await.unwrap();
        left.extend(name.map(|_| version));
    }
    left
}

fn name_of(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Prunes to two revisions, with something else in front of each of its operations on blobs.
async fn prune_beside<F: Future<Output = ()> + Send + 'static>(
    place: Arc<Place>,
    put_before: Timestamp,
    beside: impl Fn(usize) -> F + Send + Sync + 'static,
) -> Result<Pruned, RegistryError> {
    let before =
        Box::new(move |number| -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> { Box::pin(beside(number)) });
    let blobs = Arc::new(Stepping { inner: place.store.blob_store(), before, done: AtomicUsize::new(0) });
    let registry = Registry::new(place.store.documents(), blobs.clone(), place.clock());
    let options = PruneOptions { keep: 2, put_before, mode: PruneMode::Remove, by: "ann".to_owned() };
    let seen = registry.read().await?;
    registry.prune(&seen, &*blobs, &place.keys, &options).await
}

/// What somebody else does meanwhile, in three stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Other {
    /// Installs a version again that only a revision has which goes: looks, stores, writes.
    Applies(u64),
    /// Makes a revision hold again that may go: looks, reads it, writes.
    RollsBack(u64),
}

struct Beside {
    place: Arc<Place>,
    other: Other,
    /// In front of which operation each stage takes place.
    at: [usize; 3],
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    stage: usize,
    seen: Option<Snapshot>,
    record: Option<Record>,
    then: Option<Snapshot>,
    result: Option<Result<u64, RegistryError>>,
}

impl Beside {
    async fn up_to(&self, number: usize) {
        let mut state = self.state.lock().await;
        while state.stage < 3 && self.at[state.stage] <= number {
            self.take(&mut state).await;
            state.stage += 1;
        }
    }

    async fn take(&self, state: &mut State) {
        let registry = &self.place.registry;
        match (state.stage, self.other) {
            (0, _) => state.seen = Some(registry.read().await.unwrap()),
            (1, Other::Applies(version)) => {
                let seen = state.seen.as_ref().expect("it has looked");
                state.record = Some(self.place.record(seen, version).await);
            }
            (1, Other::RollsBack(revision)) => {
                // What it saw is what it can name, whatever became of it.
                state.then = registry.read_revision(revision).await.ok().flatten();
            }
            (2, _) => {
                let seen = state.seen.as_ref().expect("it has looked");
                let result = match (state.record.take(), state.then.take()) {
                    (Some(record), _) => Some(self.place.write(seen, record).await),
                    (_, Some(then)) => Some(registry.write(seen, then.again("bob", "rollback")).await),
                    (None, None) => None,
                };
                state.result = result;
            }
            _ => unreachable!("there are three stages"),
        }
    }
}

/// Runs a prune with `other` beside it, its stages in front of these operations; tells how both ended.
async fn beside(other: Other, at: [usize; 3]) -> (Result<Pruned, RegistryError>, Option<Result<u64, RegistryError>>) {
    let place = Arc::new(four().await);
    let put_before = place.old_so_far();
    let beside = Arc::new(Beside { place: place.clone(), other, at, state: Mutex::default() });
    let stepping = beside.clone();
    let pruned = prune_beside(place.clone(), put_before, move |number| {
        let beside = stepping.clone();
        async move { beside.up_to(number).await }
    })
    .await;
    beside.up_to(usize::MAX).await;
    // Whoever came first: everything that can hold is whole.
    let sound = place.sound().await;
    let result = beside.state.lock().await.result.take();
    if let (Some(Ok(revision)), Other::Applies(version)) = (&result, other) {
        assert!(sound.contains(&(*revision, version.to_string())), "{sound:?}");
    }
    (pruned, result)
}

#[tokio::test]
async fn whatever_is_changed_beside_a_prune_nothing_that_is_needed_goes() {
    let mut ends = BTreeSet::new();
    for other in [Other::Applies(1), Other::Applies(2), Other::RollsBack(1), Other::RollsBack(3)] {
        for first in (0..22).step_by(2) {
            for second in (first..22).step_by(4) {
                for third in (second..25).step_by(3) {
                    let (pruned, result) = beside(other, [first, second, third]).await;
                    let is_conflict = |error: &RegistryError| matches!(error, RegistryError::Conflict { .. });
                    if let Err(error) = &pruned {
                        assert!(is_conflict(error), "{other:?} {first} {second} {third}: {error}");
                    }
                    if let Some(Err(error)) = &result {
                        assert!(is_conflict(error), "{other:?} {first} {second} {third}: {error}");
                    }
                    let name = |is_ok: bool| if is_ok { "done" } else { "conflict" };
                    let removed = pruned.as_ref().is_ok_and(|pruned| pruned.bundles > 0);
                    ends.insert((
                        matches!(other, Other::Applies(_)),
                        name(pruned.is_ok()),
                        removed,
                        result.map(|result| name(result.is_ok())),
                    ));
                }
            }
        }
    }
    for both in [true, false] {
        assert!(ends.contains(&(both, "done", true, Some("done"))), "both came through: {ends:?}");
        assert!(ends.contains(&(both, "done", true, Some("conflict"))), "the change came too late: {ends:?}");
        assert!(ends.contains(&(both, "conflict", false, Some("done"))), "the prune came too late: {ends:?}");
    }
}

#[tokio::test]
async fn a_change_that_breaks_off_at_any_write_leaves_the_old_revision_whole() {
    for broken_at in 0..9 {
        let place = Arc::new(four().await);
        let before: Before =
            Box::new(move |number| Box::pin(async move { assert!(number < broken_at, "it ends here") }));
        let blobs = Arc::new(Stepping { inner: place.store.blob_store(), before, done: AtomicUsize::new(0) });
        let broken = Registry::new(place.store.documents(), blobs, place.clock());
        let beside = place.clone();
        let changing = tokio::spawn(async move {
            let seen = broken.read().await.unwrap();
            let bundle = broken.put_bundle(&bundle(5)).await.unwrap();
            let record = Record { bundle, app_version: "5".to_owned(), ..seen.installations[0].clone() };
            let record = Record { secrets: beside.record(&seen, 5).await.secrets, ..record };
            broken.write(&seen, seen_change(record)).await.unwrap()
        });
        let is_whole = changing.await.is_ok();
        let sound = place.sound().await;
        let expected = if is_whole { (5, "5".to_owned()) } else { (4, "4".to_owned()) };
        assert_eq!(sound[0], expected, "broken off at {broken_at}");
        place.apply(6).await;
        assert_eq!(place.sound().await[0].1, "6", "and a later change succeeds");
        if is_whole {
            assert_eq!(broken_at, 3, "it reads a snapshot, and writes a bundle and a snapshot");
            return;
        }
    }
    panic!("it never came through");
}

fn seen_change(record: Record) -> Change {
    Change { by: "ann".to_owned(), summary: String::new(), tokens: [].into(), records: vec![record] }
}

#[tokio::test]
async fn a_key_goes_once_no_revision_needs_it_and_the_one_that_holds_never() {
    let place = four().await;
    let first = place.keys.find().await.unwrap().unwrap().id;
    let seen = place.registry.read().await.unwrap();
    let second = place.registry.rotate(&seen, &place.keys, &place.entropy, "ann").await.unwrap().data_key;
    assert_eq!(place.prune(2).await.data_keys, 0, "the revision before needs it");
    assert_eq!(place.sound().await.len(), 2);
    assert_eq!(place.prune(1).await.data_keys, 1);
    assert!(place.keys.get(&first).await.unwrap().is_none());
    assert!(place.keys.get(&second).await.unwrap().is_some());
    assert_eq!(place.sound().await.len(), 1);
    place.apply(5).await;
    assert_eq!(place.sound().await.len(), 2, "and secrets are sealed under it");
}
