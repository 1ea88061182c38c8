//! A stack of hedgerow in an emulator of AWS: tables, queues, a bucket, apps, and the three functions as Lambda runs them. What
//! Lambda does with queues the test does itself, step by step ([`AwsStack::deliver`]).

mod claims;
mod delivery;
mod deployed;
pub mod names;
mod stack;

pub use claims::Count;
pub use delivery::{Delivery, Queue, sqs_event};
pub use names::{endpoint, new_account};
pub use stack::{AwsStack, Function, Installed};
