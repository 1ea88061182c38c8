//! The pipeline around the chain: policies, teams, the sink, captures, web hooks, exports, jobs, tasks and teardown, and what is kept of `global`.

mod after;
mod budget;
mod continuations;
mod documents;
mod durable_global;
mod once;
mod policies;
mod redrive;
mod refresh;
mod work;
