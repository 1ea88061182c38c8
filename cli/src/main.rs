//! The `hedgerow` command: PostHog apps on a laptop, without an account.
//!
//! `run` takes events through apps (`run/`), `check` says what an app is (`check/`), `test` runs an app's case files (`test/`);
//! `dead-letters` is about work that was given up (`dead_letters/`), `jobs` starts public jobs (`jobs.rs`).

mod app_folder;
mod arguments;
mod attachment;
mod check;
mod console;
mod dead_letters;
mod exit;
mod geoip;
mod jobs;
mod project;
mod run;
mod test;

use arguments::Command;
use std::process::ExitCode;

fn main() -> ExitCode {
    // SAFETY: the process has no second thread yet. The engine's local time has to be UTC (behaviour.md, table row "time zone").
    unsafe { std::env::set_var("TZ", "UTC") };
    exit::code(match arguments::parse() {
        Command::Run(arguments, apps) => run::run(*arguments, &apps),
        Command::Check(arguments) => check::check(&arguments),
        Command::Test(arguments) => test::test(&arguments),
        Command::DeadLetters(arguments) => dead_letters::dead_letters(&arguments.command),
        Command::Jobs(arguments) => jobs::jobs(&arguments.command),
    })
}
