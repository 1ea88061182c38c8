//! The input: events that say what is to become of them, so that the checker knows it without running an app.
//!
//! A line is the body of a record: an event, a list of events, or something that cannot be read. `properties.number` counts the
//! events; every third is dropped. `properties.failures` is how often `onEvent` of the retrier fails, `properties.hopeless` that
//! it always does, `properties.export_failures` how often `exportEvents` fails, `properties.patient` that the job waits for long. What cannot be read holds `malformed-N` once.

use crate::files::{DEAD_LETTERS, FAULTS, INPUT, RECORDING, SINK};
use crate::random::Random;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use uuid::Uuid;

/// What an SQS message can hold at most, so that an event over it has to travel in the blob store.
const MESSAGE_BYTES: usize = 1 << 20;

/// What to generate.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// From which everything follows.
    pub seed: u64,
    /// How many events; records that cannot be read come on top.
    pub events: u64,
}

/// Writes the records, one a line.
///
/// # Errors
/// What `output` says.
pub fn write(shape: Shape, output: &mut impl Write) -> io::Result<()> {
    let mut random = Random::new(shape.seed, "events");
    let (mut number, mut malformed) = (0, 0);
    while number < shape.events {
        let first = event(shape.seed, number, &mut random);
        number += 1;
        let line = if random.chance(20) {
            let mut list = vec![first];
            while number < shape.events && list.len() < 5 {
                list.push(event(shape.seed, number, &mut random));
                number += 1;
            }
            if random.chance(200) {
                malformed += 1;
                list.insert(1, json!({"event": "conserve", "marker": format!("malformed-{malformed}")}));
            }
            Value::from(list)
        } else {
            first
        };
        writeln!(output, "{line}")?;
        if random.chance(5) {
            malformed += 1;
            writeln!(output, "{}", unreadable(malformed))?;
        }
    }
    Ok(())
}

/// Makes the folder of a run, empty but for the input; everything else will be added to.
///
/// # Errors
/// What the operating system says.
pub fn prepare(folder: &Path, shape: Shape) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let mut input = BufWriter::new(File::create(folder.join(INPUT))?);
    write(shape, &mut input)?;
    input.flush()?;
    for name in [SINK, RECORDING, DEAD_LETTERS, FAULTS] {
        File::create(folder.join(name))?;
    }
    Ok(())
}

/// An event; the same for the same seed and number.
fn event(seed: u64, number: u64, random: &mut Random) -> Value {
    let uuid = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("conserve/{seed}/{number}").as_bytes());
    let failures = match random.below(1000) {
        0..40 => 1,
        40..55 => 2,
        55..60 => 4,
        _ => 0,
    };
    let mut properties = json!({"number": number, "failures": failures, "padding": padding(number, random)});
    if number % 331 == 100 {
        properties["hopeless"] = true.into();
    }
    if number % 1994 == 997 {
        properties["patient"] = true.into();
    }
    if random.chance(10) {
        properties["export_failures"] = (1 + random.below(2)).into();
    }
    json!({"uuid": uuid, "event": "conserve", "distinct_id": format!("person {}", number % 100), "team_id": 1,
        "timestamp": "2026-01-01T00:00:00.000Z", "properties": properties})
}

/// Mostly a few bytes; in one event of 500 more than a quarter of a message, and in one of 2,000 more than a message can hold.
fn padding(number: u64, random: &mut Random) -> String {
    let length = match number % 2000 {
        // None of these numbers is a multiple of 3 in the first round, so that all of them are kept.
        157 => MESSAGE_BYTES + 4096,
        407 | 907 | 1406 | 1907 => MESSAGE_BYTES / 4 + 4096,
        _ => usize::try_from(random.below(200)).expect("below 200"),
    };
    let letter = char::from(b'a' + u8::try_from(number % 26).expect("below 26"));
    String::from(letter).repeat(length)
}

/// A record of which nothing can be used, in one of several ways.
fn unreadable(number: u64) -> String {
    match number % 4 {
        0 => format!("{{\"event\":\"conserve\",\"marker\":\"malformed-{number}\",\"dist"),
        1 => format!("malformed-{number} is no JSON"),
        2 => format!("\"malformed-{number}\""),
        _ => format!("{{\"event\":\"conserve\",\"distinct_id\":\"p\",\"uuid\":\"malformed-{number}\"}}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(seed: u64, events: u64) -> Vec<String> {
        let mut output = Vec::new();
        write(Shape { seed, events }, &mut output).unwrap();
        String::from_utf8(output).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_seed_gives_the_same_input_again() {
        assert_eq!(lines(7, 300), lines(7, 300));
        assert_ne!(lines(7, 300), lines(8, 300));
    }

    #[test]
    fn every_kind_of_record_is_there() {
        let lines = lines(1, 2000);
        assert!(lines.iter().any(|line| line.len() > MESSAGE_BYTES), "none travels in the blob store");
        assert!(lines.iter().filter(|line| line.len() > MESSAGE_BYTES / 4).count() > 3);
        for needle in ["\"hopeless\":true", "\"failures\":4", "\"export_failures\":2", "malformed-1", "[{"] {
            assert!(lines.iter().any(|line| line.contains(needle)), "{needle} is nowhere");
        }
        let uuids = lines.concat().matches("\"uuid\":\"malformed").count();
        assert_eq!(lines.concat().matches("\"uuid\"").count() - uuids, 2000);
    }

    #[test]
    fn the_first_record_is_one_that_can_be_read() {
        for seed in 0..20 {
            assert!(serde_json::from_str::<Value>(&lines(seed, 1)[0]).is_ok());
        }
    }
}
