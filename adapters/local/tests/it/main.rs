//! Effects of the local store: the suites of its ports, the cases that they cover whole, and what survives.

// `cfg(test)` although all of it is a test: clippy then knows it of the helpers too.
#[cfg(test)]
mod cases;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod durability;
#[cfg(test)]
mod registry;
#[cfg(test)]
mod sharing;
