//! One suite a port: what its documentation promises, checked against any adapter. Adapters call these from their own tests.
//!
//! A suite is `run(port, ...)`; it wants an empty store and panics with what was promised and what came. Where time matters the
//! store must have been made with the [`VirtualClock`](super::virtual_clock::VirtualClock) that is handed to the suite.

pub mod blob_store;
pub mod cache;
pub mod clock;
pub mod data_keys;
pub mod dead_letters;
pub mod delayed_queue;
pub mod documents;
pub mod entropy;
pub mod mmdb;
pub mod storage;

use super::key_value::{KeyValueError, KeyValueResult};
use std::fmt::Debug;

/// The result of an operation that must succeed.
#[track_caller]
fn done<T, E: Debug>(result: Result<T, E>, what: &str) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{what}: expected success, got {error:?}"),
    }
}

/// Panics unless the operation was refused in exactly these words.
#[track_caller]
fn refused<T: Debug>(result: KeyValueResult<T>, message: &str, what: &str) {
    match result {
        Err(KeyValueError::Refused(said)) => assert_eq!(said, message, "{what}: refused in other words"),
        other => panic!("{what}: expected a refusal with {message:?}, got {other:?}"),
    }
}
