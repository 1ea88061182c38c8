//! The files that a benchmark works on, in a folder that goes when it ends.

use crate::generate::Events;
use crate::{Error, workspace};
use serde_json::json;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// An address that the test database of the GeoIP app knows, with every field filled: an unknown one would be found missing
/// faster than a known one is found.
const KNOWN_ADDRESS: &str = "89.160.20.129";

/// The folder and its files.
pub struct Material {
    folder: PathBuf,
    /// The small app.
    pub app: PathBuf,
    /// All events.
    pub events: PathBuf,
    /// The first of them alone.
    pub one_event: PathBuf,
}

impl Drop for Material {
    fn drop(&mut self) {
        // A folder that is left in the system's folder for temporary files does no harm.
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

impl Material {
    /// Writes `count` events.
    pub fn write(count: u64) -> Result<Self, Error> {
        static ORDINAL: AtomicU32 = AtomicU32::new(0);
        let ordinal = ORDINAL.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("hedgerow-bench-{}-{ordinal}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let material = Self {
            app: workspace::root().join("benches/two-properties"),
            events: folder.join("events.jsonl"),
            one_event: folder.join("one-event.jsonl"),
            folder,
        };
        write_events(&material.events, count)?;
        write_events(&material.one_event, 1)?;
        Ok(material)
    }

    /// Where a run's standard output goes.
    pub fn output(&self) -> PathBuf {
        self.folder.join("output.jsonl")
    }

    /// Where a run's standard error goes.
    pub fn messages(&self) -> PathBuf {
        self.folder.join("messages.txt")
    }
}

fn write_events(path: &Path, count: u64) -> Result<(), Error> {
    let mut file = BufWriter::new(File::create(path)?);
    for mut event in Events::new(1, count) {
        event["ip"] = json!(KNOWN_ADDRESS);
        event["properties"]["$ip"] = json!(KNOWN_ADDRESS);
        writeln!(file, "{event}")?;
    }
    Ok(file.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_small_app_is_there_and_the_folder_goes() {
        let material = Material::write(3).expect("the folder for temporary files takes files");
        assert!(material.app.join("plugin.json").is_file());
        let lines = |path: &Path| std::fs::read_to_string(path).expect("it was just written").lines().count();
        assert_eq!((lines(&material.events), lines(&material.one_event)), (3, 1));
        let folder = material.folder.clone();
        drop(material);
        assert!(!folder.exists());
    }
}
