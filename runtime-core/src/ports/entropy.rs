//! Randomness, which is a port so that a test can repeat it (case-files.md, `seed`).

/// A source of random bytes.
pub trait Entropy: Send + Sync {
    /// Fills `bytes`; fit for keys unless the implementation says it is seeded.
    fn fill(&self, bytes: &mut [u8]);
}
