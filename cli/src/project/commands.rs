//! `hedgerow plan` and `hedgerow apply`.

use super::lock::Lock;
use super::read::Project;
use super::resolve::{Purpose, Resolver, Updates};
use crate::arguments::{ApplyArguments, PlanArguments, ProjectArguments};
use crate::ask;
use crate::console;
use crate::exit::{Outcome, Unusable};
use crate::installed::place::{Missing, Place};
use crate::installed::tell;
use crate::installed::write::{SetUp, Staged, Written};
use crate::references::OfEnvironment;
use runtime_core::event::TeamId;

/// Shows what `apply` would change; the lock file is brought up to date.
pub async fn plan(arguments: &PlanArguments) -> Result<Outcome, Unusable> {
    let place = Place::open(&arguments.project.place, Missing::Empty).await?;
    let staged = staged(&arguments.project, &place, Purpose::Plan).await?;
    staged.check(staged.opener(&place).await?.as_ref())?;
    let changes = staged.changes();
    if arguments.json {
        console::line(serde_json::to_string(&changes).expect("plain data has a JSON form"));
    } else {
        tell::tell(&changes);
    }
    Ok(if changes.has_changes { Outcome::Changes } else { Outcome::Success })
}

/// Makes what the file says hold.
pub async fn apply(arguments: &ApplyArguments) -> Result<Outcome, Unusable> {
    let place = Place::open(&arguments.project.place, Missing::Made).await?;
    let staged = staged(&arguments.project, &place, Purpose::Apply).await?;
    staged.check(staged.opener(&place).await?.as_ref())?;
    let changes = staged.changes();
    if !arguments.json {
        tell::tell(&changes);
    }
    if changes.has_changes && !arguments.yes && !ask::agrees("apply this?", "--yes applies it without a question")? {
        return Ok(Outcome::Failures);
    }
    let set_up = if arguments.skip_setup { SetUp::Skip } else { SetUp::Try };
    let written = staged.write(&place, set_up).await?;
    let revision = match written {
        Written::Revision(revision) => Some(revision),
        Written::Nothing => None,
        Written::Refused => return Ok(Outcome::Failures),
    };
    match (arguments.json, revision) {
        (true, _) => console::line(serde_json::json!({ "revision": revision, "changes": changes })),
        (false, Some(revision)) => console::note(format_args!("applied as revision {revision}")),
        (false, None) => console::note("there is nothing to change"),
    }
    Ok(written.outcome())
}

/// What the file says, beside what holds.
async fn staged(arguments: &ProjectArguments, place: &Place, purpose: Purpose) -> Result<Staged, Unusable> {
    let project = Project::read(&arguments.file)?;
    let lock_path = Lock::path_of(&arguments.file);
    let lock = Lock::read(&lock_path)?;
    let seen = place.registry.read().await.map_err(Unusable::new)?;
    let opener = place.opener(&seen.installations).await?;
    let updates = Updates::of(&arguments.update);
    let (opener, references) = (opener.as_ref(), &OfEnvironment::default());
    let resolver = Resolver { project: &project, seen: &seen, opener, purpose, updates, references };
    let (wanted, new_lock) = resolver.resolve(&lock).await?;
    new_lock.write(&lock_path)?;
    let tokens = project.tokens.iter().map(|(token, team)| (token.clone(), TeamId(*team))).collect();
    Ok(Staged { seen, tokens, wanted, others: Vec::new(), summary: String::new() })
}
