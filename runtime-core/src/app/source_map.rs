//! From places in the script that runs to places in the source that its author wrote.

/// A place in a text: line and column from 1, columns in UTF-16 units as JavaScript tools count them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

impl Position {
    /// The place at `line` and `column`, both from 1.
    pub fn new(line: u32, column: u32) -> Self {
        Self { line, column }
    }
}

/// One point at which script and source are known to correspond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mapping {
    /// Place in the script.
    pub(crate) generated: Position,
    /// Place in the source.
    pub(crate) original: Position,
}

/// Where each part of a script came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceMap {
    /// Name under which the script is evaluated, as it appears in stack frames.
    file: String,
    /// Ordered by place in the script.
    mappings: Vec<Mapping>,
}

impl SourceMap {
    /// A map for the script evaluated as `file`. `mappings` may come in any order.
    pub(crate) fn new(file: &str, mut mappings: Vec<Mapping>) -> Self {
        mappings.sort_by_key(|mapping| mapping.generated);
        Self { file: file.to_owned(), mappings }
    }

    /// The place in the source of a place in the script, both from 1; None in code that has no source (what we put in front).
    ///
    /// Between two known points the one before counts, so a column is that of the expression's start.
    pub fn original(&self, line: u32, column: u32) -> Option<(u32, u32)> {
        let wanted = Position::new(line, column);
        let after = self.mappings.partition_point(|mapping| mapping.generated <= wanted);
        let on_line = after.checked_sub(1).map(|index| self.mappings[index]);
        // Some statements have no point at their first column: what comes next on that line is nearer than the line before.
        let next = self.mappings.get(after).filter(|mapping| mapping.generated.line == line).copied();
        let nearest = match (on_line, next) {
            (Some(before), _) if before.generated.line == line => before,
            (_, Some(next)) => next,
            (Some(before), None) => before,
            (None, None) => return None,
        };
        Some((nearest.original.line, nearest.original.column))
    }

    /// `stack` with every `FILE:line:column` of this script turned to the source's places; other frames stay.
    pub fn map_stack(&self, stack: &str) -> String {
        if self.file.is_empty() {
            return stack.to_owned();
        }
        let mut mapped = String::with_capacity(stack.len());
        let mut rest = stack;
        while let Some(start) = rest.find(&self.file) {
            let (before, found) = rest.split_at(start);
            let after = &found[self.file.len()..];
            mapped.push_str(before);
            mapped.push_str(&self.file);
            // `src/index.ts` in a frame of `index.ts` is another file.
            let begins_name = !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-'));
            match parse_place(after).filter(|_| begins_name) {
                Some((line, column, length)) => {
                    match self.original(line, column.unwrap_or(1)) {
                        Some((line, original_column)) => {
                            mapped.push_str(&format!(":{line}"));
                            if column.is_some() {
                                mapped.push_str(&format!(":{original_column}"));
                            }
                        }
                        None => mapped.push_str(&after[..length]),
                    }
                    rest = &after[length..];
                }
                None => rest = after,
            }
        }
        mapped.push_str(rest);
        mapped
    }
}

/// Reads `:line` or `:line:column` at the start of `text`; the last item is how many bytes that took.
fn parse_place(text: &str) -> Option<(u32, Option<u32>, usize)> {
    let (line, length) = parse_number(text)?;
    match parse_number(&text[length..]) {
        Some((column, more)) => Some((line, Some(column), length + more)),
        None => Some((line, None, length)),
    }
}

fn parse_number(text: &str) -> Option<(u32, usize)> {
    let digits = text.strip_prefix(':')?;
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    digits[..length].parse().ok().map(|number| (number, length + 1))
}

/// Finds lines and columns of byte offsets in one text.
#[derive(Debug)]
pub(crate) struct LineIndex<'a> {
    text: &'a str,
    /// Byte offset at which each line starts.
    starts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    /// Reads `text` once; a line ends as JavaScript has it (LF, CR, CRLF, U+2028, U+2029).
    pub(crate) fn new(text: &'a str) -> Self {
        let mut starts = vec![0];
        for (offset, character) in text.char_indices() {
            let next = offset + character.len_utf8();
            let ends_line = match character {
                '\n' | '\u{2028}' | '\u{2029}' => true,
                '\r' => !text[next..].starts_with('\n'),
                _ => false,
            };
            if ends_line {
                starts.push(next);
            }
        }
        Self { text, starts }
    }

    /// The place of a byte offset; an offset beyond the end is the end.
    pub(crate) fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset.min(self.text.len()));
        let line = self.starts.partition_point(|&start| start <= offset);
        let column = self.text[self.starts[line - 1]..offset].encode_utf16().count() + 1;
        Position::new(to_u32(line), to_u32(column))
    }

    /// The text of a line (from 1) without its end.
    fn line(&self, line: usize) -> Option<&'a str> {
        let start = *self.starts.get(line.checked_sub(1)?)?;
        let end = self.starts.get(line).copied().unwrap_or(self.text.len());
        Some(self.text[start..end].trim_end_matches(['\n', '\r', '\u{2028}', '\u{2029}']))
    }
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Lines shown before and after the one in question.
const FRAME_LINES: usize = 2;
/// Characters of a line that are shown: bundles have lines of a megabyte.
const FRAME_WIDTH: usize = 100;

/// The lines of `source` around a place (line and column from 1), numbered, with a caret under it; long lines are cut around it.
pub fn code_frame(source: &str, line: u32, column: u32) -> String {
    let index = LineIndex::new(source);
    let wanted = (line as usize).clamp(1, index.starts.len());
    let first = wanted.saturating_sub(FRAME_LINES).max(1);
    let last = (wanted + FRAME_LINES).min(index.starts.len());
    let number_width = last.to_string().len();
    let caret = caret_character(index.line(wanted).unwrap_or_default(), column);
    let from = caret.saturating_sub(FRAME_WIDTH / 2);
    let mut frame = Vec::new();
    for number in first..=last {
        let marker = if number == wanted { '>' } else { ' ' };
        let text = cut(index.line(number).unwrap_or_default(), from);
        frame.push(format!("{marker} {number:>number_width$} | {text}").trim_end().to_owned());
        if number == wanted {
            let dots = if from > 0 { 3 } else { 0 };
            frame.push(format!("  {:>number_width$} | {}^", "", " ".repeat(caret - from + dots)));
        }
    }
    frame.join("\n")
}

/// The index of the character at a UTF-16 column (from 1) of a line; at most one behind its end.
fn caret_character(line: &str, column: u32) -> usize {
    let mut units = 0;
    line.chars()
        .take_while(|character| {
            units += to_u32(character.len_utf16());
            units < column
        })
        .count()
}

/// A window of a line, with dots where something was left out; tabs become a space so that the caret fits.
fn cut(line: &str, from: usize) -> String {
    let mut characters = line.chars().map(|character| if character == '\t' { ' ' } else { character }).skip(from);
    let window: String = characters.by_ref().take(FRAME_WIDTH).collect();
    let before = if from > 0 { "..." } else { "" };
    let after = if characters.next().is_some() { "..." } else { "" };
    format!("{before}{window}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> SourceMap {
        let mapping = |generated: (u32, u32), original: (u32, u32)| Mapping {
            generated: Position::new(generated.0, generated.1),
            original: Position::new(original.0, original.1),
        };
        SourceMap::new("index.ts", vec![mapping((5, 1), (10, 3)), mapping((3, 1), (7, 1)), mapping((3, 9), (7, 20))])
    }

    #[test]
    fn the_point_before_counts() {
        assert_eq!(map().original(3, 8), Some((7, 1)));
        assert_eq!(map().original(3, 9), Some((7, 20)));
        assert_eq!(map().original(4, 2), Some((7, 20)), "a line without points belongs to what came before");
        assert_eq!(map().original(1, 1), None);
    }

    #[test]
    fn stack_frames_are_rewritten() {
        let stack = "    at inner (index.ts:3:10)\n    at index.ts:5:1\n    at f (native)\n    at x (src/index.ts:3:1)\n    at g (index.ts:1:1)";
        let mapped = "    at inner (index.ts:7:20)\n    at index.ts:10:3\n    at f (native)\n    at x (src/index.ts:3:1)\n    at g (index.ts:1:1)";
        assert_eq!(map().map_stack(stack), mapped);
        assert_eq!(map().map_stack("at (index.ts:5)"), "at (index.ts:10)");
    }

    #[test]
    fn columns_count_utf16_units_and_lines_end_as_in_javascript() {
        let index = LineIndex::new("a\r\n\u{1F600}b\rc\u{2028}d");
        assert_eq!(index.position(3), Position::new(2, 1));
        assert_eq!(index.position(7), Position::new(2, 3));
        assert_eq!(index.position(9), Position::new(3, 1));
        assert_eq!(index.position(13), Position::new(4, 1));
        assert_eq!(index.position(99), Position::new(4, 2));
    }

    #[test]
    fn a_frame_numbers_lines_and_points() {
        assert_eq!(
            code_frame("one\ntwo\nthree\nfour", 3, 2),
            "  1 | one\n  2 | two\n> 3 | three\n    |  ^\n  4 | four"
        );
        assert_eq!(code_frame("", 1, 1), "> 1 |\n    | ^");
    }

    #[test]
    fn long_lines_are_cut_around_the_caret() {
        let source = format!("{}X{}", "a".repeat(5000), "b".repeat(5000));
        let frame = code_frame(&source, 1, 5001);
        let lines: Vec<&str> = frame.lines().collect();
        assert!(lines.iter().all(|line| line.len() < 130), "{frame}");
        assert_eq!(lines[0].find('X'), lines[1].find('^'));
    }
}
