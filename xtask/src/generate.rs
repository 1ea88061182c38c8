//! `cargo xtask generate`: example data, the same for the same seed.

mod events;
mod people;
mod random;
mod timestamp;

pub use events::Events;

use crate::{Error, Verdict, output};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

const HELP: &str = "Writes events as posthog-js sends them, one JSON object a line, about 1.4 KB each.

Usage: cargo xtask generate events --count N [--seed S] [--output FILE]

Options:
  --count N      how many events
  --seed S       equal seeds give equal events [default: 1]
  --output FILE  where to write [default: standard output]";

/// What to write and where to.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    count: u64,
    seed: u64,
    output: Option<PathBuf>,
}

/// Runs the command; see the help text above.
pub fn run(arguments: &[String]) -> Result<Verdict, Error> {
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        output::line(HELP);
        return Ok(Verdict::Passed);
    }
    let options = parse(arguments)?;
    match &options.output {
        Some(path) => {
            let file = File::create(path);
            let file = file.map_err(|error| Error::new(format!("cannot write {}: {error}", path.display())))?;
            write(&options, BufWriter::new(file))?;
        }
        None => write(&options, std::io::stdout().lock())?,
    }
    Ok(Verdict::Passed)
}

fn parse(arguments: &[String]) -> Result<Options, Error> {
    let usage = |problem: String| Error::new(format!("{problem}\n\n{HELP}"));
    match arguments.split_first() {
        Some((what, rest)) if what == "events" => parse_options(rest).map_err(usage),
        Some((what, _)) => Err(usage(format!("cannot generate `{what}`"))),
        None => Err(usage("what is to be generated?".to_owned())),
    }
}

fn parse_options(arguments: &[String]) -> Result<Options, String> {
    let (mut count, mut seed, mut output) = (None, 1, None);
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return Err(format!("`{}` needs a value", pair[0])) };
        let number = || value.parse().map_err(|_| format!("`{name} {value}`: not a whole number"));
        match name.as_str() {
            "--count" => count = Some(number()?),
            "--seed" => seed = number()?,
            "--output" => output = Some(PathBuf::from(value)),
            unknown => return Err(format!("unexpected argument `{unknown}`")),
        }
    }
    let count = count.ok_or("--count is missing")?;
    Ok(Options { count, seed, output })
}

fn write(options: &Options, mut destination: impl Write) -> Result<(), Error> {
    for event in Events::new(options.seed, options.count) {
        match writeln!(destination, "{event}") {
            // The reader has seen enough (`| head`).
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
            result => result?,
        }
    }
    Ok(destination.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn options_are_read() {
        let options = parse(&words("events --count 10 --seed 7 --output e.jsonl")).expect("valid");
        assert_eq!(options, Options { count: 10, seed: 7, output: Some(PathBuf::from("e.jsonl")) });
        assert_eq!(parse(&words("events --count 10")).expect("valid").seed, 1);
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        for (line, part) in [
            ("", "what is"),
            ("people --count 1", "`people`"),
            ("events", "--count is missing"),
            ("events --count", "`--count` needs"),
            ("events --count many", "`--count many`"),
            ("events --count 1 --speed 2", "`--speed`"),
        ] {
            let error = parse(&words(line)).unwrap_err();
            assert!(error.to_string().starts_with(part) || error.to_string().contains(part), "{error}");
        }
    }

    #[test]
    fn one_line_is_written_per_event() {
        let mut written = Vec::new();
        write(&Options { count: 5, seed: 1, output: None }, &mut written).expect("memory takes everything");
        assert_eq!(String::from_utf8(written).expect("JSON is UTF-8").lines().count(), 5);
    }

    #[test]
    fn the_committed_sample_is_what_the_generator_writes() {
        let path = crate::workspace::root().join("examples/events.jsonl");
        let sample = std::fs::read_to_string(path).expect("the sample exists");
        let mut written = Vec::new();
        write(&Options { count: 20, seed: 1, output: None }, &mut written).expect("memory takes everything");
        assert_eq!(
            sample,
            String::from_utf8(written).expect("JSON is UTF-8"),
            "run `cargo xtask generate events --count 20 --output examples/events.jsonl`"
        );
    }
}
