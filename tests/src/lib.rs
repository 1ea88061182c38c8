//! What the tests of effects share: a world of apps around in-memory ports and a clock that stands still; and the programs that
//! are shipped, run as a user or Lambda runs them (`cargo xtask test` builds the workspace first).

mod app_setup;
pub mod aws;
pub mod doubles;
pub mod endpoint;
mod imports;
mod ports;
pub mod postgres;
pub mod program;
pub mod registry;
mod time;
mod world;
mod world_builder;

pub use app_setup::AppSetup;
pub use imports::{imports, imports_path};
pub use lambda_double::runtime_api;
pub use ports::{LogBook, MemorySink, MockHttp, MockReply, Recorded};
pub use runtime_core::ports::conformance::mmdb;
pub use time::{show, until, until_within};
pub use world::{World, deliver_due, event};
pub use world_builder::WorldBuilder;
