//! Numbers that look random and depend on nothing but a seed.

/// The SplitMix64 generator (Steele, Lea and Flood, 2014): small, and good enough to choose where to break something.
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
}

impl Random {
    /// A generator for a seed and what it is for: equal pairs give equal numbers, unequal ones unrelated numbers.
    #[must_use]
    pub fn new(seed: u64, purpose: &str) -> Self {
        let mut random = Self { state: seed };
        for byte in purpose.bytes() {
            random.state = random.next() ^ u64::from(byte);
        }
        random
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `end` - 1; 0 if `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// True in `per_mille` of 1,000 calls.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// Brings the items into another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = usize::try_from(self.below(last as u64 + 1)).expect("an index fits usize");
            items.swap(last, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_and_purposes_give_equal_numbers() {
        let take = |seed, purpose| {
            let mut random = Random::new(seed, purpose);
            (0..8).map(|_| random.below(1000)).collect::<Vec<_>>()
        };
        assert_eq!(take(1, "kills"), take(1, "kills"));
        assert_ne!(take(1, "kills"), take(1, "cuts"));
        assert_ne!(take(1, "kills"), take(2, "kills"));
    }

    #[test]
    fn a_shuffle_loses_nothing() {
        let mut items: Vec<u32> = (0..100).collect();
        Random::new(5, "shuffle").shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn a_chance_is_roughly_what_it_says() {
        let mut random = Random::new(3, "chance");
        let hits = (0..10_000).filter(|_| random.chance(300)).count();
        assert!((2_700..3_300).contains(&hits), "{hits}");
        assert_eq!(random.below(0), 0);
    }
}
