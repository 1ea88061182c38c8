//! The programs of this workspace, as `cargo` has built them.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::{env, fs, io};
use tempfile::NamedTempFile;

/// Where `cargo` puts the program of that name for the profile in which the tests run.
///
/// # Panics
///
/// If it is not there. Cargo hands paths of programs to tests of their own package only, and builds no others for a test:
/// `cargo xtask test` builds the workspace first.
pub fn path(name: &str) -> PathBuf {
    let test = env::current_exe().expect("a running test has a path");
    let profile = test.parent().and_then(|deps| deps.parent()).expect("tests are in PROFILE/deps/");
    let program = profile.join(name).with_extension(env::consts::EXE_EXTENSION);
    assert!(
        program.is_file(),
        "{} is not built: run `cargo xtask test`, or `cargo build --workspace` before",
        program.display()
    );
    program
}

/// A running program; it is ended with this value.
pub struct Program {
    child: Child,
    output: NamedTempFile,
}

impl Program {
    /// Starts the program with this environment and no other.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn start<Name: AsRef<OsStr>, Value: AsRef<OsStr>>(
        name: &str,
        environment: impl IntoIterator<Item = (Name, Value)>,
    ) -> Self {
        let start = || -> io::Result<Self> {
            // A file and no pipe: a pipe that nobody reads would block the program once it is full.
            let output = NamedTempFile::new()?;
            let child = Command::new(path(name))
                .env_clear()
                .envs(environment)
                .stdin(Stdio::null())
                .stdout(output.as_file().try_clone()?)
                .stderr(output.as_file().try_clone()?)
                .spawn()?;
            Ok(Self { child, output })
        };
        start().unwrap_or_else(|error| panic!("{name} cannot be started: {error}"))
    }

    /// Whether it has not ended.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for its end. Blocks the thread: call it on one that may.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait()
    }

    /// Asks it to end, as Lambda and systems do (SIGTERM).
    pub fn terminate(&self) {
        let id = libc::pid_t::try_from(self.child.id()).expect("the system's own number of a process");
        // SAFETY: `kill` takes any number, and this is the id of a child that is waited for only by this value.
        unsafe { libc::kill(id, libc::SIGTERM) };
    }

    /// What it has written so far, standard output and standard error as they came.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn output(&self) -> io::Result<String> {
        fs::read(self.output.path()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
