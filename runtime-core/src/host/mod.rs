//! The one door through which every call of an app to the outside goes, so that it can be recorded, limited, counted and masked
//! in one place.

pub mod capture_rate;
pub mod context;
pub mod door;
pub mod egress;
pub mod fetch;
pub mod ports;

pub use context::CallContext;
pub use door::{HostCall, HostError};
pub use ports::{Host, Ports, PosthogAccess};
