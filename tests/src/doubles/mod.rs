//! Doubles of the services that npm packages talk to. They check what they are sent and answer as the services' references say,
//! so a test needs no account; that a real service would accept the same is not proven by them.
//!
//! Each serves HTTP and, with the certificate of tests/certificates, HTTPS on a port of its own. A package that hard-codes a name
//! (`www.googleapis.com`) is led to the second port: the name stays in the request and in TLS.

mod certificates;
mod collector;
mod google;
mod reply;
mod seen;
mod server;
mod site;
mod snowflake;

pub use certificates::{authority, authority_pem, pem};
pub use collector::Collector;
pub use google::Google;
pub use seen::Seen;
pub use site::Site;
pub use snowflake::Snowflake;
