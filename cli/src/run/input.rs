//! Records from a file or stdin, read on a thread of their own so that waiting for input holds nothing up.

mod layout;

use crate::console;
use crate::exit::Unusable;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal};
use std::path::Path;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// How many records wait between the reader and the pipeline: enough to keep it busy, few enough for records of megabytes.
const READ_AHEAD: usize = 16;

/// For how many records the reader waits to find room at once: were it woken for each, the two threads would spend more time on
/// waking each other than on the records.
const ROOM_AT_ONCE: usize = 8;

/// One record as it stands in the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The line at which it begins, from 1.
    pub line: u64,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// An input that is being read.
pub struct Input {
    /// For messages: the path as given, or `stdin`.
    pub name: String,
    /// Its records, in order; after an error nothing follows.
    pub records: mpsc::Receiver<io::Result<Record>>,
}

/// Opens the file, or stdin for `-`, and starts reading. Belongs into the runtime that takes the records. `word` is how the command
/// line names it.
pub fn open(path: &Path, word: &str) -> Result<Input, Unusable> {
    let (name, source): (String, Box<dyn BufRead + Send>) = if path == Path::new("-") {
        if io::stdin().is_terminal() {
            console::note(format_args!(
                "reading events from the terminal, one a line; end with Ctrl-D (or give {word})"
            ));
        }
        ("stdin".to_owned(), Box::new(BufReader::with_capacity(1 << 16, io::stdin())))
    } else {
        let name = path.display().to_string();
        let unreadable =
            |error| Unusable::at(&name, format_args!("cannot be read: {error}; give a file of events as {word}"));
        let file = File::open(path).map_err(unreadable)?;
        if file.metadata().map_err(unreadable)?.is_dir() {
            return Err(Unusable::at(&name, format_args!("is a folder; give a file of events as {word}")));
        }
        (name, Box::new(BufReader::with_capacity(1 << 16, file)))
    };
    let (sender, records) = mpsc::channel(READ_AHEAD);
    let runtime = Handle::current();
    // A thread of the operating system, as the runtime would wait at its end for one of its own that still reads stdin.
    std::thread::Builder::new()
        .name("events".to_owned())
        .spawn(move || read(source, &sender, &runtime))
        .map_err(|error| Unusable::new(format_args!("cannot start a thread: {error}")))?;
    Ok(Input { name, records })
}

/// Reads to the end, or until nobody takes records any more. A record is handed over as soon as it is read.
fn read(source: impl BufRead, sender: &mpsc::Sender<io::Result<Record>>, runtime: &Handle) {
    let mut room = None;
    let result = layout::read_records(source, &mut |record| {
        if room.as_ref().is_none_or(|room: &mpsc::PermitIterator<'_, _>| room.len() == 0) {
            room = runtime.block_on(sender.reserve_many(ROOM_AT_ONCE)).ok();
        }
        room.as_mut().and_then(Iterator::next).map(|place| place.send(Ok(record))).is_some()
    });
    drop(room);
    if let Err(error) = result {
        // Nobody may be listening any more, then nobody misses it.
        drop(sender.blocking_send(Err(error)));
    }
}
