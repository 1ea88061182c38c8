//! Final events as JSON lines, on stdout or in a file.

use crate::exit::Unusable;
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Why no more events can be written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// Whoever read the events has gone, as `head` does: the end of the run, and no failure.
    #[error("nobody reads the output any more")]
    Closed,
    /// Anything else.
    #[error("cannot write to {name}: {source}")]
    Failed {
        /// The path as given, or `stdout`.
        name: String,
        /// What the operating system says.
        source: io::Error,
    },
}

/// Where events are written.
pub struct Output {
    name: String,
    writer: BufWriter<Box<dyn Write + Send>>,
}

/// What becomes of what is in the file already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// It is emptied.
    Anew,
    /// It is written on, behind its last whole line: the run before was broken off, maybe in the middle of one.
    GoOn,
}

/// Opens the file, or stdout for `-`. `events` is the input, which must not be the same file.
pub fn open(path: &Path, events: &Path, opening: Opening) -> Result<Output, Unusable> {
    if path == Path::new("-") {
        return Ok(Output::new("stdout".to_owned(), Box::new(io::stdout())));
    }
    if let (Ok(output), Ok(events)) = (path.canonicalize(), events.canonicalize())
        && output == events
        && output.is_file()
    {
        return Err(Unusable::at(path.display(), "is both --events and --output; give another file for one of them"));
    }
    let name = path.display().to_string();
    let file = match opening {
        Opening::Anew => File::create(path),
        Opening::GoOn => behind_the_last_line(path),
    };
    let file = file.map_err(|error| Unusable::at(&name, format_args!("cannot be written: {error}")))?;
    Ok(Output::new(name, Box::new(file)))
}

/// Opens a file to write on behind its last line feed; what follows that is cut off.
fn behind_the_last_line(path: &Path) -> io::Result<File> {
    const BLOCK: u64 = 1 << 16;
    let mut file = File::options().create(true).truncate(false).read(true).write(true).open(path)?;
    let mut end = file.metadata()?.len();
    let mut block = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        file.seek(SeekFrom::Start(start))?;
        block.clear();
        Read::by_ref(&mut file).take(end - start).read_to_end(&mut block)?;
        match block.iter().rposition(|byte| *byte == b'\n') {
            Some(at) => {
                end = start + at as u64 + 1;
                break;
            }
            None => end = start,
        }
    }
    file.set_len(end)?;
    file.seek(SeekFrom::Start(end))?;
    Ok(file)
}

impl Output {
    fn new(name: String, writer: Box<dyn Write + Send>) -> Self {
        Self { name, writer: BufWriter::with_capacity(1 << 16, writer) }
    }

    /// Writes one line, its end included.
    pub fn write(&mut self, line: &[u8]) -> Result<(), OutputError> {
        let result = self.writer.write_all(line);
        result.map_err(|error| self.failed(error))
    }

    /// Hands everything over that was written.
    pub fn flush(&mut self) -> Result<(), OutputError> {
        let result = self.writer.flush();
        result.map_err(|error| self.failed(error))
    }

    fn failed(&self, source: io::Error) -> OutputError {
        if source.kind() == ErrorKind::BrokenPipe {
            return OutputError::Closed;
        }
        OutputError::Failed { name: self.name.clone(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_off_file_is_written_on_behind_its_last_whole_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let long = format!("{}\n{}", "a".repeat(70_000), "b".repeat(140_000));
        for (before, kept) in
            [("", ""), ("torn", ""), ("one\ntwo\n", "one\ntwo\n"), ("one\nto", "one\n"), (&long, &long[..70_001])]
        {
            std::fs::write(&path, before).unwrap();
            let mut output = open(&path, Path::new("-"), Opening::GoOn).unwrap();
            output.write(b"next\n").unwrap();
            output.flush().unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{kept}next\n"));
        }
    }
}
