//! The npm packages that apps may import, each doing real work against a server of the test: an app of tests/packages is played in
//! Node, over the packages as npm installs them, and in this engine, over the imports bundle; both have to print what
//! `expected.txt` beside the app says.
//!
//! `HEDGEROW_TEST_ACCEPT=1` writes that file from what Node printed.

mod aws;
mod databases;
pub(crate) mod engine;
mod google;
mod local;
mod node;
mod stage;
mod web;
