//! What installations are called: by their slugs, where they are installed; else by the names that runs have given them.

use super::Letters;
use crate::console;
use crate::exit::Unusable;
use crate::installed::kept::Whereabouts;
use crate::installed::place::Place;
use crate::run::numbers::Numbers;
use runtime_core::event::InstallationId;
use std::collections::BTreeMap;

/// The names of a place.
pub struct AppNames {
    /// Slug and number of what is installed.
    installed: Vec<(String, i64)>,
    /// What `hedgerow run --app` has given out.
    of_runs: BTreeMap<String, i64>,
}

impl AppNames {
    /// Looks them up. Letters are worth a look without names too: who may not read what is installed is told, and goes on.
    pub async fn of(place: &Place, at: &Whereabouts) -> Result<Self, Unusable> {
        let installed = match place.registry.read().await {
            Ok(seen) => seen.installations.into_iter().map(|record| (record.slug, record.id.0)).collect(),
            Err(error) => {
                console::warning(format_args!("apps have numbers only, as their names cannot be read: {error}"));
                Vec::new()
            }
        };
        let of_runs = match at {
            Whereabouts::Folder(folder) => Numbers::open(Some(folder))?.known().clone(),
            Whereabouts::Stack(_) => BTreeMap::new(),
        };
        Ok(Self { installed, of_runs })
    }

    /// The installation that is meant: by its slug, by the name that a run gave it, by its number.
    pub fn find(&self, app: &str) -> Result<InstallationId, Unusable> {
        let of_slug: Vec<i64> =
            self.installed.iter().filter(|(slug, _)| slug == app).map(|(_, number)| *number).collect();
        match of_slug[..] {
            [number] => return Ok(InstallationId(number)),
            [] => {}
            _ => {
                let numbers: Vec<String> = of_slug.iter().map(i64::to_string).collect();
                let message = format!("several apps have this slug; give the number of one ({})", numbers.join(", "));
                return Err(Unusable::at(format_args!("--app {}", console::printable(app)), message));
            }
        }
        if let Some(number) = self.of_runs.get(app) {
            return Ok(InstallationId(*number));
        }
        if let Ok(number) = app.parse() {
            return Ok(InstallationId(number));
        }
        let mut known: Vec<&str> = self.installed.iter().map(|(slug, _)| slug.as_str()).collect();
        known.extend(self.of_runs.keys().map(String::as_str));
        known.sort_unstable();
        known.dedup();
        let known = if known.is_empty() { "it knows none".to_owned() } else { known.join(", ") };
        let app = console::printable(app);
        Err(Unusable::new(format_args!("--app {app}: this place knows no such app ({known}); give its number")))
    }

    /// `demo (1)`; the number alone if no name is known for it.
    pub fn name_of(&self, installation: InstallationId) -> String {
        let is_it = |number: i64| number == installation.0;
        let slug = self.installed.iter().find(|(_, number)| is_it(*number)).map(|(slug, _)| slug);
        let name = slug.or_else(|| self.of_runs.iter().find(|(_, number)| is_it(**number)).map(|(name, _)| name));
        name.map_or_else(|| installation.to_string(), |name| format!("{name} ({installation})"))
    }
}

impl Letters {
    /// See [`AppNames::name_of`].
    pub(super) fn name_of(&self, installation: InstallationId) -> String {
        self.names.name_of(installation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> AppNames {
        let slug = |slug: &str, number| (slug.to_owned(), number);
        let installed = vec![slug("demo", 1), slug("twice", 2), slug("twice", 3)];
        AppNames { installed, of_runs: [slug("demo", 7), slug("old", 4)].into() }
    }

    #[test]
    fn what_is_installed_comes_first() {
        let find = |app: &str| names().find(app).map(|id| id.0).map_err(|error| error.to_string());
        assert_eq!([find("demo"), find("old"), find("9")], [Ok(1), Ok(4), Ok(9)]);
        assert_eq!(
            find("twice"),
            Err("--app twice: several apps have this slug; give the number of one (2, 3)".into())
        );
        let error = find("nobody").expect_err("unknown");
        assert!(error.contains("knows no such app (demo, old, twice)"), "{error}");
    }

    #[test]
    fn a_number_has_a_name_where_one_is_known() {
        let name = |number| names().name_of(InstallationId(number));
        assert_eq!([name(1), name(3), name(4), name(5)], ["demo (1)", "twice (3)", "old (4)", "5"]);
    }
}
