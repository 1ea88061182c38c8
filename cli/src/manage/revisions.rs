//! `hedgerow history` and `hedgerow rollback`.

use crate::arguments::{HistoryArguments, RollbackArguments};
use crate::ask;
use crate::console;
use crate::exit::{Outcome, Unusable};
use crate::installed::changes::Changes;
use crate::installed::place::{Missing, Place, whoever};
use crate::installed::tell;
use crate::installed::write::{Written, written};
use crate::table;
use runtime_core::registry::{RevisionInfo, Snapshot};
use serde_json::{Value, json};

/// Lists revisions.
pub async fn history(arguments: &HistoryArguments) -> Result<Outcome, Unusable> {
    let place = Place::open(&arguments.place, Missing::Refused).await?;
    let infos = place.registry.history(arguments.limit).await.map_err(Unusable::new)?;
    if arguments.json {
        console::line(Value::from_iter(infos.iter().map(as_json)));
    } else if infos.is_empty() {
        console::note("nothing was ever installed");
    } else {
        let head = ["REVISION", "WHEN", "BY", "WHAT"].map(str::to_owned).to_vec();
        table::print(std::iter::once(head).chain(infos.iter().map(row)).collect());
    }
    Ok(Outcome::Success)
}

fn row(info: &RevisionInfo) -> Vec<String> {
    let dropped = if info.is_dropped { "(dropped) " } else { "" };
    let summary = format!("{dropped}{}", info.summary);
    vec![info.revision.to_string(), info.written_at.to_string(), info.by.clone(), summary]
}

fn as_json(info: &RevisionInfo) -> Value {
    json!({
        "revision": info.revision,
        "written_at": info.written_at.to_string(),
        "by": info.by,
        "summary": info.summary,
        "dropped": info.is_dropped,
    })
}

/// Makes an earlier revision hold again.
pub async fn rollback(arguments: &RollbackArguments) -> Result<Outcome, Unusable> {
    let place = Place::open(&arguments.place, Missing::Refused).await?;
    let seen = place.registry.read().await.map_err(Unusable::new)?;
    let wanted = match arguments.revision {
        Some(revision) => revision,
        None => seen.last_kept().ok_or_else(|| Unusable::new("there is no earlier revision"))?,
    };
    let then = place.registry.read_revision(wanted).await.map_err(Unusable::new)?;
    let then = then.ok_or_else(|| {
        Unusable::new(format_args!(
            "there is no revision {wanted} any more, or not yet; `hedgerow history` lists those that are"
        ))
    })?;
    let changes = Changes::between_snapshots(&seen, &then);
    if !arguments.json {
        tell::tell(&changes);
    }
    if !changes.has_changes {
        console::note("there is nothing to change");
        return Ok(Outcome::Success);
    }
    check(&place, &then).await?;
    if !arguments.yes && !ask::agrees("roll back to this?", "--yes does it without a question")? {
        return Ok(Outcome::Failures);
    }
    let change = then.again(whoever(), format!("rollback to {wanted}"));
    let written = written(place.registry.write(&seen, change).await)?;
    if let Written::Revision(revision) = written {
        if arguments.json {
            console::line(json!({ "revision": revision, "of": wanted, "changes": changes }));
        } else {
            console::note(format_args!("revision {wanted} holds again, as revision {revision}"));
        }
    }
    Ok(written.outcome())
}

/// What it is made of is still there: a rollback is no time for surprises. No app runs.
async fn check(place: &Place, then: &Snapshot) -> Result<(), Unusable> {
    let opener = place.opener(&then.installations).await?;
    let installed = place.registry.install_all(then, opener.as_ref(), &[]).await.map_err(Unusable::new)?;
    let failures = installed.iter().filter_map(|installed| Some((&installed.record, installed.failure.as_ref()?)));
    let list: String = failures.map(|(record, failure)| format!("\n  app \"{}\": {failure}", record.slug)).collect();
    if list.is_empty() {
        return Ok(());
    }
    Err(Unusable::new(format_args!("revision {} cannot hold again; nothing was changed{list}", then.revision)))
}
