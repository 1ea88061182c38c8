//! Conservation under faults: events go through four apps while processes are killed, replies lost and services down, and a
//! checker then proves from the outside that nothing was lost and nothing doubled without cause.
//!
//! `events` writes the input, `endpoint` records what the apps tell, `local` drives and breaks `hedgerow run`, `emulator`
//! and `proxy` the Lambda functions. All that they leave is files (`files`), and `checker` reads nothing else: it knows neither the runtime nor the harness.

pub mod apps;
pub mod checker;
pub mod emulator;
pub mod endpoint;
pub mod events;
pub mod files;
pub mod local;
pub mod proxy;
pub mod random;
pub mod sabotage;
mod server;
pub mod work;
