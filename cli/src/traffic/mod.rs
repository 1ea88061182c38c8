//! `hedgerow send` and `hedgerow receive`: events into a stack, and final events out of it, for those who try one.
//!
//! `message` makes messages of records, `send` sends them and `receive` prints what comes out; `queues` are those of a stack.

mod message;
mod queues;
mod receive;
mod send;

pub use receive::receive;
pub use send::send;
