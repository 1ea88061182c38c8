//! `cargo xtask with-servers COMMAND`: for running a single test, or something by hand, beside the servers that tests use.

use crate::emulator::Emulator;
use crate::postgres::Postgres;
use crate::{Error, Verdict, imports, node_modules, output, workspace};
use std::process::Command;

const HELP: &str = "Runs a command beside the servers that tests use: an emulator of AWS and a throw-away PostgreSQL.

Usage: cargo xtask with-servers COMMAND [ARGUMENTS]

  cargo xtask with-servers cargo test -p tests packages

The command finds their addresses in HEDGEROW_TEST_AWS_ENDPOINT, HEDGEROW_TEST_POSTGRES and HEDGEROW_TEST_POSTGRES_CA, in
HEDGEROW_TEST_NODE_MODULES (unless it is set already) the folder of npm packages, and in HEDGEROW_IMPORTS the imports bundle. The
servers end with it.

Exit codes: 0 the command succeeded; 1 it failed; 2 it could not run.";

/// Runs the command; see the help text above.
pub fn run(arguments: &[String]) -> Result<Verdict, Error> {
    let (program, rest) = match arguments {
        [] => return Err(Error::new(format!("no command given\n\n{HELP}"))),
        [flag] if flag == "--help" || flag == "-h" => {
            output::line(HELP);
            return Ok(Verdict::Passed);
        }
        [program, rest @ ..] => (program, rest),
    };
    // cargo's own variables are of no use to the command, and would have it build more than it must.
    let mut command = if program == "cargo" { workspace::cargo() } else { Command::new(program) };
    run_beside(command.args(rest))
}

/// Runs the command beside the servers, which end with it.
pub fn run_beside(command: &mut Command) -> Result<Verdict, Error> {
    let modules = match std::env::var_os(node_modules::TEST_FOLDER) {
        Some(folder) => folder.into(),
        None => node_modules::install()?,
    };
    let bundle = imports::bundle()?;
    let emulator = Emulator::start()?;
    let postgres = Postgres::start()?;
    command.envs(emulator.environment()).envs(postgres.environment()).env(node_modules::TEST_FOLDER, modules);
    command.env(imports::VARIABLE, bundle);
    Ok(if workspace::succeeds(command)? { Verdict::Passed } else { Verdict::Failed })
}
