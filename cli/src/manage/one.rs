//! One app that is installed: finding it, and changing it.

use crate::arguments::OneAppArguments;
use crate::console;
use crate::exit::{Outcome, Unusable};
use crate::installed::kept::{self, Kept};
use crate::installed::place::{Missing, Place};
use crate::installed::tell;
use crate::installed::wanted::Wanted;
use crate::installed::write::{SetUp, Staged, Written};
use runtime_core::app::FieldKind;
use runtime_core::registry::{Record, Snapshot};
use serde_json::json;

/// An app, and where it is installed.
pub struct OneApp<'a> {
    arguments: &'a OneAppArguments,
    /// Where.
    pub place: Place,
    /// What is installed there.
    pub seen: Snapshot,
    /// The app.
    pub record: Record,
}

impl<'a> OneApp<'a> {
    /// Finds it.
    pub async fn find(arguments: &'a OneAppArguments) -> Result<Self, Unusable> {
        let place = Place::open(&arguments.place, Missing::Refused).await?;
        let seen = place.registry.read().await.map_err(Unusable::new)?;
        let record = find(&seen, &arguments.app)?.clone();
        Ok(Self { arguments, place, seen, record })
    }

    /// Finds it, and what its place keeps of its work.
    pub async fn find_with_kept(arguments: &'a OneAppArguments) -> Result<(Self, Kept), Unusable> {
        let (place, kept) = kept::open(&arguments.place, Missing::Refused).await?;
        let seen = place.registry.read().await.map_err(Unusable::new)?;
        let record = find(&seen, &arguments.app)?.clone();
        Ok((Self { arguments, place, seen, record }, kept))
    }

    /// The app with everything that it is made of.
    pub async fn wanted(&self) -> Result<Wanted, Unusable> {
        Wanted::installed(&self.place.registry, &self.record).await
    }

    /// Makes the app what is wanted, and tells what that changed. `what` goes into the history.
    pub async fn change(self, wanted: Wanted, what: String, set_up: SetUp) -> Result<Outcome, Unusable> {
        let Self { arguments, place, seen, record } = self;
        let staged = Staged::of_one(seen, wanted, what);
        let changes = staged.changes();
        let written = staged.write(&place, set_up).await?;
        let revision = match written {
            Written::Revision(revision) => Some(revision),
            Written::Nothing => None,
            Written::Refused => return Ok(written.outcome()),
        };
        if arguments.json {
            let fields = changes.app(record.id.0).map(|app| &app.fields);
            console::line(json!({ "slug": record.slug, "id": record.id, "revision": revision, "changes": fields }));
        } else if let Some(revision) = revision {
            tell::tell(&changes);
            console::note(format_args!("applied as revision {revision}"));
        } else {
            console::note("there is nothing to change");
        }
        Ok(written.outcome())
    }
}

/// An installed app: by slug, else by number.
pub fn find<'a>(seen: &'a Snapshot, name: &str) -> Result<&'a Record, Unusable> {
    let by_slug: Vec<&Record> = seen.installations.iter().filter(|record| record.slug == name).collect();
    match by_slug[..] {
        [record] => return Ok(record),
        [] => {}
        _ => {
            return Err(Unusable::at(
                format_args!("\"{name}\""),
                "several apps have this slug; give the number of one",
            ));
        }
    }
    let by_number = name.parse::<i64>().ok().and_then(|id| seen.installations.iter().find(|record| record.id.0 == id));
    by_number.ok_or_else(|| {
        let known: Vec<&str> = seen.installations.iter().map(|record| record.slug.as_str()).collect();
        let known =
            if known.is_empty() { "nothing is installed".to_owned() } else { format!("there is {}", known.join(", ")) };
        Unusable::at(format_args!("\"{}\"", console::printable(name)), format_args!("there is no such app; {known}"))
    })
}

/// Whether a field is secret.
pub fn is_secret(wanted: &Wanted, key: &str) -> bool {
    wanted.record.secrets.contains_key(key) || wanted.app.manifest.field(key).is_some_and(|field| field.secret)
}

/// Refuses a key that is an attachment's.
pub fn refuse_attachment(wanted: &Wanted, key: &str) -> Result<(), Unusable> {
    match wanted.app.manifest.field(key) {
        Some(field) if field.kind == FieldKind::Attachment => {
            Err(Unusable::new(format_args!("\"{key}\" is an attachment; `hedgerow attachments put` gives it a file")))
        }
        _ => Ok(()),
    }
}

/// By the words of the command line.
pub fn set_up(change: &crate::arguments::ChangeArguments) -> SetUp {
    if change.skip_setup { SetUp::Skip } else { SetUp::Try }
}
