//! Everything of hedgerow that is the same on AWS and on a laptop: loading PostHog apps, running them in QuickJS isolates,
//! and taking events through them.
//!
//! The crate names no cloud vendor, reads no environment variable and no wall clock: what it needs from outside comes in
//! through the traits of [`ports`].

pub mod app;
pub mod decode;
mod durable_global;
pub mod event;
pub mod extensions;
pub mod host;
pub mod imports;
pub mod installation;
pub mod isolate;
pub mod json;
pub mod masking;
pub mod node;
pub mod outcome;
pub mod pipeline;
pub mod ports;
pub mod redrive;
pub mod registry;
pub mod retry;
pub mod setup;
pub mod telemetry;
