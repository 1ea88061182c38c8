//! Commands that look at what is installed, and that change one app of it: `apps`, `config`, `secrets`, `attachments`, `rollback`,
//! `history`.

mod apps;
mod attachments;
mod config;
mod one;
mod revisions;
mod secrets;

pub use apps::apps;
pub use attachments::attachments;
pub use config::config;
pub use revisions::{history, rollback};
pub use secrets::secrets;
