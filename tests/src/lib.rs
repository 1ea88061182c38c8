//! What the tests of effects share: a world of apps around in-memory ports and a clock that stands still.

mod ports;
mod world;

pub use ports::{LogBook, MemorySink, MockHttp, MockReply, Recorded};
pub use world::{AppSetup, World, WorldBuilder, event};
