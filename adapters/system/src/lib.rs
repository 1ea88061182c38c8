//! What every machine has: the ports of `runtime_core` over its clock and its randomness, and files mapped into memory. A crate of its
//! own, so that a Lambda function has them without a database, and a laptop without a cloud.

pub mod clock;
pub mod entropy;
pub mod mapped_file;
