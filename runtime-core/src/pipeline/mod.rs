//! The path of an event: the chain of `processEvent`, the sink, then what looks on (`onEvent`, `composeWebhook`, `exportEvents`).
//!
//! [`Pipeline`] holds an isolate per installation. A record's events go through [`Pipeline::process`], jobs through
//! [`Pipeline::run_job`]; [`Pipeline::trigger`] begins a scheduled task.
//!
//! What cannot be finished now, because an app asks for another attempt or a port is out of reach, becomes a [`Continuation`]: a
//! message in the delayed queue, sent before the work that led to it counts as done. [`Pipeline::run_delayed`] goes on from its
//! stage, so what was done before is never done again.

mod assembly;
mod batches;
mod calls;
mod chain;
mod coalesce;
mod continuation;
mod enabling;
mod errors;
mod exports;
mod gate;
mod globals;
mod later;
mod look_on;
mod masking;
mod members;
mod once;
mod person;
mod processor;
pub mod record;
mod report;
mod resume;
mod schedule;
mod stage;
mod tasks;
mod walk;
mod webhook;

pub use continuation::{BadContinuation, Continuation, Progress};
pub use enabling::{enable, setup_state};
pub use errors::{ErrorRecord, KEPT_ERRORS, LOADING, recent_errors};
pub use members::{Member, Pipeline, PipelineParts};
pub use once::Idempotency;
pub use processor::PipelineProcessor;
pub use report::{Counts, EventOutcome, FailureLog};
pub use resume::{ResumeError, Resumed};
pub use stage::{ChainPlace, ChainStage, Marks, Stage};
