//! The `hedgerow` command as a person uses it: words in, lines and an exit code out.

mod bad_input;
mod case_files;
mod check;
mod dead_letters;
mod jobs;
mod logs;
mod on_stack;
mod progress;
mod project;
mod retries;
mod run;
mod usage;

use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;
use tests::program;

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The final events, a line each.
    pub(crate) fn events(&self) -> Vec<Value> {
        let lines = self.stdout.lines();
        lines.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
    }

    #[track_caller]
    pub(crate) fn assert_ends_with(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn assert_says(&self, part: &str) -> &Self {
        assert!(self.stderr.contains(part), "nothing says {part:?}: {self:#?}");
        self
    }
}

/// The command with these words, in an environment of its own.
fn command<Word: AsRef<std::ffi::OsStr>>(words: &[Word]) -> Command {
    let mut command = Command::new(program::path("hedgerow"));
    command.env_clear().args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn ran(mut command: Command, input: &[u8]) -> Ran {
    let mut child = command.spawn().expect("hedgerow starts");
    let mut stdin = child.stdin.take().expect("it is a pipe");
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A command that does not read its input may have ended.
            drop(stdin.write_all(input));
        });
        child.wait_with_output().expect("hedgerow ends")
    });
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("messages are UTF-8"),
    }
}

pub(crate) fn hedgerow<Word: AsRef<std::ffi::OsStr>>(words: &[Word], input: &[u8]) -> Ran {
    ran(command(words), input)
}

/// `hedgerow run --app APP WORDS` over these bytes.
fn run_bytes(app: &AppFolder, words: &[&str], input: &[u8]) -> Ran {
    hedgerow(&[&["run", "--app", app.path()], words].concat(), input)
}

/// The same over events, a line each.
fn run(app: &AppFolder, words: &[&str], events: &[Value]) -> Ran {
    let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
    run_bytes(app, words, lines.as_bytes())
}

fn event(name: &str) -> Value {
    json!({ "event": name, "distinct_id": "person", "properties": {} })
}

/// A folder with an app in it, named `demo`.
struct AppFolder {
    _parent: TempDir,
    folder: PathBuf,
}

impl AppFolder {
    fn new(source: &str) -> Self {
        Self::with(&[("index.ts", source)])
    }

    fn with(files: &[(&str, &str)]) -> Self {
        let parent = TempDir::new().expect("a folder");
        let folder = parent.path().join("demo");
        std::fs::create_dir(&folder).expect("writable");
        let app = Self { _parent: parent, folder };
        app.write("plugin.json", "{\"name\": \"Demo\"}");
        for (path, content) in files {
            app.write(path, content);
        }
        app
    }

    fn write(&self, path: &str, content: &str) {
        std::fs::write(self.folder.join(path), content).expect("writable");
    }

    fn path(&self) -> &str {
        self.folder.to_str().expect("paths of tests are UTF-8")
    }

    fn join(&self, path: &str) -> String {
        self.folder.join(path).to_str().expect("paths of tests are UTF-8").to_owned()
    }
}

/// A folder for `--state`, with nothing in it yet.
struct StateFolder(TempDir);

impl StateFolder {
    fn new() -> Self {
        Self(TempDir::new().expect("a folder"))
    }

    fn path(&self) -> &str {
        self.0.path().to_str().expect("paths of tests are UTF-8")
    }
}

/// A file or folder of the project's examples.
fn example(path: &str) -> String {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    examples.join(path).to_str().expect("the path of the project is UTF-8").to_owned()
}
