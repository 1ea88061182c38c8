//! Randomness: the operating system's, or one that repeats.

use runtime_core::ports::entropy::Entropy;
use sha2::{Digest, Sha256};
use std::sync::{Mutex, PoisonError};

/// Random bytes of the operating system; fit for keys.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes once it has started");
    }
}

/// Bytes that follow from a seed, the same in every release (case-files.md, `seed`). Not fit for keys.
///
/// The bytes are one stream, however it is cut into fills: the SHA-256 of seed and block number (both 8 bytes, little-endian),
/// block after block.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: u64,
    stream: Mutex<Stream>,
}

#[derive(Debug, Default)]
struct Stream {
    next_block: u64,
    block: [u8; 32],
    /// How many bytes at the end of `block` have not been given out.
    left: usize,
}

impl SeededEntropy {
    /// The stream of `seed`, from its beginning.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, stream: Mutex::default() }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        // Nothing in here panics half-way, so the stream of a poisoned lock is whole.
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        for byte in bytes {
            if stream.left == 0 {
                let hash = Sha256::new()
                    .chain_update(self.seed.to_le_bytes())
                    .chain_update(stream.next_block.to_le_bytes())
                    .finalize();
                stream.block = hash.into();
                stream.left = stream.block.len();
                stream.next_block = stream.next_block.wrapping_add(1);
            }
            *byte = stream.block[stream.block.len() - stream.left];
            stream.left -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime_core::ports::conformance;

    fn bytes<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
        let mut bytes = [0; N];
        entropy.fill(&mut bytes);
        bytes
    }

    #[test]
    fn both_pass_the_suite() {
        conformance::entropy::run(&SystemEntropy);
        conformance::entropy::run(&SeededEntropy::new(1));
    }

    #[test]
    fn equal_seeds_give_equal_bytes_however_they_are_asked_for() {
        let (one, other) = (SeededEntropy::new(1), SeededEntropy::new(1));
        let whole: [u8; 70] = bytes(&one);
        let (start, middle, end): ([u8; 1], [u8; 40], [u8; 29]) = (bytes(&other), bytes(&other), bytes(&other));
        assert_eq!([&start[..], &middle, &end].concat(), whole);
        assert_ne!(bytes::<70>(&SeededEntropy::new(2)), whole);
    }

    #[test]
    fn the_stream_of_a_seed_never_changes() {
        let expected: [u8; 32] = Sha256::digest([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).into();
        assert_eq!(bytes::<32>(&SeededEntropy::new(1)), expected);
    }
}
