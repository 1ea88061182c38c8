//! The fields of a date pattern (UTS 35, "Date Field Symbol Table"): which letter is which field, and how near two ways of
//! writing one field are to each other.

/// How many fields a pattern can have.
pub(super) const FIELD_COUNT: usize = 16;

pub(super) const ERA: usize = 0;
pub(super) const YEAR: usize = 1;
pub(super) const MONTH: usize = 3;
pub(super) const WEEKDAY: usize = 6;
pub(super) const DAY: usize = 9;
pub(super) const DAY_PERIOD: usize = 10;
pub(super) const HOUR: usize = 11;
pub(super) const MINUTE: usize = 12;
pub(super) const SECOND: usize = 13;
pub(super) const FRACTIONAL_SECOND: usize = 14;
pub(super) const ZONE: usize = 15;

/// Names of the appendItems of CLDR and of its `fields`, by field; fields that no options bag asks for are empty.
pub(super) const NAMES: [(&str, &str); FIELD_COUNT] = [
    ("Era", "era"),
    ("Year", "year"),
    ("", ""),
    ("Month", "month"),
    ("", ""),
    ("", ""),
    ("Day-Of-Week", "weekday"),
    ("", ""),
    ("", ""),
    ("Day", "day"),
    ("", "dayperiod"),
    ("Hour", "hour"),
    ("Minute", "minute"),
    ("Second", "second"),
    ("", ""),
    ("Timezone", "zone"),
];

const NUMERIC: i32 = 0x100;
const NARROW: i32 = -0x101;
const SHORTER: i32 = -0x102;
const SHORT: i32 = -0x103;
const LONG: i32 = -0x104;
/// Between letters of one field.
const DELTA: i32 = 0x10;

/// One way to write a field: a letter, from a length on.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) letter: char,
    pub(super) field: usize,
    /// Its place on the field's scale: two kinds are as far from each other as their places; positive for numbers, to which
    /// the length adds.
    pub(super) place: i32,
    /// The least number of letters.
    pub(super) from: usize,
}

const fn kind(letter: char, field: usize, place: i32, from: usize) -> Kind {
    Kind { letter, field, place, from }
}

/// The places are those of ICU's pattern generator, as its choice between formats is what apps see in Node.
static KINDS: &[Kind] = &[
    kind('G', ERA, SHORT, 1),
    kind('G', ERA, LONG, 4),
    kind('G', ERA, NARROW, 5),
    kind('y', YEAR, NUMERIC, 1),
    kind('M', MONTH, NUMERIC, 1),
    kind('M', MONTH, SHORT, 3),
    kind('M', MONTH, LONG, 4),
    kind('M', MONTH, NARROW, 5),
    kind('L', MONTH, NUMERIC + DELTA, 1),
    kind('L', MONTH, SHORT - DELTA, 3),
    kind('L', MONTH, LONG - DELTA, 4),
    kind('L', MONTH, NARROW - DELTA, 5),
    kind('E', WEEKDAY, SHORT, 1),
    kind('E', WEEKDAY, LONG, 4),
    kind('E', WEEKDAY, NARROW, 5),
    kind('E', WEEKDAY, SHORTER, 6),
    kind('c', WEEKDAY, NUMERIC + 2 * DELTA, 1),
    kind('c', WEEKDAY, SHORT - 2 * DELTA, 3),
    kind('c', WEEKDAY, LONG - 2 * DELTA, 4),
    kind('c', WEEKDAY, NARROW - 2 * DELTA, 5),
    kind('d', DAY, NUMERIC, 1),
    kind('a', DAY_PERIOD, SHORT, 1),
    kind('a', DAY_PERIOD, LONG, 4),
    kind('a', DAY_PERIOD, NARROW, 5),
    kind('b', DAY_PERIOD, SHORT - DELTA, 1),
    kind('b', DAY_PERIOD, LONG - DELTA, 4),
    kind('b', DAY_PERIOD, NARROW - DELTA, 5),
    kind('B', DAY_PERIOD, SHORT - 3 * DELTA, 1),
    kind('B', DAY_PERIOD, LONG - 3 * DELTA, 4),
    kind('B', DAY_PERIOD, NARROW - 3 * DELTA, 5),
    kind('H', HOUR, NUMERIC + 10 * DELTA, 1),
    kind('k', HOUR, NUMERIC + 11 * DELTA, 1),
    kind('h', HOUR, NUMERIC, 1),
    kind('K', HOUR, NUMERIC + DELTA, 1),
    kind('m', MINUTE, NUMERIC, 1),
    kind('s', SECOND, NUMERIC, 1),
    kind('S', FRACTIONAL_SECOND, NUMERIC, 1),
    kind('v', ZONE, SHORT - 2 * DELTA, 1),
    kind('v', ZONE, LONG - 2 * DELTA, 4),
    kind('z', ZONE, SHORT, 1),
    kind('z', ZONE, LONG, 4),
    kind('O', ZONE, SHORT - DELTA, 1),
    kind('O', ZONE, LONG - DELTA, 4),
];

/// The kind of a run of one letter, `None` for a letter that is no field of ours.
pub(super) fn kind_of(letter: char, length: usize) -> Option<&'static Kind> {
    KINDS.iter().rfind(|kind| kind.letter == letter && kind.from <= length)
}

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text as it is printed.
    Literal(String),
    /// A run of one letter.
    Field(char, usize),
}

/// Takes a pattern apart; quotes are resolved.
pub(super) fn pieces(pattern: &str) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    let mut quoted = false;
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\'' if characters.next_if_eq(&'\'').is_some() => literal(&mut found, '\''),
            '\'' => quoted = !quoted,
            letter if letter.is_ascii_alphabetic() && !quoted => {
                let mut length = 1;
                while characters.next_if_eq(&letter).is_some() {
                    length += 1;
                }
                found.push(Piece::Field(letter, length));
            }
            other => literal(&mut found, other),
        }
    }
    found
}

fn literal(pieces: &mut Vec<Piece>, character: char) {
    match pieces.last_mut() {
        Some(Piece::Literal(text)) => text.push(character),
        _ => pieces.push(Piece::Literal(character.to_string())),
    }
}

/// Fills `{0}` and `{1}` (and `{2}`) of a CLDR message whose arguments are lists of pieces.
pub(super) fn fill(message: &str, arguments: &[&[Piece]]) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    let mut rest = message;
    while let Some(start) = rest.find('{') {
        push_all(&mut found, &pieces(&rest[..start]));
        let number = rest[start + 1..].chars().next().and_then(|digit| digit.to_digit(10));
        if let Some(argument) = number.and_then(|number| arguments.get(number as usize)) {
            push_all(&mut found, argument);
        }
        rest = rest[start..].find('}').map_or("", |end| &rest[start + end + 1..]);
    }
    push_all(&mut found, &pieces(rest));
    found
}

fn push_all(pieces: &mut Vec<Piece>, more: &[Piece]) {
    for piece in more {
        match (pieces.last_mut(), piece) {
            (Some(Piece::Literal(text)), Piece::Literal(added)) => text.push_str(added),
            _ => pieces.push(piece.clone()),
        }
    }
}
