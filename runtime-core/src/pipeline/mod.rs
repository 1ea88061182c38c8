//! The path of an event: the chain of `processEvent`, the sink, then what looks on (`onEvent`, `composeWebhook`, `exportEvents`).
//!
//! [`Pipeline`] holds an isolate per installation. A record's events go through [`Pipeline::process`]; jobs and scheduled tasks
//! through [`Pipeline::run_job`] and [`Pipeline::run_task`]. Nothing here retries: a RetryError is a final failure until work can
//! be put off durably.

mod calls;
mod captures;
mod chain;
mod exports;
mod look_on;
mod masking;
mod members;
mod person;
mod processor;
pub mod record;
mod report;
mod tasks;
mod webhook;

pub use captures::CaptureQueue;
pub use members::{Member, Pipeline, PipelineParts};
pub use processor::PipelineProcessor;
pub use report::{Counts, EventOutcome, FailureLog};
