//! `hedgerow.toml` and `hedgerow.lock`: what is to be installed, and from where.
//!
//! `file` is what the project file can say and `schema` its JSON Schema, `read` reads it, `lock` is the file beside it, `source`
//! fetches apps, `values` reads config values, `resolve` puts it all together. `commands` are the commands over it, `init` writes
//! a first file.

mod commands;
mod file;
mod init;
mod lock;
mod read;
mod resolve;
mod schema;
mod source;
mod values;

pub use commands::{apply, plan};
pub use init::init;
pub use schema::schema;
