//! `cargo xtask`: the project's own commands, a file a subcommand.

mod bench;
mod cases;
mod conserve;
mod deploy;
mod emulator;
mod end_to_end;
mod generate;
mod imports;
mod local_stack;
mod node_modules;
mod output;
mod postgres;
mod public_apps;
mod python_packages;
mod runner;
mod server;
mod test;
mod timing;
mod with_servers;
mod workspace;

use std::fmt;
use std::process::ExitCode;

const HELP: &str = "The project's own commands.

Usage: cargo xtask COMMAND [OPTIONS]

Commands:
  test       run every test: Rust, example apps, public apps; closes with `N passed, N failed`
  cases      run the tests of the numbered behaviour cases and list those that none covers
  generate   write example data: `generate events`
  imports    build the imports bundle: the npm packages that apps may import
  conserve   break things under way and check that no event is lost or doubled
  timing     measure on real queues how late retries and jobs come; fails if any is early or over 3 s late
  end-to-end   run two apps on a stack, changed, broken and mended under way, and check what came of each event
  bench      measure `hedgerow run` beside a script of Node.js
  up         start the whole stack on this machine: template.yaml on an emulator of AWS, without Docker or an account
  down       end what `up` started
  deploy     build the functions and deploy the stack to an account: the tools, `sam build`, the imports bundle, `sam deploy`
  public-apps   run public apps that were fetched into a folder against real servers and doubles
  with-servers  run a command beside the servers that tests use

`cargo xtask COMMAND --help` tells more about one.

Exit codes: 0 all is well; 1 a test failed, a required case is not covered or a bar is missed; 2 the command could not run.";

/// Why a command could not do its work at all; a test that fails is no error but [`Verdict::Failed`].
#[derive(Debug)]
pub struct Error(String);

impl Error {
    /// An error that says what happened and what to do about it, in lower case and without a full stop.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

/// How a command that did its work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// All is well: exit code 0.
    Passed,
    /// A test failed, none ran, a required case is not covered, or a bar is missed: exit code 1.
    Failed,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(Verdict::Passed) => ExitCode::SUCCESS,
        Ok(Verdict::Failed) => ExitCode::from(1),
        Err(error) => {
            output::error(&error);
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[String]) -> Result<Verdict, Error> {
    let Some((command, rest)) = arguments.split_first() else {
        return Err(Error::new(format!("no command given\n\n{HELP}")));
    };
    match command.as_str() {
        "test" => test::run(rest),
        "cases" => cases::run(rest),
        "generate" => generate::run(rest),
        "imports" => imports::run(rest),
        "conserve" => conserve::run(rest),
        "end-to-end" => end_to_end::run(rest),
        "bench" => bench::run(rest),
        "timing" => timing::run(rest),
        "up" => local_stack::up(rest),
        "down" => local_stack::down(rest),
        "deploy" => deploy::run(rest),
        "public-apps" => public_apps::run(rest),
        "with-servers" => with_servers::run(rest),
        "help" | "--help" | "-h" => {
            output::line(HELP);
            Ok(Verdict::Passed)
        }
        unknown => Err(Error::new(format!("there is no command `{unknown}`; see `cargo xtask --help`"))),
    }
}

/// Prints `help` and tells so when the only argument asks for it; refuses any other argument of a command that takes none.
fn help_or_no_arguments(arguments: &[String], help: &str) -> Result<Option<Verdict>, Error> {
    match arguments {
        [] => Ok(None),
        [flag] if flag == "--help" || flag == "-h" => {
            output::line(help);
            Ok(Some(Verdict::Passed))
        }
        [unknown, ..] => Err(Error::new(format!("unexpected argument `{unknown}`\n\n{help}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn every_command_has_help() {
        for command in [
            "test",
            "cases",
            "generate",
            "imports",
            "conserve",
            "timing",
            "end-to-end",
            "bench",
            "up",
            "down",
            "deploy",
            "public-apps",
            "with-servers",
        ] {
            assert_eq!(run(&arguments(&[command, "--help"])).expect("help is no error"), Verdict::Passed, "{command}");
            assert!(HELP.contains(&format!("\n  {command} ")), "{command} is missing from the list of commands");
        }
    }

    #[test]
    fn an_unknown_command_or_argument_is_refused_by_name() {
        assert!(run(&arguments(&["launch"])).unwrap_err().to_string().contains("`launch`"));
        assert!(run(&arguments(&["cases", "--fast"])).unwrap_err().to_string().contains("`--fast`"));
        assert!(run(&[]).is_err());
    }
}
