//! Public apps: listed in tests/upstream/apps.json, installed from the npm registry at a fixed version; and `cargo xtask public-apps`,
//! which runs fetched ones against servers. Nothing of them is in this repository.

use crate::{Error, Verdict, output, with_servers, workspace};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const HELP: &str = "Runs public apps that were fetched into a folder against real servers and doubles.

Usage: cargo xtask public-apps FOLDER

Each app is in a folder of its own in FOLDER, named as docs/public-apps.md says, which also lists where they are from and the commits.
It is set up and gets events, and what arrives (in an emulator of S3, doubles of Google and of HTTP receivers, a throw-away
PostgreSQL) is compared with them. An app that is not there is skipped, and a line says so.

Exit codes: 0 all passed or were skipped; 1 one failed; 2 the command could not run.";

/// The variable from which tests take the folder.
const TEST_FOLDER: &str = "HEDGEROW_PUBLIC_APPS";

/// Runs the command; see the help text above.
pub fn run(arguments: &[String]) -> Result<Verdict, Error> {
    let folder = match arguments {
        [flag] if flag == "--help" || flag == "-h" => {
            output::line(HELP);
            return Ok(Verdict::Passed);
        }
        [folder] if !folder.starts_with('-') => Path::new(folder),
        _ => return Err(Error::new(format!("one folder is expected\n\n{HELP}"))),
    };
    let folder = folder.canonicalize().map_err(|error| Error::new(format!("{}: {error}", folder.display())))?;
    let mut tests = workspace::cargo();
    tests.args(["test", "-p", "tests", "--test", "it", "public_apps::", "--", "--ignored", "--nocapture"]);
    tests.env(TEST_FOLDER, folder);
    with_servers::run_beside(&mut tests)
}

/// A public app as `tests/upstream/apps.json` lists it.
#[derive(Debug, PartialEq, Eq)]
pub struct App {
    /// Its name on the npm registry.
    pub package: String,
    /// The exact version: behaviour changes between versions.
    pub version: String,
    /// The name of its case file in `tests/upstream`.
    pub cases: String,
}

/// The folder of the list and of the case files.
pub fn folder() -> PathBuf {
    workspace::root().join("tests/upstream")
}

/// Every listed app.
pub fn listed() -> Result<Vec<App>, Error> {
    read_list(&std::fs::read_to_string(folder().join("apps.json"))?)
}

/// Installs the listed app of that package; its folder.
pub fn install_listed(package: &str) -> Result<PathBuf, Error> {
    let app = listed()?.into_iter().find(|app| app.package == package);
    install(&app.ok_or_else(|| Error::new(format!("tests/upstream/apps.json does not list {package}")))?)
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

/// Installs the app into a folder of its own in the cache folder, unless it is there already.
pub fn install(app: &App) -> Result<PathBuf, Error> {
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
        let apps = listed().expect("the list exists and is readable");
        assert!(!apps.is_empty());
        for app in apps {
            assert!(folder().join(&app.cases).is_file(), "{} of {} is missing", app.cases, app.package);
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        assert!(run(&["no/such/folder".to_owned()]).unwrap_err().to_string().contains("no/such/folder"));
        assert!(run(&[]).is_err());
    }

    #[test]
    fn an_entry_without_a_version_is_refused() {
        let error = read_list(r#"{"apps": [{"package": "p", "cases": "p.cases.json"}]}"#).unwrap_err();
        assert!(error.to_string().contains("`version`"));
    }
}
