//! What went in, and what is to become of each event by the rules of the apps.

use serde_json::Value;
use std::collections::BTreeMap;

/// What the input holds.
#[derive(Debug, Default)]
pub(super) struct Input {
    /// The events by uuid.
    pub events: BTreeMap<String, Event>,
    /// What cannot be read, by its `malformed-N`: the record, if it is the whole of it.
    pub malformed: BTreeMap<String, Option<String>>,
    /// How many records there are.
    pub records: u64,
}

/// An event as it went in.
#[derive(Debug)]
pub(super) struct Event {
    /// All of it.
    pub whole: Value,
    /// How often the retrier fails on it, if not always.
    pub failures: u64,
    /// Whether the retrier always fails on it.
    pub is_hopeless: bool,
    /// Whether the dropper drops it.
    pub is_dropped: bool,
}

impl Input {
    pub(super) fn read(text: &str) -> Self {
        let mut input = Self::default();
        for line in text.lines() {
            input.records += 1;
            match serde_json::from_str::<Value>(line) {
                Ok(Value::Array(elements)) => elements.into_iter().for_each(|element| input.take(element, None)),
                Ok(element) => input.take(element, Some(line)),
                Err(_) => input.refuse(line, Some(line)),
            }
        }
        input
    }

    fn take(&mut self, element: Value, line: Option<&str>) {
        let text = element.to_string();
        if marker(&text).is_some() {
            return self.refuse(&text, line);
        }
        let properties = &element["properties"];
        let event = Event {
            failures: properties["failures"].as_u64().unwrap_or(0),
            is_hopeless: properties["hopeless"] == true,
            is_dropped: properties["number"].as_u64().is_none_or(|number| number.is_multiple_of(3)),
            whole: Value::Null,
        };
        let uuid = element["uuid"].as_str().unwrap_or_default().to_owned();
        self.events.insert(uuid, Event { whole: element, ..event });
    }

    fn refuse(&mut self, text: &str, line: Option<&str>) {
        let marker = marker(text).unwrap_or(text).to_owned();
        self.malformed.insert(marker, line.map(str::to_owned));
    }

    /// The events that are not dropped.
    pub(super) fn kept(&self) -> impl Iterator<Item = (&str, &Event)> {
        self.events.iter().filter(|(_, event)| !event.is_dropped).map(|(uuid, event)| (uuid.as_str(), event))
    }
}

/// The `malformed-N` in a text.
pub(super) fn marker(text: &str) -> Option<&str> {
    const START: &str = "malformed-";
    let start = text.find(START)?;
    let digits = text[start + START.len()..].bytes().take_while(u8::is_ascii_digit).count();
    Some(&text[start..start + START.len() + digits])
}
