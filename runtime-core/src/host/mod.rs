//! The one door through which every call of an app to the outside goes.

pub mod egress;
pub mod fetch;
