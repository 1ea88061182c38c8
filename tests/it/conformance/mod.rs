//! The numbered cases of behaviour.md, a file a section.

mod chain;
mod exports;
