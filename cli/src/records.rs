//! What apps have logged and what was counted of them: where that is, and whose it is.

use crate::arguments::{PlaceArguments, Since};
use crate::exit::Unusable;
use crate::installed::place::Place;
use crate::run::numbers::Numbers;
use adapter_local::clock::SystemClock;
use adapter_local::{LocalStore, database};
use runtime_core::event::InstallationId;
use runtime_core::ports::app_logs::AppLogs;
use runtime_core::ports::app_metrics::AppMetrics;
use runtime_core::ports::clock::{Clock, Timestamp};
use std::path::Path;
use std::sync::Arc;

/// Where lines and metrics are read, with the names of the installations that they are about.
pub struct Records {
    /// Lines.
    pub logs: Arc<dyn AppLogs>,
    /// Metrics.
    pub metrics: Arc<dyn AppMetrics>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// What is installed.
    pub names: Names,
}

impl Records {
    /// Opens the place that the command line names.
    pub async fn open(arguments: &PlaceArguments) -> Result<Self, Unusable> {
        match (&arguments.state, &arguments.stack) {
            (Some(folder), _) => Self::in_folder(folder).await,
            (None, Some(stack)) => Self::on_aws(stack).await,
            (None, None) => Err(Unusable::new("say where: --state DIR, or --stack NAME")),
        }
    }

    async fn in_folder(folder: &Path) -> Result<Self, Unusable> {
        if !folder.join(database::FILE_NAME).is_file() {
            let message = "there is no store in it; give the folder that `hedgerow run --state DIR` made";
            return Err(Unusable::at(folder.display(), message));
        }
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let store = LocalStore::open(folder, Arc::clone(&clock)).map_err(Unusable::new)?;
        let place = Place::over(&store, folder, Arc::clone(&clock));
        let snapshot = place.registry.read().await.map_err(Unusable::new)?;
        let installed = snapshot.installations.iter().map(|record| (record.slug.clone(), record.id));
        let numbers = Numbers::open(Some(folder))?;
        // What `run --app` has run comes after what is installed, whose names hold where both have one number.
        let run = numbers.known().iter().map(|(name, number)| (name.clone(), InstallationId(*number)));
        let names = Names(installed.chain(run).collect());
        Ok(Self { logs: store.records(), metrics: store.records(), clock, names })
    }

    #[cfg(feature = "stack")]
    async fn on_aws(stack: &str) -> Result<Self, Unusable> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let stack = adapter_stack::Stack::find(stack).await.map_err(Unusable::new)?;
        let registry = stack.registry(Arc::clone(&clock)).map_err(Unusable::new)?.registry;
        let names = match registry.read().await {
            Ok(snapshot) => snapshot.installations.into_iter().map(|record| (record.slug, record.id)).collect(),
            // Whoever may read logs need not be allowed to read what is installed.
            Err(error) => {
                crate::console::warning(format_args!("apps have no names here, only numbers: {error}"));
                Vec::new()
            }
        };
        Ok(Self { logs: Arc::new(stack.logs()), metrics: Arc::new(stack.metrics()), clock, names: Names(names) })
    }

    #[cfg(not(feature = "stack"))]
    async fn on_aws(_stack: &str) -> Result<Self, Unusable> {
        Err(Unusable::new("this hedgerow was built without --stack; build it with the feature `stack`"))
    }

    /// The time that was meant.
    pub fn since(&self, since: Since) -> Timestamp {
        match since {
            Since::Time(time) => time,
            Since::Ago(age) => {
                let milliseconds = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
                Timestamp(self.clock.now().0.saturating_sub(milliseconds))
            }
        }
    }
}

/// Slugs with their numbers.
#[derive(Debug, Default)]
pub struct Names(Vec<(String, InstallationId)>);

impl Names {
    /// The slug of an installation; none of one that is no longer installed.
    pub fn slug(&self, installation: InstallationId) -> Option<&str> {
        self.0.iter().find(|(_, number)| *number == installation).map(|(slug, _)| slug.as_str())
    }

    /// What stands for an installation: its slug, with its number where another one has the same; else its number.
    pub fn shown(&self, installation: InstallationId) -> String {
        let Some(slug) = self.slug(installation) else { return format!("[{installation}]") };
        let is_shared = self.0.iter().any(|(other, number)| other == slug && *number != installation);
        if is_shared { format!("{slug}[{installation}]") } else { slug.to_owned() }
    }

    /// The installation that was meant: by slug, else by number, also of one that is no longer installed.
    pub fn installation(&self, app: &str) -> Result<InstallationId, Unusable> {
        let mut numbers: Vec<_> = self.0.iter().filter(|(slug, _)| slug == app).map(|(_, number)| *number).collect();
        numbers.dedup();
        match (&numbers[..], app.parse()) {
            ([number], _) => Ok(*number),
            ([], Ok(number)) => Ok(InstallationId(number)),
            ([], Err(_)) => {
                let known: Vec<&str> = self.0.iter().map(|(slug, _)| slug.as_str()).collect();
                let known = if known.is_empty() { "none at all".to_owned() } else { known.join(", ") };
                let message = format!("no app of this name is known here, but {known}; give one of them, or a number");
                Err(Unusable::at(format_args!("\"{}\"", crate::console::printable(app)), message))
            }
            (several, _) => {
                let list: Vec<String> = several.iter().map(ToString::to_string).collect();
                let message = format!("several apps have this slug; give the number of one: {}", list.join(", "));
                Err(Unusable::at(format_args!("\"{app}\""), message))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apps_are_found_by_slug_and_by_number() {
        let names =
            Names([("a", 1), ("b", 2), ("b", 3)].map(|(slug, id)| (slug.to_owned(), InstallationId(id))).into());
        assert_eq!(names.installation("a").expect("one"), InstallationId(1));
        assert_eq!(names.installation("7").expect("a number"), InstallationId(7));
        let error = names.installation("b").expect_err("two").to_string();
        assert!(error.ends_with("give the number of one: 2, 3"), "{error}");
        let error = names.installation("c").expect_err("none").to_string();
        assert!(error.contains("\"c\"") && error.contains("a, b, b"), "{error}");
        assert_eq!([1, 2, 7].map(|id| names.shown(InstallationId(id))), ["a", "b[2]", "[7]"]);
    }
}
