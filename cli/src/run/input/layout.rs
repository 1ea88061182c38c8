//! Where records begin and end in a text: one a line, or one JSON document (or several) over many lines.
//!
//! The first line decides. If it is whole JSON, or could not be the beginning of any, every line is a record and memory stays
//! bounded by the longest one. Otherwise the text is read as documents, as `jq` and people print them. If that fails and some
//! later line is an object by itself, the first line was merely a bad one.

use super::Record;
use serde::de::IgnoredAny;
use serde_json::error::Category;
use serde_json::value::RawValue;
use std::io::{self, BufRead, Cursor, Read};

/// The longest line, and the longest text that is read as documents, in bytes.
const LONGEST: usize = 256 << 20;

/// What some editors put before a text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Takes a record; false ends the reading.
type Taker<'a> = &'a mut dyn FnMut(Record) -> bool;

/// Reads every record of `source`, in order.
///
/// # Errors
/// When the source cannot be read, or a line is too long.
pub fn read_records(mut source: impl BufRead, take: Taker<'_>) -> io::Result<()> {
    if source.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
        source.consume(BYTE_ORDER_MARK.len());
    }
    let mut start = Vec::new();
    let mut first = Lines::new(&mut source);
    let Some(record) = first.next_record()? else { return Ok(()) };
    let number = record.line;
    if !may_begin_a_document(&record.body) {
        return if take(record) { read_lines(source, number, take) } else { Ok(()) };
    }
    start.extend_from_slice(&record.body);
    start.push(b'\n');
    (&mut source).take(LONGEST as u64).read_to_end(&mut start)?;
    if start.len() < LONGEST && read_documents(&start, number, take) {
        return Ok(());
    }
    read_lines(Cursor::new(start).chain(source), number - 1, take)
}

/// Whether more lines could make JSON of this one.
fn may_begin_a_document(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    let begins = text.trim_start().starts_with(['{', '[']);
    begins && serde_json::from_str::<IgnoredAny>(&text).is_err_and(|error| error.classify() == Category::Eof)
}

/// Hands out each document of the text. False, and nothing was handed out, if the text had better be read by lines.
fn read_documents(text: &[u8], first_line: u64, take: Taker<'_>) -> bool {
    let text = String::from_utf8_lossy(text);
    let mut stream = serde_json::Deserializer::from_str(&text).into_iter::<&RawValue>();
    let mut documents = Vec::new();
    let mut broken_from = None;
    loop {
        let before = stream.byte_offset();
        match stream.next() {
            None => break,
            Some(Ok(document)) => documents.push((before, document.get())),
            Some(Err(_)) => {
                broken_from = Some(before);
                break;
            }
        }
    }
    if let Some(offset) = broken_from {
        if text[offset..].lines().skip(1).any(is_object) {
            return false;
        }
        // Decoding says what is wrong with it.
        documents.push((offset, &text[offset..]));
    }
    let (mut line, mut counted) = (first_line, 0);
    for (before, document) in documents {
        let blank = text[before..].len() - text[before..].trim_start().len();
        let start = before + blank;
        line += newlines(&text[counted..start]);
        counted = start;
        if !document.trim().is_empty() && !take(Record { line, body: document.as_bytes().to_vec() }) {
            break;
        }
    }
    true
}

fn newlines(text: &str) -> u64 {
    text.bytes().filter(|byte| *byte == b'\n').count() as u64
}

fn is_object(line: &str) -> bool {
    line.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(line).is_ok()
}

/// Every line that is not blank is a record. `before` is how many lines came before.
fn read_lines(source: impl BufRead, before: u64, take: Taker<'_>) -> io::Result<()> {
    let mut lines = Lines { source, number: before };
    while let Some(record) = lines.next_record()? {
        if !take(record) {
            break;
        }
    }
    Ok(())
}

struct Lines<Source> {
    source: Source,
    number: u64,
}

impl<Source: BufRead> Lines<Source> {
    fn new(source: Source) -> Self {
        Self { source, number: 0 }
    }

    /// The next line that is not blank, without its end.
    fn next_record(&mut self) -> io::Result<Option<Record>> {
        loop {
            let mut body = Vec::new();
            if (&mut self.source).take(LONGEST as u64).read_until(b'\n', &mut body)? == 0 {
                return Ok(None);
            }
            self.number += 1;
            if body.len() >= LONGEST {
                let message =
                    format!("line {} is longer than {} MB; send one event a line", self.number, LONGEST >> 20);
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
            let end = body.trim_ascii_end().len();
            body.truncate(end);
            if !body.trim_ascii_start().is_empty() {
                return Ok(Some(Record { line: self.number, body }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &[u8]) -> Vec<(u64, String)> {
        let mut records = Vec::new();
        read_records(text, &mut |record| {
            records.push((record.line, String::from_utf8_lossy(&record.body).into_owned()));
            true
        })
        .expect("a slice is readable");
        records
    }

    fn expected(list: &[(u64, &str)]) -> Vec<(u64, String)> {
        list.iter().map(|(line, text)| (*line, (*text).to_owned())).collect()
    }

    #[test]
    fn each_line_is_a_record() {
        let text = b"{\"a\":1}\r\n\n  \n[1,2]\nnot json\n{\"b\"";
        assert_eq!(records(text), expected(&[(1, "{\"a\":1}"), (4, "[1,2]"), (5, "not json"), (6, "{\"b\"")]));
        assert_eq!(records(b"oops\n{}"), expected(&[(1, "oops"), (2, "{}")]));
        assert_eq!(records(b""), []);
        assert_eq!(records(b"\n \n"), []);
        assert_eq!(records(b"\xef\xbb\xbf{}"), expected(&[(1, "{}")]));
        assert_eq!(records(b"\xef\xbb\xbf"), []);
    }

    #[test]
    fn a_document_over_several_lines_is_one_record() {
        let array = "[\n  {\n    \"a\": 1\n  }\n]";
        assert_eq!(records(array.as_bytes()), expected(&[(1, array)]));
        let two = "\n{\n\"a\": 1\n}\n\n{\n\"b\": 2\n}\n";
        assert_eq!(records(two.as_bytes()), expected(&[(2, "{\n\"a\": 1\n}"), (6, "{\n\"b\": 2\n}")]));
    }

    #[test]
    fn a_cut_first_line_does_not_swallow_the_others() {
        let text = b"{\"a\": {\n{\"b\": 1}\n{\"c\": 2}\n";
        assert_eq!(records(text), expected(&[(1, "{\"a\": {"), (2, "{\"b\": 1}"), (3, "{\"c\": 2}")]));
    }

    #[test]
    fn a_cut_document_is_one_bad_record() {
        assert_eq!(
            records(b"{\"a\": {"),
            expected(&[(1, "{\"a\": {")]).into_iter().map(|(line, text)| (line, text + "\n")).collect::<Vec<_>>()
        );
        let text = "[\n  {\n    \"a\": 1\n  },\n";
        assert_eq!(records(text.as_bytes()), expected(&[(1, text)]));
    }

    #[test]
    fn the_reader_stops_when_nobody_takes_more() {
        let mut count = 0;
        read_records(&b"1\n2\n3\n"[..], &mut |_| {
            count += 1;
            count < 2
        })
        .expect("readable");
        assert_eq!(count, 2);
    }

    #[test]
    fn bytes_that_are_no_utf_8_are_kept_in_lines() {
        let mut bodies = Vec::new();
        read_records(&b"{\"a\":\"\xff\"}\n"[..], &mut |record| {
            bodies.push(record.body);
            true
        })
        .expect("readable");
        assert_eq!(bodies, [b"{\"a\":\"\xff\"}"]);
    }
}
