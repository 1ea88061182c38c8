//! Searching of `Buffer`, in time linear in what is searched: a native cannot be interrupted, so no input may make it slow.

/// Which way a search goes, and so which of several matches it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// `indexOf`.
    Forward,
    /// `lastIndexOf`.
    Backward,
}

/// Node's `indexOf`: where `needle` starts in `hay`, searching from `from` (from the end if negative), or -1. `step` is the
/// width of a unit in bytes, 1 or 2: a match starts at a multiple of it.
pub(super) fn find(hay: &[u8], needle: &[u8], from: i64, step: usize, direction: Direction) -> i64 {
    let Some(start) = start_of_search(hay.len(), needle.len(), from, direction) else { return -1 };
    if needle.is_empty() {
        return start as i64;
    }
    let found = match step {
        1 => search(hay, needle, start, direction),
        _ => search(&units(hay), &units(needle), start / 2, direction).map(|at| at * 2),
    };
    found.map_or(-1, |at| at as i64)
}

fn start_of_search(hay: usize, needle: usize, from: i64, direction: Direction) -> Option<usize> {
    let length = hay as i64;
    let start = match (from, direction) {
        (from, _) if from < 0 && from + length >= 0 => from + length,
        (from, Direction::Backward) if from < 0 && needle > 0 => return None,
        (from, _) if from < 0 => 0,
        (from, _) if from + needle as i64 <= length => from,
        _ if needle == 0 => length,
        (_, Direction::Forward) => return None,
        (_, Direction::Backward) => (length - 1).max(0),
    };
    usize::try_from(start).ok()
}

/// What is left over of a last unit is no unit.
fn units(bytes: &[u8]) -> Vec<u16> {
    bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect()
}

fn search<T: Eq + Copy>(hay: &[T], needle: &[T], start: usize, direction: Direction) -> Option<usize> {
    let last = hay.len().checked_sub(needle.len())?;
    if needle.is_empty() {
        return None;
    }
    match direction {
        Direction::Forward => first_match(hay.get(start..)?.iter(), needle).map(|at| start + at),
        Direction::Backward => {
            let end = start.min(last) + needle.len();
            let reversed: Vec<T> = needle.iter().rev().copied().collect();
            first_match(hay[..end].iter().rev(), &reversed).map(|at| end - at - needle.len())
        }
    }
}

/// Knuth, Morris and Pratt's search: the number of elements before the first match.
fn first_match<'a, T: Eq + Copy + 'a>(hay: impl Iterator<Item = &'a T>, needle: &[T]) -> Option<usize> {
    let borders = borders(needle);
    let mut matched = 0;
    for (at, element) in hay.enumerate() {
        matched = extend(needle, &borders, matched, *element);
        if matched == needle.len() {
            return Some(at + 1 - matched);
        }
    }
    None
}

/// For each prefix of the needle, the length of the longest shorter prefix that it ends with. A needle fits into an isolate's
/// memory, so 32 bits hold a length.
fn borders<T: Eq + Copy>(needle: &[T]) -> Vec<u32> {
    let mut borders = vec![0; needle.len()];
    let mut matched = 0;
    for at in 1..needle.len() {
        matched = extend(needle, &borders, matched, needle[at]);
        borders[at] = matched as u32;
    }
    borders
}

/// How much of the needle is matched after one more element, given that `matched` (less than all) was before it.
fn extend<T: Eq + Copy>(needle: &[T], borders: &[u32], mut matched: usize, element: T) -> usize {
    while matched > 0 && needle[matched] != element {
        matched = borders[matched - 1] as usize;
    }
    matched + usize::from(needle[matched] == element)
}

#[cfg(test)]
mod tests {
    use super::{Direction, find, search};

    /// Every match there is, for texts over two letters, against looking at each position.
    #[test]
    fn it_finds_what_looking_everywhere_finds() {
        let text = |length: u32, bits: u32| (0..length).map(|at| (bits >> at & 1) as u8).collect::<Vec<u8>>();
        for (hay_length, needle_length) in [(9, 1), (9, 2), (9, 3), (9, 4)] {
            for hay in 0..1 << hay_length {
                for needle in 0..1 << needle_length {
                    let (hay, needle) = (text(hay_length, hay), text(needle_length, needle));
                    let matches = |at: &usize| hay[*at..].starts_with(&needle);
                    let last = hay.len() - needle.len();
                    for start in [0, 3, last] {
                        let forward = (start..=last).find(matches);
                        let backward = (0..=start).rev().find(matches);
                        assert_eq!(
                            search(&hay, &needle, start, Direction::Forward),
                            forward,
                            "{hay:?} {needle:?} {start}"
                        );
                        assert_eq!(
                            search(&hay, &needle, start, Direction::Backward),
                            backward,
                            "{hay:?} {needle:?} {start}"
                        );
                    }
                }
            }
        }
    }

    /// With a search that starts over at each position this would take hours.
    #[test]
    fn a_hostile_needle_is_no_slower() {
        let hay = vec![b'a'; 4 << 20];
        let mut needle = vec![b'a'; 2 << 20];
        needle.extend(b"bb");
        for direction in [Direction::Forward, Direction::Backward] {
            assert_eq!(find(&hay, &needle, 0, 1, direction), -1);
            assert_eq!(find(&hay, &needle, -1, 2, direction), -1);
        }
    }
}
