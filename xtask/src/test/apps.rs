//! `hedgerow test` over the example apps.

use super::Tally;
use crate::{Error, output, workspace};
use std::path::Path;
use std::process::Command;

/// Runs the case files of every app of `examples/apps`. An app counts as one test; one without a case file has failed.
pub fn test_examples(hedgerow: &Path) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    for app in workspace::subfolders(&workspace::root().join("examples/apps"))? {
        tally.count(test_example(hedgerow, &app)?);
    }
    Ok(tally)
}

fn test_example(hedgerow: &Path, app: &Path) -> Result<bool, Error> {
    let name = app.file_name().unwrap_or_default().to_string_lossy();
    if !has_case_file(app)? {
        output::line(format_args!("{name}: FAILED, it has no *.cases.json"));
        return Ok(false);
    }
    let passed = workspace::succeeds(Command::new(hedgerow).arg("test").arg(app))?;
    output::line(format_args!("{name}: {}", if passed { "passed" } else { "FAILED" }));
    Ok(passed)
}

fn has_case_file(app: &Path) -> Result<bool, Error> {
    for entry in std::fs::read_dir(app)? {
        if entry?.file_name().to_string_lossy().ends_with(".cases.json") {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_app_has_a_case_file() {
        let apps = workspace::subfolders(&workspace::root().join("examples/apps")).expect("the folder is readable");
        assert!(apps.len() >= 7, "found only {}", apps.len());
        for app in apps {
            assert!(has_case_file(&app).expect("the app's folder is readable"), "{}", app.display());
        }
    }
}
