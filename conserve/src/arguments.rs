//! The command line.

use conserve::sabotage::Sabotage;
use std::path::PathBuf;

/// What `--help` says.
pub const HELP: &str =
    "Takes events through four apps while breaking things, and checks that nothing was lost or doubled.

Usage: conserve [--local | --emulator] [--seed N] [--events N] [--kills N | --calm] [--programs DIR] [--folder DIR]
                [--json FILE]
       conserve check DIR [--json FILE]

  --local       drive `hedgerow run --state` (the default)
  --emulator    drive the Lambda functions over an emulator of AWS
  --seed N      from which everything follows [default: 1]
  --events N    how many events [default: 20000]
  --kills N     how often a process is killed [default: 8 for --local, at 1 in 10 invocations for --emulator]
  --calm        break nothing: then nothing may come twice, and cache.incr is exact
  --pace N      by how much time runs faster for messages that wait in a queue [default: 10 for --emulator]
  --sabotage B  put a bug into an --emulator run: the checker has to find it, and it is an error if it does not;
                acknowledge-first, wrong-stage, uncounted-attempts, lost-claim-checks, lost-dead-letters, lost-messages,
                redelivery or double-sends
  --variable N=V  a further variable of the functions, such as HEDGEROW_IDEMPOTENCY=on
  --folder DIR  where the files of the run go; emptied first [default: conserve/ beside the folder of the programs]
  --programs DIR  where hedgerow and the functions are [default: beside this program]
  --json FILE   write the ledger and the differences there, too

`conserve check DIR` checks the files of an earlier run again.

Exit codes: 0 everything adds up; 1 it does not; 2 the run could not be made.";

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arguments {
    /// The run to make.
    pub task: Task,
    /// `--json`
    pub json: Option<PathBuf>,
}

/// What there is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Tell how it is used.
    Help,
    /// Check the files of an earlier run.
    Check(PathBuf),
    /// Make a run and check it.
    Run(RunArguments),
}

/// A run to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunArguments {
    /// Over what.
    pub mode: Mode,
    /// `--seed`
    pub seed: u64,
    /// `--events`
    pub events: u64,
    /// `--kills`
    pub kills: Option<u32>,
    /// `--calm`
    pub is_calm: bool,
    /// `--pace`
    pub pace: u64,
    /// `--sabotage`
    pub sabotage: Option<Sabotage>,
    /// `--variable`, any number of them
    pub variables: Vec<(String, String)>,
    /// `--programs`
    pub programs: Option<PathBuf>,
    /// `--folder`
    pub folder: Option<PathBuf>,
}

/// Over what a run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `hedgerow run`
    Local,
    /// The Lambda functions.
    Emulator,
}

/// Reads the words after the program's name.
///
/// # Errors
/// A sentence for the user.
pub fn parse(words: &[String]) -> Result<Arguments, String> {
    let mut run = RunArguments {
        mode: Mode::Local,
        seed: 1,
        events: 20_000,
        kills: None,
        is_calm: false,
        pace: 10,
        sabotage: None,
        variables: Vec::new(),
        programs: None,
        folder: None,
    };
    let (mut json, mut check) = (None, None);
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value\n\n{HELP}"));
        match word {
            "--help" | "-h" => return Ok(Arguments { task: Task::Help, json: None }),
            "check" => check = Some(PathBuf::from(value()?)),
            "--local" => run.mode = Mode::Local,
            "--emulator" => run.mode = Mode::Emulator,
            "--calm" => run.is_calm = true,
            "--seed" => run.seed = number(word, value()?)?,
            "--events" => run.events = number(word, value()?)?,
            "--kills" => run.kills = Some(number(word, value()?)?),
            "--pace" => run.pace = number(word, value()?)?,
            "--sabotage" => run.sabotage = Some(value()?.parse()?),
            "--variable" => {
                let (name, value) =
                    value()?.split_once('=').ok_or_else(|| format!("give --variable as NAME=VALUE\n\n{HELP}"))?;
                run.variables.push((name.to_owned(), value.to_owned()));
            }
            "--programs" => run.programs = Some(value()?.into()),
            "--folder" => run.folder = Some(value()?.into()),
            "--json" => json = Some(value()?.into()),
            unknown => return Err(format!("unexpected argument `{unknown}`\n\n{HELP}")),
        }
    }
    Ok(Arguments { task: check.map_or(Task::Run(run), Task::Check), json })
}

fn number<Number: std::str::FromStr>(option: &str, value: &str) -> Result<Number, String> {
    value.parse().map_err(|_| format!("{option} is `{value}`: give a whole number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Arguments, String> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_read() {
        let Task::Run(run) = parsed("--emulator --seed 7 --events 500 --calm").unwrap().task else { panic!("no run") };
        assert_eq!((run.mode, run.seed, run.events, run.is_calm), (Mode::Emulator, 7, 500, true));
        let check = parsed("check folder --json out.json").unwrap();
        assert_eq!((check.task, check.json), (Task::Check("folder".into()), Some("out.json".into())));
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        assert!(parsed("--seed x").unwrap_err().starts_with("--seed is `x`"));
        assert!(parsed("--seed").unwrap_err().starts_with("--seed needs a value"));
        assert!(parsed("--fast").unwrap_err().starts_with("unexpected argument `--fast`"));
    }
}
