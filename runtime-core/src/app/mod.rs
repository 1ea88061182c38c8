//! An app, from the files of its bundle to a manifest and a script that an isolate can evaluate. Pure: no file system, no engine.

mod error;
mod source_map;
mod transform;

pub use self::{
    error::{LoadError, SourceProblem},
    source_map::{Position, SourceMap, code_frame},
    transform::{ImportSet, PROVIDED_IMPORTS, Script, transform},
};
