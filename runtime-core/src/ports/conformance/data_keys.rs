//! The suite of [`DataKeys`].

use super::done;
use crate::ports::data_keys::{DataKey, DataKeys};
use futures_util::future::join_all;

const ASKERS: usize = 6;

/// Checks two handles of one place that has no key yet.
pub async fn run(first: &dyn DataKeys, second: &dyn DataKeys) {
    for keys in [first, second] {
        assert_eq!(done(keys.find().await, "find"), None, "no key was made, and looking for it makes none");
    }
    let asked = (0..ASKERS).map(|index| if index % 2 == 0 { first } else { second });
    let made = join_all(asked.map(|keys| keys.find_or_make())).await;
    let made: Vec<DataKey> = made.into_iter().map(|key| done(key, "find_or_make")).collect();
    assert!(made.iter().all(|key| *key == made[0]), "all that ask at once get the same key");
    assert!(made[0].bytes.iter().any(|byte| *byte != made[0].bytes[0]), "a key is random");
    assert!(!made[0].id.is_empty(), "a key has a name");
    for keys in [first, second] {
        assert_eq!(done(keys.find().await, "find").as_ref(), Some(&made[0]), "the key stays");
        assert_eq!(done(keys.find_or_make().await, "find_or_make"), made[0], "no other one is made");
    }
    further_keys(first, second, &made[0]).await;
}

async fn further_keys(first: &dyn DataKeys, second: &dyn DataKeys, oldest: &DataKey) {
    for odd in ["", "none", "../data-key"] {
        assert_eq!(done(first.get(odd).await, "get"), None, "{odd:?} is the id of no key");
    }
    let added = [done(first.add().await, "add"), done(second.add().await, "add")];
    assert_ne!(added[0].id, added[1].id, "each key has an id of its own");
    assert_ne!(added[0].bytes, added[1].bytes, "each key is random");
    for keys in [first, second] {
        for key in [oldest, &added[0], &added[1]] {
            assert_eq!(done(keys.get(&key.id).await, "get").as_ref(), Some(key), "every key is found by its id");
        }
        assert_eq!(done(keys.find().await, "find").as_ref(), Some(oldest), "the first key stays the first");
    }
    done(first.remove(&added[0].id).await, "remove");
    done(first.remove(&added[0].id).await, "remove again");
    assert_eq!(done(first.get(&added[0].id).await, "get"), None, "a key that was removed is gone");
    assert_eq!(done(first.get(&added[1].id).await, "get").as_ref(), Some(&added[1]), "the others stay");
    done(first.remove(&oldest.id).await, "remove the first");
    assert_eq!(done(first.get(&oldest.id).await, "get"), None, "the first key can be removed as well");
    assert_eq!(done(first.find().await, "find"), None, "there is no first key then");
    assert_eq!(done(first.get(&added[1].id).await, "get").as_ref(), Some(&added[1]), "the others stay");
}
