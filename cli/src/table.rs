//! A table that fits where it is printed.

use crate::console::{self, STRONG};
use std::io::{IsTerminal, stdout};
use terminal_size::{Width, terminal_size_of};

/// What stands between two columns.
const GAP: usize = 2;

/// The fewest characters of the last column that are worth a place beside the others.
const SHORTEST_LAST: usize = 12;

/// Prints a table on stdout, its head stressed; cut to the terminal if there is one.
pub fn print(rows: Vec<Vec<String>>) {
    let width = stdout().is_terminal().then(|| terminal_size_of(stdout())).flatten();
    let printable = |cell: String| console::printable(&cell).replace(['\n', '\t'], " ");
    let rows: Vec<Vec<String>> = rows.into_iter().map(|row| row.into_iter().map(printable).collect()).collect();
    for (index, line) in lines(&rows, width.map(|(Width(width), _)| usize::from(width))).into_iter().enumerate() {
        if index == 0 {
            console::line(format_args!("{STRONG}{line}{STRONG:#}"));
        } else {
            console::line(line);
        }
    }
}

/// Lines of a table, the first row being its head. Columns are as wide as their widest cell; the last one is cut to what is left
/// of `width` characters. Where too little is left, whole lines are cut instead; without a width nothing is.
pub fn lines(rows: &[Vec<String>], width: Option<usize>) -> Vec<String> {
    let columns = rows.first().map_or(0, Vec::len);
    let widest = |column: usize| rows.iter().map(|row| length(&row[column])).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(widest).collect();
    let before: usize = widths.iter().take(columns.saturating_sub(1)).map(|width| width + GAP).sum();
    let last = width.map(|width| width.saturating_sub(before).max(SHORTEST_LAST));
    rows.iter()
        .map(|row| {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths).take(columns.saturating_sub(1)) {
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', width - length(cell) + GAP));
            }
            if let Some(cell) = row.last() {
                line.push_str(&last.map_or_else(|| cell.clone(), |last| cut(cell, last)));
            }
            let line = line.trim_end();
            width.map_or_else(|| line.to_owned(), |width| cut(line, width))
        })
        .collect()
}

/// The shortest length, at least `least`, at which the beginnings of all texts differ.
pub fn distinct_length(texts: &[&str], least: usize) -> usize {
    let mut sorted = texts.to_vec();
    sorted.sort_unstable();
    let shared = |pair: &[&str]| pair[0].chars().zip(pair[1].chars()).take_while(|(one, other)| one == other).count();
    sorted.windows(2).map(|pair| shared(pair) + 1).fold(least, usize::max)
}

/// A text of at most `length` characters, which shows where it was cut.
fn cut(text: &str, most: usize) -> String {
    if length(text) <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Vec<String>> {
        [["ID", "WHY", "MESSAGE"], ["a1", "crashed", "a message that is long é"], ["b", "x", "short"]]
            .map(|row| row.map(str::to_owned).to_vec())
            .to_vec()
    }

    #[test]
    fn the_last_column_takes_what_is_left() {
        assert_eq!(
            lines(&rows(), Some(30)),
            ["ID  WHY      MESSAGE", "a1  crashed  a message that i…", "b   x        short"]
        );
        assert_eq!(lines(&rows(), None)[1], "a1  crashed  a message that is long é");
    }

    #[test]
    fn no_line_is_longer_than_the_terminal() {
        for width in 1..60 {
            for line in lines(&rows(), Some(width)) {
                assert!(length(&line) <= width, "{width}: {line}");
            }
        }
        assert_eq!(lines(&[], Some(10)), [""; 0]);
    }

    #[test]
    fn ids_are_cut_where_they_still_differ() {
        assert_eq!(distinct_length(&["abcdefgh-1", "abcdefgh-2", "x"], 4), 10);
        assert_eq!(distinct_length(&["abcdef", "xyz"], 4), 4);
        assert_eq!(distinct_length(&["ab", "abc"], 1), 3);
        assert_eq!(distinct_length(&[], 8), 8);
    }
}
