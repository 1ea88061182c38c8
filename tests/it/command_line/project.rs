//! `hedgerow.toml`: plan, apply, rollback, and what changes one app that is installed.

mod applying;
mod changing;
mod doctor;
mod interrupted;
mod planning;
mod pruning;
mod secrets;
mod sources;
mod stack;

use super::{Ran, command, ran};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A folder with a project in it, and a state folder `state`.
struct Project {
    folder: TempDir,
}

impl Project {
    /// A project file with team 2 behind the token `phc_x`, and these apps.
    fn new(apps: &str) -> Self {
        let project = Self { folder: TempDir::new().expect("a folder") };
        project.rewrite(apps);
        project
    }

    /// The same with one app `demo` of this source, and these lines about it.
    fn of(source: &str, lines: &str) -> Self {
        let project = Self::new(&format!("[[app]]\nslug = 'demo'\nsource = 'demo'\n{lines}\n"));
        project.app("demo", "{\"name\": \"Demo\"}", source);
        project
    }

    fn rewrite(&self, apps: &str) {
        self.write("hedgerow.toml", format!("[tokens]\nphc_x = 2\n\n{apps}"));
    }

    fn app(&self, name: &str, manifest: &str, source: &str) {
        self.write(&format!("{name}/plugin.json"), manifest);
        self.write(&format!("{name}/index.ts"), source);
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("it is in the folder")).expect("writable");
        std::fs::write(path, content).expect("writable");
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).expect("readable")
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// `hedgerow WORDS --state state` in the folder.
    fn command(&self, words: &[&str]) -> Command {
        self.command_at(words, &["--state", "state"])
    }

    /// The same at another place.
    fn command_at(&self, words: &[&str], place: &[&str]) -> Command {
        let mut command = command(&[words, place].concat());
        command.current_dir(self.folder.path()).env("USER", "ann");
        command
    }

    fn hedgerow(&self, words: &[&str]) -> Ran {
        ran(self.command(words), b"")
    }

    #[track_caller]
    fn apply(&self) -> Ran {
        let ran = self.hedgerow(&["apply", "--yes"]);
        ran.assert_ends_with(0);
        ran
    }

    /// The installed apps, as `apps list` has them.
    #[track_caller]
    fn installed(&self) -> Vec<Value> {
        let ran = self.hedgerow(&["apps", "list", "--json"]);
        ran.assert_ends_with(0);
        serde_json::from_str(&ran.stdout).expect("JSON")
    }

    #[track_caller]
    fn show(&self, app: &str) -> Value {
        let ran = self.hedgerow(&["apps", "show", app, "--json"]);
        ran.assert_ends_with(0);
        serde_json::from_str(&ran.stdout).expect("JSON")
    }

    #[track_caller]
    fn revision(&self) -> u64 {
        let ran = self.hedgerow(&["history", "--json", "--limit", "1"]);
        ran.assert_ends_with(0);
        let history: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        history[0]["revision"].as_u64().unwrap_or(0)
    }

    /// The properties of an event once the installed apps are done with it.
    #[track_caller]
    fn processed(&self) -> Value {
        let ran = ran(
            self.command(&["run", "--no-schedules"]),
            b"{\"event\": \"e\", \"distinct_id\": \"d\", \"properties\": {}}\n",
        );
        ran.assert_ends_with(0);
        ran.events()[0]["properties"].clone()
    }
}

/// Every file below a folder.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("readable").path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}
