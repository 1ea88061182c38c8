//! The numbered cases of behaviour.md, a file a section.

mod cache;
mod capture;
mod chain;
mod exports;
mod on_event;
mod outside;
mod storage;
