//! What is installed, and how it is changed.
//!
//! `place` is where: a folder, or a stack; `kept` is what is there of work. A change is a list of `wanted` installations; `changes` says what it changes and `tell`
//! tells it; `trial` tries it out and `write` lets it hold, all of it at once.

pub mod changes;
pub mod kept;
pub mod place;
pub mod tell;
pub mod trial;
pub mod wanted;
pub mod write;
