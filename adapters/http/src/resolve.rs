//! From a host name to its addresses.

use async_trait::async_trait;
use std::io;
use std::net::IpAddr;

/// Resolves host names. Asked once for each new connection.
#[async_trait]
pub trait Resolve: Send + Sync {
    /// Every address of `host`, in the order in which they are to be tried.
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The resolver of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let addresses = tokio::net::lookup_host((host, 0)).await?;
        Ok(addresses.map(|address| address.ip()).collect())
    }
}
