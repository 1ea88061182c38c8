//! The suite of [`Storage`].

use super::{done, refused};
use crate::event::{InstallationId, WorkId};
use crate::ports::key_value::Storage;

const ONE: InstallationId = InstallationId(39);
const OTHER: InstallationId = InstallationId(40);
const TOO_LONG: &str = "value too long for type character varying(200)";
const NOT_NUMERIC: &str = "invalid input syntax for type numeric";

/// Checks an empty `storage`.
pub async fn run(storage: &dyn Storage) {
    keeps_json_text(storage).await;
    limits_keys(storage).await;
    counts(storage).await;
    counts_an_operation_once(storage).await;
    refuses_to_count_what_is_no_number(storage).await;
}

async fn keeps_json_text(storage: &dyn Storage) {
    assert_eq!(get(storage, "a").await, None, "a missing key");
    for json in ["-1", "null", "{\"a\": [1, \"\\u0000\"]}", "\"hedge\u{1f33f}\""] {
        done(storage.set(ONE, "a", json).await, "set");
        assert_eq!(get(storage, "a").await.as_deref(), Some(json), "the text as it was set, last writer wins");
    }
    assert_eq!(done(storage.get(OTHER, "a").await, "get"), None, "another installation sees nothing of it");
    done(storage.set(ONE, "A", "1").await, "set");
    done(storage.set(ONE, "", "2").await, "set of the empty key");
    done(storage.delete(ONE, "a").await, "delete");
    done(storage.delete(ONE, "a").await, "delete of a missing key");
    assert_eq!(get(storage, "a").await, None, "deleted");
    assert_eq!(get(storage, "A").await.as_deref(), Some("1"), "keys differ by case");
    assert_eq!(get(storage, "").await.as_deref(), Some("2"), "the empty key is a key");
}

async fn limits_keys(storage: &dyn Storage) {
    let (longest, too_long) = ("é".repeat(200), "k".repeat(201));
    done(storage.set(ONE, &longest, "1").await, "set of a key of 200 characters, 400 bytes");
    assert_eq!(get(storage, &longest).await.as_deref(), Some("1"), "a key of 200 characters");
    refused(storage.set(ONE, &too_long, "1").await, TOO_LONG, "set of a key of 201 characters");
    refused(storage.init_cursor(ONE, &too_long, 1.0).await, TOO_LONG, "init_cursor of a key of 201 characters");
    let operation = WorkId("limits".to_owned());
    let counted = storage.increment_cursor(ONE, &too_long, 1.0, &operation).await;
    refused(counted, TOO_LONG, "increment_cursor of a key of 201 characters");
    assert_eq!(get(storage, &too_long).await, None, "nothing was stored under it");
    done(storage.delete(ONE, &too_long).await, "delete of a key of 201 characters");
}

async fn counts(storage: &dyn Storage) {
    done(storage.init_cursor(ONE, "cursor", 5.0).await, "init_cursor");
    done(storage.init_cursor(ONE, "cursor", 9.0).await, "init_cursor again");
    assert_eq!(
        get(storage, "cursor").await.as_deref(),
        Some("5"),
        "the first init stays, an integer as JavaScript writes it"
    );
    assert_eq!(add(storage, "cursor", 1.5, "counts-1").await, 6.5, "5 + 1.5");
    assert_eq!(get(storage, "cursor").await.as_deref(), Some("6.5"), "the sum can be read as storage");
    assert_eq!(add(storage, "cursor", -7.0, "counts-2").await, -0.5, "a negative step");
    assert_eq!(add(storage, "absent", 3.0, "counts-3").await, 3.0, "a missing key starts at 0");
    done(storage.set(ONE, "set", "1e3").await, "set");
    assert_eq!(add(storage, "set", 1.0, "counts-4").await, 1_001.0, "a number that was set counts on");
    done(storage.init_cursor(ONE, "set", 0.0).await, "init_cursor of a key that was set");
    assert_eq!(get(storage, "set").await.as_deref(), Some("1001"), "init keeps what was set");
    done(storage.set(ONE, "exact", "9007199254740990").await, "set");
    assert_eq!(add(storage, "exact", 1.0, "counts-5").await, 9_007_199_254_740_991.0, "2^53 - 1 is exact");
}

async fn counts_an_operation_once(storage: &dyn Storage) {
    assert_eq!(add(storage, "once", 2.0, "repeat").await, 2.0, "the first time");
    assert_eq!(add(storage, "once", 2.0, "repeat").await, 2.0, "a repeat has the same result");
    assert_eq!(add(storage, "once", 2.0, "another").await, 4.0, "and has not counted");
    assert_eq!(add(storage, "once", 2.0, "repeat").await, 2.0, "a late repeat has its own result");
    assert_eq!(get(storage, "once").await.as_deref(), Some("4"), "the count");
    assert_eq!(add(storage, "twice", 1.0, "repeat").await, 1.0, "the operation is known by its key");
    let elsewhere = storage.increment_cursor(OTHER, "once", 1.0, &WorkId("repeat".to_owned())).await;
    assert_eq!(done(elsewhere, "increment_cursor"), 1.0, "and by its installation");
}

async fn refuses_to_count_what_is_no_number(storage: &dyn Storage) {
    for json in ["\"5\"", "null", "true", "[1]", "{}", "x", ""] {
        done(storage.set(ONE, "no number", json).await, "set");
        let counted = storage.increment_cursor(ONE, "no number", 1.0, &WorkId("refused".to_owned())).await;
        refused(counted, NOT_NUMERIC, &format!("increment_cursor of {json:?}"));
        assert_eq!(get(storage, "no number").await.as_deref(), Some(json), "a refusal changes nothing");
    }
    done(storage.set(ONE, "no number", "1").await, "set");
    assert_eq!(add(storage, "no number", 1.0, "refused").await, 2.0, "a refused operation may be done later");
    refused(storage.init_cursor(ONE, "infinite", f64::INFINITY).await, NOT_NUMERIC, "init_cursor with infinity");
    let counted = storage.increment_cursor(ONE, "infinite", f64::NAN, &WorkId("infinite".to_owned())).await;
    refused(counted, NOT_NUMERIC, "increment_cursor by NaN");
}

async fn get(storage: &dyn Storage, key: &str) -> Option<String> {
    done(storage.get(ONE, key).await, "get")
}

async fn add(storage: &dyn Storage, key: &str, by: f64, operation: &str) -> f64 {
    done(storage.increment_cursor(ONE, key, by, &WorkId(operation.to_owned())).await, "increment_cursor")
}
