//! Final events as JSON lines, on stdout or in a file.

use crate::exit::Unusable;
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
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

/// Opens the file, which is emptied, or stdout for `-`. `events` is the input, which must not be the same file.
pub fn open(path: &Path, events: &Path) -> Result<Output, Unusable> {
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
    let file = File::create(path).map_err(|error| Unusable::at(&name, format_args!("cannot be written: {error}")))?;
    Ok(Output::new(name, Box::new(file)))
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
