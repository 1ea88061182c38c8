//! An app, from the files of its bundle to a manifest and a script that an isolate can evaluate. Pure: no file system, no engine.

mod bundle;
mod config;
mod error;
mod load;
mod manifest;
pub mod public_jobs;
mod source_map;
mod transform;
mod version_range;

pub use self::{
    bundle::AppBundle,
    config::{ConfigProblem, merge_defaults, secret_keys, validate},
    error::{LoadError, SourceProblem},
    load::App,
    manifest::{Condition, ConfigField, FieldKind, JobField, Manifest, PublicJob},
    source_map::{Position, SourceMap, code_frame},
    transform::{ImportSet, ModuleState, PROVIDED_IMPORTS, Script, transform},
};
