//! The suites of [`BlobStore`] and [`RemovableBlobs`].

use super::done;
use crate::ports::blob_store::{BlobStore, RemovableBlobs};
use crate::ports::clock::Timestamp;
use std::time::Duration;

/// SHA-256 of `abc`, from the examples of FIPS 180-2.
const NAME_OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
/// SHA-256 of nothing.
const NAME_OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Checks an empty `store`.
pub async fn run(store: &dyn BlobStore) {
    assert_eq!(done(store.get(NAME_OF_ABC).await, "get before put"), None, "a blob that was never put");
    assert_eq!(done(store.put(b"abc").await, "put"), NAME_OF_ABC, "the name is the hex SHA-256 of the bytes");
    assert_eq!(done(store.put(b"abc").await, "put again"), NAME_OF_ABC, "equal bytes have an equal name");
    assert_eq!(done(store.get(NAME_OF_ABC).await, "get"), Some(b"abc".to_vec()), "the bytes that were put");

    assert_eq!(done(store.put(b"").await, "put nothing"), NAME_OF_NOTHING, "the name of an empty blob");
    assert_eq!(done(store.get(NAME_OF_NOTHING).await, "get nothing"), Some(Vec::new()), "an empty blob");

    let large: Vec<u8> = (0_u32..300_000).flat_map(u32::to_le_bytes).collect();
    let name = done(store.put(&large).await, "put a large blob");
    assert_eq!(done(store.get(&name).await, "get a large blob"), Some(large), "a large blob comes back whole");

    for odd in ["", "abc", "../../etc/passwd", "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"] {
        assert_eq!(done(store.get(odd).await, "get of no name"), None, "{odd:?} names no blob");
    }
}

/// Checks the removal from a `store` that has no blob `abc`.
pub async fn run_removal(store: &dyn RemovableBlobs) {
    let long_ago = Timestamp(0);
    assert_eq!(done(store.put_at(NAME_OF_ABC).await, "put_at"), None, "what was never put has no age");
    assert!(!done(store.remove(NAME_OF_ABC, Timestamp(i64::MAX)).await, "remove"), "what is not there is not removed");
    done(store.put(b"abc").await, "put");
    let put_at = done(store.put_at(NAME_OF_ABC).await, "put_at").expect("it was just put");
    assert!(put_at > long_ago, "it was put at some time");
    for too_early in [long_ago, put_at] {
        assert!(!done(store.remove(NAME_OF_ABC, too_early).await, "remove"), "it was not put before that");
    }
    assert_eq!(done(store.get(NAME_OF_ABC).await, "get"), Some(b"abc".to_vec()), "so it stays");
    done(store.put(b"abc").await, "put again");
    let again_at = done(store.put_at(NAME_OF_ABC).await, "put_at").expect("it is there");
    assert!(again_at >= put_at, "to put it again never makes it older");
    let later = again_at.plus(Duration::from_secs(60));
    assert!(done(store.remove(NAME_OF_ABC, later).await, "remove"), "it is old enough");
    assert_eq!(done(store.get(NAME_OF_ABC).await, "get"), None, "however often it was put");
    assert_eq!(done(store.put_at(NAME_OF_ABC).await, "put_at"), None, "nothing of it is left");
    assert!(!done(store.remove(NAME_OF_ABC, later).await, "remove again"), "it is gone already");
    done(store.put(b"abc").await, "put");
    assert_eq!(done(store.get(NAME_OF_ABC).await, "get"), Some(b"abc".to_vec()), "it can be put anew");
    for odd in ["", "abc", "../../etc/passwd"] {
        assert_eq!(done(store.put_at(odd).await, "put_at of no name"), None, "{odd:?} names no blob");
        assert!(!done(store.remove(odd, later).await, "remove of no name"), "{odd:?} names no blob");
    }
    assert!(done(store.remove(NAME_OF_ABC, Timestamp(i64::MAX)).await, "remove"), "the suite leaves nothing");
}
