//! Effects of the AWS adapter, against an emulator of AWS that `cargo xtask test` starts.

// `cfg(test)` although all of it is a test: clippy then knows it of the helpers too.
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod counting;
#[cfg(test)]
mod emulator;
#[cfg(test)]
mod geoip;
#[cfg(test)]
mod http;
#[cfg(test)]
mod installations;
#[cfg(test)]
mod large_bodies;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod lost_replies;
#[cfg(test)]
mod partial_failures;
#[cfg(test)]
mod queues;
#[cfg(test)]
mod registry;
