//! `hedgerow prune`: what no revision needs that can hold again goes.

use crate::arguments::PruneArguments;
use crate::ask;
use crate::console;
use crate::exit::{Outcome, Unusable};
use crate::installed::place::{Missing, Place, whoever};
use crate::installed::write::written;
use adapter_local::clock::SystemClock;
use runtime_core::ports::clock::{Clock, Timestamp};
use runtime_core::registry::{PruneMode, PruneOptions, Pruned};
use serde_json::{Value, json};

/// What was put so recently stays: a change that is under way may be about to name it.
const MILLISECONDS_KEPT: i64 = 24 * 60 * 60 * 1_000;

/// Runs the command.
pub async fn prune(arguments: &PruneArguments) -> Result<Outcome, Unusable> {
    let place = Place::open(&arguments.place, Missing::Refused).await?;
    let seen = place.registry.read().await.map_err(Unusable::new)?;
    let keep = usize::try_from(arguments.keep).expect("it is at most 50");
    let mut options = PruneOptions {
        keep,
        put_before: Timestamp(SystemClock::new().now().0 - MILLISECONDS_KEPT),
        mode: PruneMode::Look,
        by: whoever(),
    };
    let run = async |options: &PruneOptions| place.registry.prune(&seen, &*place.blobs, &*place.keys, options).await;
    let looked = run(&options).await.map_err(Unusable::new)?;
    if arguments.dry_run {
        tell(&looked, arguments);
        return Ok(Outcome::Success);
    }
    if !looked.dropped.is_empty() && !arguments.yes {
        console::note(format_args!("these revisions cannot be rolled back to afterwards: {}", list(&looked.dropped)));
        if !ask::agrees("drop them?", "--yes drops them without a question")? {
            return Ok(Outcome::Failures);
        }
    }
    options.mode = PruneMode::Remove;
    match run(&options).await {
        Ok(pruned) => tell(&pruned, arguments),
        Err(error) => return Ok(written(Err(error))?.outcome()),
    }
    Ok(Outcome::Success)
}

fn tell(pruned: &Pruned, arguments: &PruneArguments) {
    if arguments.json {
        console::line(as_json(pruned, arguments.dry_run));
        return;
    }
    let Pruned { snapshots, bundles, attachments, data_keys, too_recent, .. } = pruned;
    let verb = if arguments.dry_run { "would remove" } else { "removed" };
    if !pruned.dropped.is_empty() {
        let verb = if arguments.dry_run { "would drop" } else { "dropped" };
        console::line(format_args!("{verb} the revisions {}", list(&pruned.dropped)));
    }
    console::line(format_args!(
        "{verb} {snapshots} stored revisions, {bundles} bundles of apps, {attachments} attachments, {data_keys} data keys"
    ));
    if *too_recent > 0 {
        console::note(format_args!(
            "{too_recent} more are not needed and were stored less than a day ago; a later prune removes them"
        ));
    }
}

fn list(revisions: &[u64]) -> String {
    revisions.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

fn as_json(pruned: &Pruned, is_dry_run: bool) -> Value {
    json!({
        "revision": pruned.revision,
        "dry_run": is_dry_run,
        "kept": pruned.kept,
        "dropped": pruned.dropped,
        "removed": {
            "snapshots": pruned.snapshots,
            "bundles": pruned.bundles,
            "attachments": pruned.attachments,
            "data_keys": pruned.data_keys,
        },
        "too_recent": pruned.too_recent,
    })
}
