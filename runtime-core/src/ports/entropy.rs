//! Randomness, which is a port so that a test can repeat it (case-files.md, `seed`).

/// A source of random bytes.
pub trait Entropy: Send + Sync {
    /// Fills `bytes`; fit for keys unless the implementation says it is seeded.
    fn fill(&self, bytes: &mut [u8]);

    /// A name that nothing else has: 16 random bytes as 32 hex digits.
    fn name(&self) -> String {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
