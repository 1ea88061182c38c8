//! The port of random bytes as the generator that the crates of RSA and elliptic curves ask for.

use crate::ports::entropy::Entropy;
use rsa::rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;
use std::sync::Arc;

/// Draws from the port.
pub(super) struct PortRandom(pub(super) Arc<dyn Entropy>);

impl TryRng for PortRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, destination: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(destination);
        Ok(())
    }
}

impl TryCryptoRng for PortRandom {}
