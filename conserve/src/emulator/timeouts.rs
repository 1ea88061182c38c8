//! Calls of apps that ran out of time, as the functions log them. While calls to AWS are throttled, a call of an app may wait for
//! them for as long as it has; it is tried again then, like any call that takes too long, and does its work once more.

use crate::files::{Fault, FaultKind, Lines, Reach};
use serde_json::Value;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// What the log says of such a call.
const MESSAGE: &str = "Script execution timed out";

/// Notes a fault for each such call in the logs of the functions (`log-*.txt`).
///
/// # Errors
/// What the operating system says.
pub fn note(folder: &Path, faults: &Lines) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_log = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("log-"));
        if !is_log {
            continue;
        }
        for line in BufReader::new(File::open(&path)?).split(b'\n') {
            if let Some(uuid) = timed_out(&line?) {
                faults.add(&Fault { fault: FaultKind::TimedOut, reach: Reach::Events(vec![uuid]) })?;
            }
        }
    }
    Ok(())
}

/// The event whose call ran out of time, if that is what the line says.
fn timed_out(line: &[u8]) -> Option<String> {
    let entry: Value = serde_json::from_slice(line).ok()?;
    let message = entry["message"].as_str().filter(|message| message.contains(MESSAGE));
    message.and(entry["event_uuid"].as_str()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_calls_that_ran_out_of_time_are_noted() {
        let folder = tempfile::tempdir().unwrap();
        let late = r#"{"message":"onEvent will be tried again: Script execution timed out after 30 seconds","event_uuid":"u1"}"#;
        let other = r#"{"message":"onEvent failed","event_uuid":"u2"}"#;
        fs::write(folder.path().join("log-0.txt"), format!("{late}\n{other}\nno JSON\n")).unwrap();
        fs::write(folder.path().join("sink.jsonl"), late).unwrap();
        let file = folder.path().join("faults.jsonl");
        note(folder.path(), &Lines::append_to(&file).unwrap()).unwrap();
        let noted: Fault = serde_json::from_str(fs::read_to_string(file).unwrap().trim()).unwrap();
        assert_eq!(noted, Fault { fault: FaultKind::TimedOut, reach: Reach::Events(vec!["u1".to_owned()]) });
    }
}
