//! Decompressing deflate, with Node's rules for what comes after the end.

use super::{Codec, Failure, Output, STEP_BYTES, Settings};
use zlib_rs::{Inflate, InflateError, InflateFlush, Status};

/// What a file of gzip begins with.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// What zlib adds to the size of the window for gzip, and for either gzip or zlib.
const GZIP_WINDOW: u8 = 16;
const EITHER_WINDOW: u8 = 32;
/// `constants.Z_FINISH`.
const FINISH: i32 = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Raw,
    Zlib,
    Gzip,
    /// Gzip if it begins like that, else zlib.
    Either,
}

pub(super) struct Inflating {
    inner: Inflate,
    format: Format,
    window_bits: u8,
    dictionary: Vec<u8>,
    /// The first bytes there were.
    first: Vec<u8>,
    /// Whether this is the first input.
    fresh: bool,
    finished: bool,
}

impl Inflating {
    pub(super) fn new(kind: &str, settings: &Settings) -> Self {
        let format = match kind {
            "inflateRaw" => Format::Raw,
            "gunzip" => Format::Gzip,
            "unzip" => Format::Either,
            _ => Format::Zlib,
        };
        let window_bits = u8::try_from(settings.window_bits).unwrap_or(0);
        let mut inner = start(format, window_bits);
        if format == Format::Raw && !settings.dictionary.is_empty() {
            // Fails for other formats only.
            _ = inner.set_dictionary(&settings.dictionary);
        }
        let dictionary = settings.dictionary.clone();
        Self { inner, format, window_bits, dictionary, first: Vec::new(), fresh: true, finished: false }
    }

    fn is_gzip(&self) -> bool {
        self.format == Format::Gzip || (self.format == Format::Either && self.first == GZIP_MAGIC)
    }

    /// One step, with the dictionary given when it is asked for.
    fn step(&mut self, input: &[u8], step: &mut [u8]) -> Result<Status, Failure> {
        match self.inner.decompress(input, step, InflateFlush::NoFlush) {
            Ok(status) => Ok(status),
            Err(InflateError::NeedDict { .. }) if self.dictionary.is_empty() => Err(Failure::MissingDictionary),
            Err(InflateError::NeedDict { .. }) => {
                self.inner.set_dictionary(&self.dictionary).map_err(|_| Failure::BadDictionary)?;
                Ok(Status::Ok)
            }
            Err(InflateError::DataError) => Err(Failure::Data(self.inner.error_message().unwrap_or("Zlib error"))),
            Err(_) => Err(Failure::Stream),
        }
    }
}

fn start(format: Format, window_bits: u8) -> Inflate {
    match format {
        Format::Raw => Inflate::new(false, window_bits),
        Format::Zlib => Inflate::new(true, window_bits),
        Format::Gzip => Inflate::new(true, window_bits + GZIP_WINDOW),
        Format::Either => Inflate::new(true, window_bits + EITHER_WINDOW),
    }
}

/// What zlib-rs says in the place of a fault that it met on its fast path.
const LOST_FAULT: &str = "repeated call with bad state";
/// What most such faults are.
const USUAL_FAULT: &str = "invalid distance too far back";
/// Less room than the fast path needs.
const SLOW_STEP_BYTES: usize = 128;

impl Inflating {
    /// The fault in words of zlib's: where they were lost, those of a second try on the slow path.
    fn told(&self, failure: Failure, input: &[u8]) -> Failure {
        if failure != Failure::Data(LOST_FAULT) {
            return failure;
        }
        if !self.fresh {
            return Failure::Data(USUAL_FAULT);
        }
        let dictionary = self.dictionary.clone();
        let inner = start(self.format, self.window_bits);
        let mut again = Self { inner, dictionary, first: Vec::new(), ..*self };
        let (mut step, mut at) = ([0; SLOW_STEP_BYTES], 0);
        loop {
            let (taken, given) = (again.inner.total_in(), again.inner.total_out());
            match again.step(&input[at..], &mut step) {
                Err(failure) if failure != Failure::Data(LOST_FAULT) => return failure,
                Err(_) => return Failure::Data(USUAL_FAULT),
                Ok(_) => at += (again.inner.total_in() - taken) as usize,
            }
            if again.inner.total_in() == taken && again.inner.total_out() == given {
                return Failure::Data(USUAL_FAULT);
            }
        }
    }
}

impl Codec for Inflating {
    /// Of gzip another member may follow, or zeros, which are ignored as all the rest is; anything else is taken for a member.
    /// After the end of the other formats everything is ignored.
    fn push(&mut self, input: &[u8], flush: i32, output: &mut Output) -> Result<(), Failure> {
        let missing = GZIP_MAGIC.len() - self.first.len();
        self.first.extend(&input[..missing.min(input.len())]);
        let mut step = vec![0; STEP_BYTES];
        let mut at = 0;
        loop {
            if self.finished {
                let another = self.is_gzip() && input.get(at).is_some_and(|&byte| byte != 0);
                if !another {
                    return Ok(());
                }
                self.inner = start(self.format, self.window_bits);
                self.finished = false;
            }
            let (taken, given) = (self.inner.total_in(), self.inner.total_out());
            let status = self.step(&input[at..], &mut step).map_err(|failure| self.told(failure, input))?;
            let taken = (self.inner.total_in() - taken) as usize;
            at += taken;
            let given = (self.inner.total_out() - given) as usize;
            output.extend(&step[..given])?;
            self.finished = status == Status::StreamEnd;
            let stuck = taken == 0 && given == 0;
            if !self.finished && given < step.len() && (at == input.len() || stuck) {
                self.fresh = false;
                return if flush == FINISH { Err(Failure::Truncated) } else { Ok(()) };
            }
        }
    }

    fn is_finished(&self) -> bool {
        self.finished
    }
}
