//! The suite of [`BlobStore`].

use super::done;
use crate::ports::blob_store::BlobStore;

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
