//! `hedgerow.toml` and `hedgerow.lock`: what is to be installed, and from where.
//!
//! `file` is what the project file can say, `read` reads it, `lock` is the file beside it, `source` fetches apps.

mod file;
mod lock;
mod read;
mod source;
