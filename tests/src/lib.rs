//! What the tests of effects stand on. They run the programs that are shipped: `cargo xtask test` builds the workspace first.

pub mod program;
pub mod runtime_api;
