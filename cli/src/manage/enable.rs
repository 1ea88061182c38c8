//! `hedgerow apps enable` and `disable`.
//!
//! An app may be disabled in two ways: by the operator, which its record says, or because its set-up has failed, which the environments
//! that tried have written down. Enabling it ends both.

use super::one::{OneApp, set_up};
use crate::arguments::{ChangeArguments, OneAppArguments};
use crate::console;
use crate::exit::{Outcome, Unusable};
use crate::installed::kept::Kept;
use crate::installed::place::Place;
use crate::installed::trial;
use crate::installed::write::SetUp;
use runtime_core::installation::Installation;
use runtime_core::pipeline;
use runtime_core::registry::{Installed, Record};
use runtime_core::setup::SetupState;
use serde_json::json;
use std::sync::Arc;

/// Disables an app.
pub async fn disable(arguments: &OneAppArguments) -> Result<Outcome, Unusable> {
    let app = OneApp::find(arguments).await?;
    let mut wanted = app.wanted().await?;
    wanted.record.enabled = false;
    let what = format!("disable {}", app.record.slug);
    app.change(wanted, what, SetUp::Skip).await
}

/// Enables an app, once it was tried out.
pub async fn enable(arguments: &OneAppArguments, change: &ChangeArguments) -> Result<Outcome, Unusable> {
    let (app, kept) = OneApp::find_with_kept(arguments).await?;
    let Installed { installation, failure, .. } = installed(&app.place, &app.record).await?;
    if app.record.enabled {
        if let Some(failure) = failure {
            return Err(Unusable::at(format_args!("app \"{}\"", app.record.slug), failure));
        }
        return set_up_again(&app.record, &kept, &installation, (arguments, set_up(change))).await;
    }
    let mut wanted = app.wanted().await?;
    wanted.record.enabled = true;
    let what = format!("enable {}", app.record.slug);
    let outcome = app.change(wanted, what, set_up(change)).await?;
    if outcome == Outcome::Success {
        // What failed before the operator disabled it counts no more.
        pipeline::enable(&*kept.documents, &installation).await.map_err(Unusable::new)?;
    }
    Ok(outcome)
}

/// What environments would run: its version is what its set-up goes by.
async fn installed(place: &Place, record: &Record) -> Result<Installed, Unusable> {
    let opener = place.opener([record]).await?;
    place.registry.install(record, opener.as_ref()).await.map_err(Unusable::new)
}

/// Lets an app that the operator wants to run be set up from the beginning.
async fn set_up_again(
    record: &Record,
    kept: &Kept,
    installation: &Arc<Installation>,
    (arguments, set_up): (&OneAppArguments, SetUp),
) -> Result<Outcome, Unusable> {
    let state = pipeline::setup_state(&*kept.documents, installation).await.map_err(Unusable::new)?;
    let is_held_up = state.disabled.is_some() || state.next_at.is_some();
    if is_held_up
        && set_up == SetUp::Try
        && let Err(error) = trial::set_up(installation).await?
    {
        let slug = &record.slug;
        console::error(format_args!("app \"{slug}\": setupPlugin failed: {}", console::printable(&error)));
        console::note("nothing was changed; --skip-setup leaves setupPlugin out");
        return Ok(Outcome::Failures);
    }
    if is_held_up {
        pipeline::enable(&*kept.documents, installation).await.map_err(Unusable::new)?;
    }
    if arguments.json {
        console::line(json!({"slug": record.slug, "id": record.id, "revision": null, "changes": [],
            "set_up_again": is_held_up}));
    } else if is_held_up {
        console::note(format_args!("{}; its set-up begins anew with the next work for it", was(&state)));
    } else {
        console::note("there is nothing to change");
    }
    Ok(Outcome::Success)
}

fn was(state: &SetupState) -> &'static str {
    if state.disabled.is_some() { "enabled again" } else { "its set-up waits no longer" }
}
