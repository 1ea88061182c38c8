//! `hedgerow doctor`: what is wrong with a place, and what to do about it.
//!
//! A check is a value, made from facts by a function without effects; what asks for the facts makes every check, whatever the others
//! found. Nothing is changed, and no secret is read out.

mod check;
mod clock;
mod folder;
mod installed;
mod letters;
#[cfg(feature = "stack")]
mod stack;

use crate::arguments::{At, DoctorArguments};
use crate::console::{self, BAD, DOUBTFUL, FAINT, GOOD};
use crate::exit::{Outcome, Unusable};
use check::{Check, Verdict};
use serde_json::{Value, json};

/// Makes every check of the place and tells what was found.
pub async fn doctor(arguments: &DoctorArguments) -> Result<Outcome, Unusable> {
    let checks = match arguments.place.at() {
        At::Folder(state) => folder::checks(state, &arguments.imports).await,
        At::Stack(name) => of_stack(name).await?,
    };
    if arguments.json {
        console::line(shown(&checks));
    } else {
        tell(&checks);
    }
    let failed = checks.iter().any(|check| check.verdict == Verdict::Failed);
    Ok(if failed { Outcome::Failures } else { Outcome::Success })
}

#[cfg(feature = "stack")]
async fn of_stack(name: &str) -> Result<Vec<Check>, Unusable> {
    Ok(stack::checks(name).await)
}

#[cfg(not(feature = "stack"))]
async fn of_stack(_name: &str) -> Result<Vec<Check>, Unusable> {
    Err(crate::installed::place::without_stacks())
}

fn count(checks: &[Check], verdict: Verdict) -> usize {
    checks.iter().filter(|check| check.verdict == verdict).count()
}

fn shown(checks: &[Check]) -> Value {
    json!({
        "failed": count(checks, Verdict::Failed),
        "warnings": count(checks, Verdict::Warning),
        "checks": Value::from_iter(checks.iter().map(Check::to_json)),
    })
}

/// A line a check, and below it what to do. Not a table: what is cut off may be what helps.
fn tell(checks: &[Check]) {
    let widest = checks.iter().map(|check| check.name.chars().count()).max().unwrap_or(0);
    for check in checks {
        let style = match check.verdict {
            Verdict::Ok => GOOD,
            Verdict::Warning => DOUBTFUL,
            Verdict::Failed => BAD,
        };
        let (verdict, name) = (check.verdict.name(), console::printable(&check.name));
        let found = console::printable(&check.found).replace('\n', "\n    ");
        console::line(format_args!("{style}{verdict:<7}{style:#}  {name:<widest$}  {found}"));
        if let Some(advice) = &check.advice {
            console::line(format_args!("    {FAINT}->{FAINT:#} {}", console::printable(advice)));
        }
    }
    let (failed, warnings) = (count(checks, Verdict::Failed), count(checks, Verdict::Warning));
    console::note(format_args!("{} checks: {failed} failed, {warnings} warnings", checks.len()));
}
