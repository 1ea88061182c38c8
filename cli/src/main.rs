//! The `hedgerow` command: PostHog apps on a laptop, without an account.
//!
//! `run` takes events through apps (`run/`), `check` says what an app is (`check/`), `test` runs an app's case files (`test/`);
//! `dead-letters` is about work that was given up (`dead_letters/`), `jobs` lists and starts public jobs (`jobs/`);
//! `send` and `receive` are the two ends of a stack (`traffic/`).
//!
//! `plan` and `apply` install what `hedgerow.toml` says (`project/`), `apps`, `config`, `secrets`, `attachments`, `rollback`,
//! `history` and `prune` are about what is installed (`manage/`), both by way of `installed/`. `logs` and `metrics` are about what
//! apps did (`logs/`, `metrics/`, `records.rs`).
//!
//! `doctor` says what is wrong (`doctor/`), `pause` and `resume` switch a stack (`switch.rs`), `up` and `down` start and end one on this
//! machine (`local_stack.rs`).

mod app_folder;
mod arguments;
mod ask;
mod attachment;
mod authorities;
mod check;
mod completions;
mod console;
mod dead_letters;
mod doctor;
mod exit;
mod geoip;
mod imports;
mod installed;
mod jobs;
mod local_stack;
mod logs;
mod manage;
mod metrics;
mod names;
mod project;
mod records;
mod references;
mod run;
mod switch;
mod table;
mod test;
mod traffic;

use arguments::Command;
use exit::{Outcome, Unusable};
use std::process::ExitCode;
use switch::Action;

fn main() -> ExitCode {
    // SAFETY: the process has no second thread yet. The engine's local time has to be UTC (behaviour.md, table row "time zone").
    unsafe { std::env::set_var("TZ", "UTC") };
    exit::code(match arguments::parse() {
        Command::Plan(arguments) => return exit::code_of_plan(wait(project::plan(&arguments))),
        Command::Run(arguments, apps) => run::run(*arguments, &apps),
        Command::Check(arguments) => check::check(&arguments),
        Command::Test(arguments) => test::test(&arguments),
        Command::DeadLetters(arguments) => wait(dead_letters::dead_letters(&arguments.command)),
        Command::Jobs(arguments) => wait(jobs::jobs(&arguments.command)),
        Command::Send(arguments) => wait(traffic::send(&arguments)),
        Command::Receive(arguments) => wait(traffic::receive(&arguments)),
        Command::Init(arguments) => project::init(&arguments),
        Command::Apply(arguments) => wait(project::apply(&arguments)),
        Command::Rollback(arguments) => wait(manage::rollback(&arguments)),
        Command::History(arguments) => wait(manage::history(&arguments)),
        Command::Prune(arguments) => wait(manage::prune(&arguments)),
        Command::Apps(arguments) => wait(manage::apps(&arguments.command)),
        Command::Config(arguments) => wait(manage::config(&arguments.command)),
        Command::Secrets(arguments) => wait(manage::secrets(&arguments.command)),
        Command::Attachments(arguments) => wait(manage::attachments(&arguments.command)),
        Command::Logs(arguments) => wait(logs::logs(&arguments)),
        Command::Metrics(arguments) => wait(metrics::metrics(&arguments)),
        Command::Doctor(arguments) => wait(doctor::doctor(&arguments)),
        Command::Pause(arguments) => wait(switch::switch(&arguments.switch, Action::Pause)),
        Command::Resume(arguments) => wait(switch::switch(&arguments.switch, Action::Resume)),
        Command::Up => local_stack::local_stack(local_stack::Action::Up),
        Command::Down => local_stack::local_stack(local_stack::Action::Down),
        Command::Schema => Ok(project::schema()),
        Command::Completions(arguments) => Ok(completions::completions(arguments.shell)),
    })
}

/// Runs a command to its end.
fn wait(command: impl Future<Output = Result<Outcome, Unusable>>) -> Result<Outcome, Unusable> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Unusable::new(format_args!("cannot start the runtime: {error}")))?;
    runtime.block_on(command)
}
