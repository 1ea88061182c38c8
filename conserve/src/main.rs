//! `conserve`: makes a run that breaks things, and checks what is left of it.

mod arguments;

use arguments::{Arguments, HELP, Mode, RunArguments, Task};
use conserve::checker::{Evidence, Verdict, check};
use conserve::emulator::EmulatorRun;
use conserve::events::Shape;
use conserve::local::LocalRun;
use std::env::consts::EXE_EXTENSION;
use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// The variable with the emulator's address.
const ENDPOINT: &str = "HEDGEROW_TEST_AWS_ENDPOINT";
/// How often `hedgerow run` is killed unless told otherwise.
const KILLS: u32 = 8;

#[tokio::main]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            // Nobody is left to tell if this fails.
            _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether everything adds up.
async fn run(words: &[String]) -> Result<bool, Box<dyn Error>> {
    let Arguments { task, json } = arguments::parse(words)?;
    let is_sabotaged = matches!(&task, Task::Run(run) if run.sabotage.is_some());
    let folder = match task {
        Task::Help => {
            writeln!(io::stdout(), "{HELP}")?;
            return Ok(true);
        }
        Task::Check(folder) => folder,
        Task::Run(run) => make(run).await?,
    };
    let verdict = check(&Evidence::read(&folder)?);
    if let Some(file) = json {
        std::fs::write(file, serde_json::to_vec_pretty(&verdict)?)?;
    }
    tell(&verdict, &folder)?;
    Ok(verdict.is_conserved() != is_sabotaged)
}

/// Makes the run; where its files are.
async fn make(run: RunArguments) -> Result<PathBuf, Box<dyn Error>> {
    let beside = folder_of_this_program()?;
    let programs = run.programs.unwrap_or_else(|| beside.clone());
    let folder = run.folder.unwrap_or_else(|| beside.join("../conserve"));
    let shape = Shape { seed: run.seed, events: run.events };
    match run.mode {
        Mode::Local => {
            let kills = if run.is_calm { 0 } else { run.kills.unwrap_or(KILLS) };
            let hedgerow = programs.join("hedgerow").with_extension(EXE_EXTENSION);
            LocalRun { folder: folder.clone(), hedgerow, shape, kills }.make().await?;
        }
        Mode::Emulator => {
            let emulator = std::env::var(ENDPOINT);
            let emulator = emulator.map_err(|_| format!("{ENDPOINT} is not set: run cargo xtask conserve"))?;
            let kills = if run.is_calm { 0 } else { run.kills.unwrap_or(u32::MAX) };
            // Ten events a second, and time for the longest back-off; some bugs never come to an end.
            let backoff = if run.sabotage.is_some() { 60 } else { 600 };
            let patience = Duration::from_secs(backoff + run.events / 10);
            let RunArguments { pace, sabotage, variables, .. } = run;
            let folder = folder.clone();
            EmulatorRun { folder, programs, emulator, shape, kills, patience, pace, sabotage, variables }
                .make()
                .await?;
        }
    }
    Ok(folder)
}

fn folder_of_this_program() -> io::Result<PathBuf> {
    let this = std::env::current_exe()?;
    Ok(this.parent().unwrap_or_else(|| Path::new(".")).to_owned())
}

fn tell(verdict: &Verdict, folder: &Path) -> io::Result<()> {
    let mut output = io::stdout().lock();
    write!(output, "{}", verdict.ledger)?;
    for difference in &verdict.differences {
        let (kind, examples) = (format!("{:?}", difference.kind).to_uppercase(), difference.examples.join(", "));
        writeln!(output, "{kind} at {}: {} ({examples})", difference.place, difference.count)?;
    }
    let word = if verdict.is_conserved() { "conserved" } else { "NOT conserved" };
    writeln!(output, "{word}; the files are in {}", folder.display())
}
