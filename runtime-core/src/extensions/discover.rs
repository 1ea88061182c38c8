//! Finding an app's functions (behaviour.md a.5); the rules are in `discover.js`, what is made of them in `isolate/exports.rs`.

pub(super) const SOURCE: &str = include_str!("discover.js");
