//! A skeleton: which fields are asked for and how each is written, in no order; and how far two of them are apart.

use crate::node::intl::fields::{
    self, DAY_PERIOD, FIELD_COUNT, FRACTIONAL_SECOND, HOUR, MINUTE, Piece, SECOND, kind_of,
};

/// The fields of a skeleton or of a pattern.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Skeleton {
    /// By field: the place of its kind (`fields::Kind`), 0 where the field is absent.
    pub(super) places: [i32; FIELD_COUNT],
    /// By field: letter and length as written.
    pub(super) written: [Option<(char, usize)>; FIELD_COUNT],
    /// By field: letter and least length of the kind; what it takes for two skeletons to be of one base.
    pub(super) base: [Option<(char, usize)>; FIELD_COUNT],
}

/// What one skeleton lacks of another, as bits by field.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Distance {
    pub(super) value: i32,
    /// Asked for and not there.
    pub(super) missing: u32,
    /// There and not asked for.
    pub(super) extra: u32,
}

const EXTRA: i32 = 0x1_0000;
const MISSING: i32 = 0x1000;

impl Skeleton {
    /// The fields of a skeleton's text or of a pattern, whose literals do not count.
    pub(super) fn of(text: &str) -> Self {
        let mut skeleton = Self::default();
        for piece in fields::pieces(text) {
            if let Piece::Field(letter, length) = piece {
                skeleton.set(letter, length);
            }
        }
        skeleton.complete();
        skeleton
    }

    fn set(&mut self, letter: char, length: usize) {
        let Some(kind) = kind_of(letter, length) else { return };
        let added = if kind.place > 0 { i32::try_from(length).unwrap_or(i32::MAX) } else { 0 };
        self.places[kind.field] = kind.place + added;
        self.written[kind.field] = Some((letter, length));
        self.base[kind.field] = Some((letter, kind.from));
    }

    /// A fraction of a second needs its second, an hour of twelve its half of the day, and one of 24 has none.
    fn complete(&mut self) {
        let has = |field: usize| self.written[field].is_some();
        if has(MINUTE) && has(FRACTIONAL_SECOND) && !has(SECOND) {
            self.set('s', 1);
        }
        match self.written[HOUR] {
            Some(('h' | 'K', _)) if self.written[DAY_PERIOD].is_none() => self.set('a', 1),
            Some(('H' | 'k', _)) => {
                self.places[DAY_PERIOD] = 0;
                self.written[DAY_PERIOD] = None;
                self.base[DAY_PERIOD] = None;
            }
            _ => {}
        }
    }

    /// The fields that are there, as bits.
    pub(super) fn mask(&self) -> u32 {
        (0..FIELD_COUNT).filter(|&field| self.places[field] != 0).fold(0, |mask, field| mask | 1 << field)
    }

    /// How many letters the base of a field has, 0 if it is absent.
    pub(super) fn base_length(&self, field: usize) -> usize {
        self.base[field].map_or(0, |(_, length)| length)
    }

    /// How far `other` is from the fields of this one that `included` names.
    pub(super) fn distance(&self, other: &Self, included: u32) -> Distance {
        let mut distance = Distance::default();
        for field in 0..FIELD_COUNT {
            let mine = if included & (1 << field) == 0 { 0 } else { self.places[field] };
            let theirs = other.places[field];
            if mine == theirs {
                continue;
            }
            if mine == 0 {
                distance.value += EXTRA;
                distance.extra |= 1 << field;
            } else if theirs == 0 {
                distance.value += MISSING;
                distance.missing |= 1 << field;
            } else {
                distance.value += (mine - theirs).abs();
            }
        }
        distance
    }

    /// The skeleton as text, in the order of fields.
    pub(super) fn text(&self) -> String {
        self.written.iter().flatten().map(|&(letter, length)| letter.to_string().repeat(length)).collect()
    }
}
