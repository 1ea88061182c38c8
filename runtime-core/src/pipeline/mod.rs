//! What happens to a record between the queue and the sink.

pub mod record;
