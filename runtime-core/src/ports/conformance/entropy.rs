//! The suite of [`Entropy`].

use crate::ports::entropy::Entropy;

/// Checks `entropy`. The chance that a sound source fails is below 2^-200.
pub fn run(entropy: &dyn Entropy) {
    entropy.fill(&mut []);
    let (mut first, mut second) = ([0_u8; 32], [0_u8; 32]);
    entropy.fill(&mut first);
    entropy.fill(&mut second);
    assert_ne!(first, [0; 32], "fill left the bytes as they were");
    assert_ne!(first, second, "two fills gave the same bytes");
    let mut long = [0_u8; 1_000];
    entropy.fill(&mut long);
    assert!(long.chunks(100).all(|part| part.iter().any(|byte| *byte != 0)), "fill left a part of the bytes as it was");
}
