//! What an app is played against, and what it has to print.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tests::doubles::{Google, Snowflake};

/// Writes what is expected instead of checking it.
const ACCEPT: &str = "HEDGEROW_TEST_ACCEPT";

/// A double that checks what it is sent.
pub trait Strict {
    /// What was wrong with it.
    fn complaints(&self) -> Vec<String>;
}

impl Strict for Google {
    fn complaints(&self) -> Vec<String> {
        Google::complaints(self)
    }
}

impl Strict for Snowflake {
    fn complaints(&self) -> Vec<String> {
        Snowflake::complaints(self)
    }
}

/// An app, its config, and the servers that it talks to.
pub struct Stage {
    /// The name of its folder in tests/packages.
    pub app: &'static str,
    /// Its config.
    pub config: Value,
    /// From host names to ports of 127.0.0.1: there a double stands for the host.
    pub ports: BTreeMap<String, u16>,
    double: Option<Box<dyn Strict>>,
}

impl Stage {
    /// An app and its config; servers that are no doubles are there while it is played.
    pub fn new(app: &'static str, config: Value) -> Self {
        Self { app, config, ports: BTreeMap::new(), double: None }
    }

    /// With a double that stands for hosts.
    #[must_use]
    pub fn double(mut self, ports: BTreeMap<String, u16>, double: impl Strict + 'static) -> Self {
        self.ports = ports;
        self.double = Some(Box::new(double));
        self
    }

    /// The folder of the app.
    pub fn folder(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("packages").join(self.app)
    }

    /// What the runner for Node reads.
    pub fn settings(&self) -> Value {
        json!({"config": self.config, "ports": self.ports})
    }

    /// Checks what Node printed, or takes it for what is expected.
    pub fn check_node(&self, printed: &str) {
        if std::env::var_os(ACCEPT).is_some() {
            fs::write(self.expected_file(), printed).expect("the file can be written");
        }
        self.check(printed);
    }

    /// Checks what the app printed, and that no double had cause to complain.
    pub fn check(&self, printed: &str) {
        let complaints = self.complaints();
        assert!(complaints.is_empty(), "{}: {complaints:#?}\n{printed}", self.app);
        let file = self.expected_file();
        let expected = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let (mut lines, mut number) = (printed.lines(), 0);
        for wanted in expected.lines() {
            number += 1;
            let line = lines.next();
            assert_eq!(line, Some(wanted), "line {number} of {}\n{printed}", file.display());
        }
        assert_eq!(lines.next(), None, "after line {number} of {}", file.display());
    }

    /// What was wrong with what a double was sent.
    pub fn complaints(&self) -> Vec<String> {
        self.double.as_deref().map(Strict::complaints).unwrap_or_default()
    }

    fn expected_file(&self) -> PathBuf {
        self.folder().join("expected.txt")
    }
}
