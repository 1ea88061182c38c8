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
}
