//! Effects of the local store: the suites of its ports, the cases that they cover whole, and what survives.

mod cases;
mod conformance;
mod durability;
mod sharing;
