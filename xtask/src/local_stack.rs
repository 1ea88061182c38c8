//! `cargo xtask up` and `cargo xtask down`: the stack of template.yaml on this machine, over the emulator of AWS.

use crate::emulator::{self, Detached, Emulator};
use crate::{Error, Verdict, help_or_no_arguments, imports, output, workspace};
use serde_json::{Value, json};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

const UP_HELP: &str = "Starts the whole stack on this machine, sends a sample event and prints what becomes of it.

Usage: cargo xtask up

Steps:
  1. builds the three functions and the `hedgerow` command (for debugging: the stack is the same, only slower)
  2. starts the emulator of AWS on a free port of 127.0.0.1; pip installs it into the cache folder the first time
  3. starts what the example apps talk to (infra/local/neighbours.py)
  4. creates the stack from template.yaml, as `sam deploy` would in an account; the functions run under its roles, which are enforced
  5. installs all example apps: `hedgerow apply` of infra/local/hedgerow.toml
  6. sends the first event of examples/events.jsonl to the events queue, and prints the final event of the output queue
  7. starts what makes metrics and judges alarms, as CloudWatch does (infra/local/cloudwatch.py)

Everything goes on running until `cargo xtask down`. Needs Rust and Python 3.10; neither Docker nor an account.

Environment:
  HEDGEROW_CACHE  folder that the emulator is installed into [default: $HOME/.cache/hedgerow]

Exit codes: 0 the final event came out; 1 it did not; 2 a step could not run.";

const DOWN_HELP: &str = "Ends what `cargo xtask up` started. What the stack held is gone with it.

Usage: cargo xtask down

Exit codes: 0 nothing runs any more; 2 it could not be ended.";

/// Runs `cargo xtask up`; see its help text above.
pub fn up(arguments: &[String]) -> Result<Verdict, Error> {
    if let Some(verdict) = help_or_no_arguments(arguments, UP_HELP)? {
        return Ok(verdict);
    }
    if let Some(running) = read_state()?.filter(Detached::runs) {
        let endpoint = running.endpoint();
        return Err(Error::new(format!("a local stack runs at {endpoint} already; end it with `cargo xtask down`")));
    }
    build()?;

    output::step("imports bundle");
    imports::bundle()?;

    output::step("stack");
    std::fs::create_dir_all(state_folder())?;
    let running = Emulator::start_detached(&emulator_log())?;
    // Written at once, so that `down` ends it however the rest goes.
    write_state(&running)?;
    let port = emulator::free_port()?.to_string();
    start_beside(&running, "neighbours.py", &["--port", &port])?;
    let filled = fill_with(&running.endpoint(), &["--neighbours", &format!("http://127.0.0.1:{port}")])?;
    if !filled {
        output::line(errors_of_functions(&std::fs::read_to_string(emulator_log())?));
    }
    start_beside(&running, "cloudwatch.py", &[])?;
    output::step("running until `cargo xtask down`");
    output::line(how_to_look(&running)?);
    Ok(if filled { Verdict::Passed } else { Verdict::Failed })
}

/// Runs `cargo xtask down`; see its help text above.
pub fn down(arguments: &[String]) -> Result<Verdict, Error> {
    if let Some(verdict) = help_or_no_arguments(arguments, DOWN_HELP)? {
        return Ok(verdict);
    }
    match read_state()? {
        Some(running) => {
            running.end()?;
            std::fs::remove_file(state_file())?;
            output::line("the local stack has ended");
        }
        None => output::line("there is no local stack"),
    }
    Ok(Verdict::Passed)
}

/// Creates the stack at an emulator that has none, with the binaries that are built; prints each step, the last of which is the
/// final event. Whether it came out.
pub fn fill(endpoint: &str) -> Result<bool, Error> {
    fill_with(endpoint, &[])
}

fn fill_with(endpoint: &str, options: &[&str]) -> Result<bool, Error> {
    let binaries = workspace::target_folder()?.join("debug");
    workspace::succeeds(python()?.args(["--endpoint", endpoint, "up", "--binaries"]).arg(binaries).args(options))
}

/// Builds what runs in a stack, and the command that installs apps in it.
pub fn build() -> Result<(), Error> {
    output::step("build");
    if workspace::build()? { Ok(()) } else { Err(Error::new("the functions and the command do not build; see above")) }
}

/// Starts a program of infra/local that goes on beside the emulator. It is one of the emulator's process group, so that it ends when
/// that is ended, and ends by itself when the emulator does.
fn start_beside(running: &Detached, program: &str, options: &[&str]) -> Result<(), Error> {
    let group = libc::pid_t::try_from(running.process_id).expect("it was made of one");
    let log = std::fs::File::create(state_folder().join(program).with_extension("log"))?;
    let mut command = emulator::python()?;
    command
        .arg(workspace::root().join("infra/local").join(program))
        .args(["--endpoint", &running.endpoint()])
        .args(options);
    command.process_group(group).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    command.spawn().map_err(|error| Error::new(format!("cannot run {program}: {error}")))?;
    Ok(())
}

/// Tries what the roles of the functions allow and refuse in the stack at an emulator. Whether each call ended as it should.
pub fn check_policies(endpoint: &str) -> Result<bool, Error> {
    workspace::succeeds(python()?.args(["--endpoint", endpoint, "policies"]))
}

/// The emulator's Python on `infra/local/stack.py`, with what that program needs to talk to it only.
fn python() -> Result<std::process::Command, Error> {
    let mut python = emulator::python()?;
    python.arg(workspace::root().join("infra/local/stack.py"));
    Ok(python)
}

fn how_to_look(running: &Detached) -> Result<String, Error> {
    let command = python()?;
    let variables = command
        .get_envs()
        .filter_map(|(name, value)| Some(format!("env {}={} ", name.to_string_lossy(), value?.to_string_lossy())));
    let stack: String = variables
        .chain([command.get_program().to_string_lossy().into_owned()])
        .chain(command.get_args().map(|argument| format!(" {}", argument.to_string_lossy())))
        .collect();
    let binary = workspace::target_folder()?.join("debug").join("hedgerow");
    Ok(format!(
        "To look further, as on AWS:

  export AWS_ENDPOINT_URL={endpoint} AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
  hedgerow='{hedgerow}'
  $hedgerow apps list --stack hedgerow
  $hedgerow config set greeter greeting=Hi --stack hedgerow    # holds 30 s later
  $hedgerow history --stack hedgerow

And what only the local stack has:

  stack='{stack}'
  $stack send examples/events.jsonl   # more events
  $stack receive                      # final events
  $stack logs process-events          # or export-events, run-tasks
  $stack waiting                      # how many messages each queue holds
  $stack policies                     # tries what the functions' roles allow and refuse
  $stack outputs                      # addresses and names

Any client of AWS works too. Logs of what runs: {logs}",
        endpoint = running.endpoint(),
        hedgerow = binary.display(),
        logs = state_folder().display(),
    ))
}

fn state_folder() -> PathBuf {
    workspace::root().join(".hedgerow")
}

fn emulator_log() -> PathBuf {
    state_folder().join("emulator.log")
}

/// The last errors in the emulator's log: of a function that did not even start there is no other.
fn errors_of_functions(log: &str) -> String {
    const LINES: usize = 5;
    let errors: Vec<_> = log.lines().filter(|line| line.contains(" ERROR [lambda]")).collect();
    errors[errors.len().saturating_sub(LINES)..].join("\n")
}

/// What tells `down`, and infra/local/stack.py, what runs.
fn state_file() -> PathBuf {
    state_folder().join("local-stack.json")
}

fn write_state(running: &Detached) -> Result<(), Error> {
    let state = json!({"process_id": running.process_id, "port": running.port, "endpoint": running.endpoint()});
    Ok(std::fs::write(state_file(), state.to_string())?)
}

fn read_state() -> Result<Option<Detached>, Error> {
    match std::fs::read_to_string(state_file()) {
        Ok(text) => parse_state(&text, &state_file()).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn parse_state(text: &str, path: &Path) -> Result<Detached, Error> {
    let state: Value = serde_json::from_str(text).unwrap_or_default();
    let process_id = state["process_id"].as_u64().and_then(|id| u32::try_from(id).ok());
    let port = state["port"].as_u64().and_then(|port| u16::try_from(port).ok());
    let detached = process_id.zip(port).map(|(process_id, port)| Detached { process_id, port });
    detached.ok_or_else(|| {
        Error::new(format!("{} does not say what runs; end the emulator yourself and remove the file", path.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The packages of the Lambda functions, which are the names of their binaries too.
    const FUNCTIONS: [&str; 3] = ["process-events", "export-events", "run-tasks"];

    #[test]
    fn every_function_is_one_of_the_template() {
        let template = std::fs::read_to_string(workspace::root().join("template.yaml")).unwrap();
        for function in FUNCTIONS {
            assert!(template.contains(&format!("Binary: {function} }}")), "{function}");
        }
        assert_eq!(template.matches("BuildMethod: rust-cargolambda").count(), FUNCTIONS.len());
    }

    #[test]
    fn errors_of_functions_are_the_last_of_the_log() {
        let line = |number| format!("2026-01-01 ERROR [lambda] number {number}\n2026-01-01 INFO [s3] x\n");
        assert_eq!(errors_of_functions(""), "");
        let shown = errors_of_functions(&(0..9).map(line).collect::<String>());
        assert_eq!(shown.lines().count(), 5);
        assert!(shown.starts_with("2026-01-01 ERROR [lambda] number 4") && shown.ends_with("number 8"), "{shown}");
    }

    #[test]
    fn what_runs_is_read_back() {
        let detached = parse_state(r#"{"process_id": 7, "port": 8, "endpoint": "x"}"#, Path::new("f")).unwrap();
        assert_eq!(detached, Detached { process_id: 7, port: 8 });
        for text in ["", "{}", r#"{"process_id": -1, "port": 8}"#, r#"{"process_id": 1, "port": 80000}"#] {
            assert!(parse_state(text, Path::new("f")).unwrap_err().to_string().contains("f does not say"), "{text}");
        }
    }
}
