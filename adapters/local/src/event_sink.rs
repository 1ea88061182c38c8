//! Final events as JSON lines in a file or on the standard output.

use async_trait::async_trait;
use runtime_core::event::PluginEvent;
use runtime_core::ports::Unavailable;
use runtime_core::ports::event_sink::EventSink;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// A sink that appends one line an event. A line is written whole or, after a crash, is the file's last and cut.
pub struct JsonLinesSink {
    output: Mutex<Box<dyn Write + Send>>,
}

impl JsonLinesSink {
    /// Appends to the file, which is made if there is none.
    ///
    /// # Errors
    /// When the file cannot be opened for writing.
    pub fn append_to(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self::into_writer(file))
    }

    /// Writes to anything.
    pub fn into_writer(output: impl Write + Send + 'static) -> Self {
        Self { output: Mutex::new(Box::new(output)) }
    }
}

#[async_trait]
impl EventSink for JsonLinesSink {
    async fn send(&self, events: &[PluginEvent]) -> Result<(), Unavailable> {
        let mut lines = Vec::new();
        for event in events {
            serde_json::to_writer(&mut lines, event).map_err(|error| Unavailable::caused_by("event sink", error))?;
            lines.push(b'\n');
        }
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        output
            .write_all(&lines)
            .and_then(|()| output.flush())
            .map_err(|error| Unavailable::caused_by("event sink", error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[tokio::test]
    async fn events_are_appended_a_line_each() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.jsonl");
        let event: PluginEvent = serde_json::from_value(json!({"event": "a\nb"})).unwrap();
        for _ in 0..2 {
            JsonLinesSink::append_to(&path).unwrap().send(&[event.clone(), event.clone()]).await.unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"event\":\"a\\nb\"}\n".repeat(4));
    }
}
