//! What installations are called: by their slugs, where they are installed; else by the names that runs have given them.

use crate::console;
use crate::exit::Unusable;
use crate::installed::place::Place;
use crate::run::numbers::Numbers;
use runtime_core::event::InstallationId;
use std::collections::BTreeMap;
use std::path::Path;

/// The names of a place.
#[derive(Debug, Default)]
pub struct Names {
    /// Slug and number of what is installed.
    installed: Vec<(String, InstallationId)>,
    /// What `hedgerow run --app` has given out.
    of_runs: BTreeMap<String, i64>,
}

impl Names {
    /// Looks them up; those of runs are in the folder, where the place is one. What is asked for is worth a look without names too: who
    /// may not read what is installed is told, and goes on.
    pub async fn of(place: &Place, folder: Option<&Path>) -> Result<Self, Unusable> {
        let installed = match place.registry.read().await {
            Ok(seen) => seen.installations.into_iter().map(|record| (record.slug, record.id)).collect(),
            Err(error) => {
                console::warning(format_args!("apps have numbers only, as their names cannot be read: {error}"));
                Vec::new()
            }
        };
        let of_runs = match folder {
            Some(_) => Numbers::open(folder)?.known().clone(),
            None => BTreeMap::new(),
        };
        Ok(Self { installed, of_runs })
    }

    /// The installation that is meant: by its slug, by the name that a run gave it, by its number, also of one that is no longer
    /// installed.
    pub fn installation(&self, app: &str) -> Result<InstallationId, Unusable> {
        let whose = format!("\"{}\"", console::printable(app));
        let of_slug: Vec<InstallationId> =
            self.installed.iter().filter(|(slug, _)| slug == app).map(|(_, number)| *number).collect();
        match of_slug[..] {
            [number] => return Ok(number),
            [] => {}
            _ => {
                let numbers: Vec<String> = of_slug.iter().map(ToString::to_string).collect();
                let message = format!("several apps have this slug; give the number of one ({})", numbers.join(", "));
                return Err(Unusable::at(whose, message));
            }
        }
        if let Some(number) = self.of_runs.get(app).copied().or_else(|| app.parse().ok()) {
            return Ok(InstallationId(number));
        }
        let mut known: Vec<&str> = self.installed.iter().map(|(slug, _)| slug.as_str()).collect();
        known.extend(self.of_runs.keys().map(String::as_str));
        known.sort_unstable();
        known.dedup();
        let known = if known.is_empty() { "it knows none".to_owned() } else { known.join(", ") };
        Err(Unusable::at(whose, format_args!("this place knows no such app ({known}); give one of them, or a number")))
    }

    /// What an installation is called; none of one that is unknown here.
    pub fn name(&self, installation: InstallationId) -> Option<&str> {
        let slug = self.installed.iter().find(|(_, number)| *number == installation).map(|(slug, _)| slug.as_str());
        let of_run =
            || self.of_runs.iter().find(|(_, number)| **number == installation.0).map(|(name, _)| name.as_str());
        slug.or_else(of_run)
    }

    /// `demo (1)`; the number alone if no name is known for it.
    pub fn with_number(&self, installation: InstallationId) -> String {
        self.name(installation).map_or_else(|| installation.to_string(), |name| format!("{name} ({installation})"))
    }

    /// The name alone where it says enough: with the number where another one has the same, else the number.
    pub fn shown(&self, installation: InstallationId) -> String {
        let Some(name) = self.name(installation) else { return format!("[{installation}]") };
        let is_shared = self.installed.iter().any(|(other, number)| other == name && *number != installation);
        if is_shared { format!("{name}[{installation}]") } else { name.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let installed = [("demo", 1), ("twice", 2), ("twice", 3)];
        let of_runs = [("demo".to_owned(), 7), ("old".to_owned(), 4)].into();
        Names { installed: installed.map(|(slug, id)| (slug.to_owned(), InstallationId(id))).into(), of_runs }
    }

    #[test]
    fn what_is_installed_comes_first() {
        let find = |app: &str| names().installation(app).map(|id| id.0).map_err(|error| error.to_string());
        assert_eq!([find("demo"), find("old"), find("9")], [Ok(1), Ok(4), Ok(9)]);
        assert_eq!(find("twice"), Err("\"twice\": several apps have this slug; give the number of one (2, 3)".into()));
        let error = find("nobody").expect_err("unknown");
        assert!(error.contains("\"nobody\": this place knows no such app (demo, old, twice)"), "{error}");
    }

    #[test]
    fn a_number_has_a_name_where_one_is_known() {
        let ids = [1, 3, 4, 5].map(InstallationId);
        assert_eq!(ids.map(|id| names().with_number(id)), ["demo (1)", "twice (3)", "old (4)", "5"]);
        assert_eq!(ids.map(|id| names().shown(id)), ["demo", "twice[3]", "old", "[5]"]);
    }
}
