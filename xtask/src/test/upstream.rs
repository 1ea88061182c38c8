//! `hedgerow test` over public apps: installed from the npm registry at a fixed version, tested by our own case files.
//!
//! Nothing of such an app is in this repository. Its case file is copied beside the installed app, so that a path in it
//! names one of the app's own files (the test database of the GeoIP app, for one).

use super::Tally;
use crate::{Error, output, workspace};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A public app as `tests/upstream/apps.json` lists it.
#[derive(Debug, PartialEq, Eq)]
struct App {
    /// Its name on the npm registry.
    package: String,
    /// The exact version: behaviour changes between versions.
    version: String,
    /// The name of its case file in `tests/upstream`.
    cases: String,
}

/// Installs and tests every listed app. An app counts as one test; one that cannot be installed has failed.
pub fn test_all(hedgerow: &Path) -> Result<Tally, Error> {
    let folder = workspace::root().join("tests/upstream");
    let mut tally = Tally::default();
    for app in read_list(&std::fs::read_to_string(folder.join("apps.json"))?)? {
        let result = test_one(hedgerow, &folder, &app);
        let passed = result.as_ref().is_ok_and(|passed| *passed);
        if let Err(error) = result {
            output::error(error);
        }
        let outcome = if passed { "passed" } else { "FAILED" };
        output::line(format_args!("{}@{}: {outcome}", app.package, app.version));
        tally.count(passed);
    }
    Ok(tally)
}

fn read_list(text: &str) -> Result<Vec<App>, Error> {
    let value: Value = serde_json::from_str(text)
        .map_err(|error| Error::new(format!("tests/upstream/apps.json is no JSON: {error}")))?;
    let entries = value["apps"].as_array().ok_or_else(|| Error::new("tests/upstream/apps.json has no list `apps`"))?;
    entries.iter().map(read_entry).collect()
}

fn read_entry(entry: &Value) -> Result<App, Error> {
    let text = |key: &str| {
        let value = entry[key].as_str().map(str::to_owned);
        value.ok_or_else(|| Error::new(format!("tests/upstream/apps.json: an app has no text `{key}`")))
    };
    Ok(App { package: text("package")?, version: text("version")?, cases: text("cases")? })
}

fn test_one(hedgerow: &Path, folder: &Path, app: &App) -> Result<bool, Error> {
    let installed = install(app)?;
    let cases = installed.join(&app.cases);
    std::fs::copy(folder.join(&app.cases), &cases)?;
    workspace::succeeds(Command::new(hedgerow).arg("test").arg(&installed).arg("--cases").arg(&cases))
}

/// Installs the app into a folder of its own in the cache folder, unless it is there already.
fn install(app: &App) -> Result<PathBuf, Error> {
    let name = format!("{}@{}", app.package.replace('/', "+"), app.version);
    let prefix = workspace::cache_folder()?.join("apps").join(name);
    let installed = prefix.join("node_modules").join(&app.package);
    if installed.join("plugin.json").is_file() {
        return Ok(installed);
    }
    output::line(format_args!("installing {}@{} into {}", app.package, app.version, prefix.display()));
    std::fs::create_dir_all(&prefix)?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=dev", "--no-save", "--prefix"]);
    npm.arg(&prefix).arg(format!("{}@{}", app.package, app.version));
    if !workspace::succeeds(&mut npm)? || !installed.join("plugin.json").is_file() {
        return Err(Error::new(format!(
            "npm did not install {}@{}; is the registry reachable?",
            app.package, app.version
        )));
    }
    Ok(installed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_readable_and_its_case_files_exist() {
        let folder = workspace::root().join("tests/upstream");
        let text = std::fs::read_to_string(folder.join("apps.json")).expect("the list exists");
        let apps = read_list(&text).expect("the list is readable");
        assert!(!apps.is_empty());
        for app in apps {
            assert!(folder.join(&app.cases).is_file(), "{} of {} is missing", app.cases, app.package);
        }
    }

    #[test]
    fn an_entry_without_a_version_is_refused() {
        let error = read_list(r#"{"apps": [{"package": "p", "cases": "p.cases.json"}]}"#).unwrap_err();
        assert!(error.to_string().contains("`version`"));
    }
}
