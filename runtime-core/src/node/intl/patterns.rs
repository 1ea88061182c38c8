//! From the fields an app asks for to a locale's pattern, the way ICU's pattern generator goes there: the nearest of the
//! locale's formats, its fields widened or narrowed to what was asked, and what no format has appended.
//!
//! ECMA-402 leaves the choice to the implementation; this one gives what Node prints.

use crate::node::intl::dates::Dates;
use crate::node::intl::fields::{
    self, DAY_PERIOD, FIELD_COUNT, FRACTIONAL_SECOND, HOUR, MINUTE, MONTH, Piece, SECOND, WEEKDAY, YEAR, fill, kind_of,
};
use crate::node::intl::skeleton::{Distance, Skeleton};
use std::sync::Arc;

/// One format of the locale.
#[derive(Debug)]
struct Entry {
    skeleton: Skeleton,
    pieces: Vec<Piece>,
    /// The skeleton was given beside the pattern, not derived from it.
    specified: bool,
}

/// All formats of a locale.
#[derive(Debug)]
pub(super) struct Patterns {
    dates: Arc<Dates>,
    decimal: String,
    entries: Vec<Entry>,
}

/// A format that was chosen, and how it differs from what was asked for.
struct Found<'a> {
    entry: &'a Entry,
    distance: Distance,
}

/// Every field has a format of its own at least.
const SINGLE_FIELDS: &str = "GyMEdaHmsSv";
const DATE_FIELDS: u32 = (1 << DAY_PERIOD) - 1;
const TIME_FIELDS: u32 = ((1 << FIELD_COUNT) - 1) & !DATE_FIELDS;

impl Patterns {
    /// The formats of a locale; `decimal` is its sign between seconds and their fraction.
    pub(super) fn new(dates: &Arc<Dates>, decimal: String) -> Self {
        let mut patterns = Self { dates: Arc::clone(dates), decimal, entries: Vec::new() };
        for letter in SINGLE_FIELDS.chars() {
            patterns.add(&letter.to_string(), None);
        }
        for (date, time) in dates.date_formats.iter().zip(&dates.time_formats) {
            patterns.add(date, None);
            patterns.add(time, None);
        }
        for (skeleton, pattern) in &dates.available {
            patterns.add(pattern, Some(skeleton));
        }
        // The order in which ICU looks, which decides between equals.
        patterns.entries.sort_by_key(|entry| entry.skeleton.base.iter().flatten().next().map(|&(letter, _)| letter));
        patterns
    }

    /// Adds a format. One of a given skeleton stands beside a standard format of the same fields, or in its place if they
    /// are even of the same length; any other gives way to what is there.
    fn add(&mut self, pattern: &str, specified: Option<&str>) {
        let skeleton = Skeleton::of(specified.unwrap_or(pattern));
        let of_base = self.entries.iter().find(|entry| entry.skeleton.base == skeleton.base);
        let same = self.entries.iter().find(|entry| entry.skeleton.written == skeleton.written);
        let gives_way = match specified {
            Some(_) => same.is_some_and(|entry| entry.specified),
            None => same.is_some() || of_base.is_some_and(|entry| !entry.specified),
        };
        if gives_way {
            return;
        }
        let entry = Entry { pieces: fields::pieces(pattern), specified: specified.is_some(), skeleton };
        let old = self
            .entries
            .iter_mut()
            .find(|old| old.skeleton.base == entry.skeleton.base && old.skeleton.places == entry.skeleton.places);
        match old {
            // ICU keeps the skeleton of the entry that it overwrites.
            Some(old) => (old.pieces, old.specified) = (entry.pieces, entry.specified),
            None => self.entries.push(entry),
        }
    }

    /// The pattern for a skeleton such as `yMMMdHHmm`.
    pub(super) fn best(&self, skeleton: &str) -> Vec<Piece> {
        let asked = Skeleton::of(skeleton);
        let found = self.nearest(&asked, u32::MAX);
        if found.distance.missing == 0 && found.distance.extra == 0 {
            return self.adjusted(&found.entry.pieces, found.entry, &asked);
        }
        let needed = asked.mask();
        let date = self.appended(&asked, needed & DATE_FIELDS);
        let time = self.appended(&asked, needed & TIME_FIELDS);
        match (date.is_empty(), time.is_empty()) {
            (true, _) => time,
            (_, true) => date,
            _ => fill(&self.dates.at_time[glue_style(&asked)], &[&time, &date]),
        }
    }

    /// The entry nearest to the `included` fields of what was asked.
    fn nearest(&self, asked: &Skeleton, included: u32) -> Found<'_> {
        let mut best: Option<Found<'_>> = None;
        for entry in &self.entries {
            let distance = asked.distance(&entry.skeleton, included);
            let nearer = best.as_ref().is_none_or(|best| {
                let tie = distance.value == best.distance.value && best.distance.missing < distance.missing;
                distance.value < best.distance.value || tie
            });
            if nearer {
                best = Some(Found { entry, distance });
            }
            if distance.value == 0 {
                break;
            }
        }
        best.expect("every locale has the formats of single fields")
    }

    /// A pattern with all the `included` fields: the nearest format, and the fields that it lacks appended to it.
    fn appended(&self, asked: &Skeleton, included: u32) -> Vec<Piece> {
        if included == 0 {
            return Vec::new();
        }
        let mut found = self.nearest(asked, included);
        let mut pieces = self.adjusted(&found.entry.pieces, found.entry, asked);
        let mut missing = found.distance.missing;
        let mut last = 0;
        let both = 1 << SECOND | 1 << FRACTIONAL_SECOND;
        while missing != 0 && missing != last {
            if missing & both == 1 << FRACTIONAL_SECOND && included & both == both {
                pieces = self.with_fraction(pieces, asked);
                missing &= !(1 << FRACTIONAL_SECOND);
                continue;
            }
            found = self.nearest(asked, missing);
            let added = self.adjusted(&found.entry.pieces, found.entry, asked);
            let supplied = missing & !found.distance.missing;
            missing = found.distance.missing;
            // As in ICU, where a third format is never appended.
            last = missing;
            let top = supplied.checked_ilog2().map_or(0, |top| top as usize);
            let (format, name) = self.dates.append_item(top);
            pieces = fill(&format, &[&pieces, &added, &[Piece::Literal(name)]]);
        }
        pieces
    }

    /// The fields of a format at the lengths that were asked for.
    fn adjusted(&self, pieces: &[Piece], entry: &Entry, asked: &Skeleton) -> Vec<Piece> {
        let specified = entry.specified.then_some(&entry.skeleton);
        pieces.iter().map(|piece| adjust(piece, specified, asked)).collect()
    }

    /// `ss` becomes `ss.SSS`.
    fn with_fraction(&self, pieces: Vec<Piece>, asked: &Skeleton) -> Vec<Piece> {
        let Some((letter, length)) = asked.written[FRACTIONAL_SECOND] else { return pieces };
        let mut found = Vec::with_capacity(pieces.len() + 2);
        for piece in pieces {
            let is_second = matches!(piece, Piece::Field('s', _));
            found.push(piece);
            if is_second {
                found.push(Piece::Literal(self.decimal.clone()));
                found.push(Piece::Field(letter, length));
            }
        }
        found
    }
}

/// Which of the four ways to join a date and a time goes with the date that was asked for.
fn glue_style(asked: &Skeleton) -> usize {
    match (asked.base_length(MONTH), asked.base_length(WEEKDAY)) {
        (4, 0) => 1,
        (4, _) => 0,
        (3, _) => 2,
        _ => 3,
    }
}

fn adjust(piece: &Piece, specified: Option<&Skeleton>, asked: &Skeleton) -> Piece {
    let Piece::Field(letter, length) = *piece else { return piece.clone() };
    let Some(kind) = kind_of(letter, length) else { return piece.clone() };
    let Some((asked_letter, asked_length)) = asked.written[kind.field] else { return piece.clone() };
    // One to three letters E are the same.
    let wanted = if asked_letter == 'E' { asked_length.max(3) } else { asked_length };
    let kept = match (kind.field, specified) {
        (MINUTE | SECOND, _) => true,
        (_, Some(skeleton)) if asked_letter != 'c' => {
            let in_skeleton = skeleton.written[kind.field].map_or(0, |(_, length)| length);
            in_skeleton == wanted || (kind.place > 0) != (skeleton.places[kind.field] > 0)
        }
        _ => false,
    };
    let letter = if matches!(kind.field, HOUR | MONTH | WEEKDAY | YEAR) { letter } else { asked_letter };
    Piece::Field(letter, if kept { length } else { wanted })
}
