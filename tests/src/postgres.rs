//! The PostgreSQL that `cargo xtask test` starts. A test that cannot run has failed.

use crate::aws::new_account;

/// `postgres://USER:PASSWORD@127.0.0.1:PORT/DATABASE`.
///
/// # Panics
///
/// If there is no server.
pub fn address() -> String {
    variable("HEDGEROW_TEST_POSTGRES")
}

/// The certificate, in PEM, that signed the server's.
///
/// # Panics
///
/// If there is no server.
pub fn authority() -> String {
    let path = variable("HEDGEROW_TEST_POSTGRES_CA");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A name that no schema has.
pub fn new_schema() -> String {
    format!("test_{}", new_account())
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set, so there is no PostgreSQL: run cargo xtask test"))
}
