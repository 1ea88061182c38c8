//! Whether what came out is what went in, with the marks of the apps on it.

use super::differences::{Differences, Kind};
use super::input::Input;
use serde_json::Value;

/// Compares each final event with the event that went in: every member and property must be there unchanged.
pub(super) fn check_contents(input: &Input, sink: &[Value], differences: &mut Differences) {
    for event in sink {
        let uuid = event["uuid"].as_str().unwrap_or_default();
        let Some(original) = input.events.get(uuid).filter(|original| !original.is_dropped) else { continue };
        if event["properties"]["kept"] != original.whole["properties"]["number"] {
            differences.add(Kind::Incomplete, "sink", uuid);
        }
        if !contains(event, &original.whole) {
            differences.add(Kind::Changed, "sink", uuid);
        }
    }
}

/// Whether `whole` has all that `part` has; objects may hold more.
fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, part)| whole.get(key).is_some_and(|whole| contains(whole, part)))
        }
        (whole, part) => whole == part,
    }
}
