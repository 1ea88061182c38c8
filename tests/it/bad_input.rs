//! Records that cannot be read, and apps that misbehave: each costs itself alone, and is told clearly.

mod apps;
mod continuations;
mod records;
mod values;
