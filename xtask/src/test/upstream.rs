//! `hedgerow test` over public apps: installed from the npm registry at a fixed version, tested by our own case files.
//!
//! Nothing of such an app is in this repository. Its case file is copied beside the installed app, so that a path in it
//! names one of the app's own files (the test database of the GeoIP app, for one).

use super::Tally;
use crate::public_apps::{self, App};
use crate::{Error, output, workspace};
use std::path::Path;
use std::process::Command;

/// Installs and tests every listed app. An app counts as one test; one that cannot be installed has failed.
pub fn test_all(hedgerow: &Path) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    for app in public_apps::listed()? {
        let result = test_one(hedgerow, &app);
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

fn test_one(hedgerow: &Path, app: &App) -> Result<bool, Error> {
    let installed = public_apps::install(app)?;
    let cases = installed.join(&app.cases);
    std::fs::copy(public_apps::folder().join(&app.cases), &cases)?;
    workspace::succeeds(Command::new(hedgerow).arg("test").arg(&installed).arg("--cases").arg(&cases))
}
