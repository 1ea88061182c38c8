//! Commands that look at what is installed, and that change one app of it: `apps`, `config`, `secrets`, `attachments`, `rollback`,
//! `history`, `prune`.

mod apps;
mod attachments;
mod condition;
mod config;
mod enable;
mod last_errors;
mod one;
mod prune;
mod revisions;
mod secrets;

pub use apps::apps;
pub use attachments::attachments;
pub use config::config;
pub use one::find as find_app;
pub use prune::prune;
pub use revisions::{history, rollback};
pub use secrets::secrets;
