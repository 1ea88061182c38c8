//! The pipeline around the chain: policies, teams, the sink, captures, web hooks, exports, jobs, tasks and teardown.

mod after;
mod budget;
mod continuations;
mod once;
mod policies;
mod work;
