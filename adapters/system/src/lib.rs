//! The ports of `runtime_core` that every machine has: its clock and its randomness. A crate of its own, so that a Lambda
//! function has them without a database, and a laptop without a cloud.

pub mod clock;
pub mod entropy;
