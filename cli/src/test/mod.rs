//! `hedgerow test`: the cases of an app, each on a stage of its own.
//!
//! `case_file` reads a case file into the `model`; `stage` puts a fresh isolate between `outside` and `network`; `play` makes the
//! calls and compares; `report` tells. An app is called directly here: chains, retries and buffers are the pipeline's.

mod case_file;
mod compare;
mod fields;
mod model;
mod network;
mod outside;
mod play;
mod report;
mod stage;
mod thrown;

pub use model::Case;
pub use outside::Nowhere;
pub use stage::{Stage, TestedApp};

use crate::app_folder;
use crate::arguments::TestArguments;
use crate::console;
use crate::exit::{Outcome, Unusable};
use report::CaseReport;
use runtime_core::app::App;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Runs the command.
pub fn test(arguments: &TestArguments) -> Result<Outcome, Unusable> {
    let folder = app_folder::read(&arguments.app)?;
    let app = App::load(&folder.bundle, &folder.slug)
        .map_err(|error| Unusable::at(arguments.app.display(), format_args!("the app cannot be used: {error}")))?;
    let tested = TestedApp { app: Arc::new(app), slug: folder.slug, imports: arguments.imports.find() };
    let files = match &arguments.cases {
        Some(file) => vec![file.clone()],
        None => find_case_files(&arguments.app)?,
    };
    // All files are read before the first case is played: what is unusable shows at once.
    let files = files.into_iter().map(read_case_file).collect::<Result<Vec<_>, _>>()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Unusable::new(format_args!("cannot start the runtime: {error}")))?;
    let reports = runtime.block_on(play_all(&tested, &files, arguments))?;
    if arguments.json {
        console::line(report::as_json(&reports));
    } else {
        report::tell_totals(&reports);
    }
    Ok(if report::totals(&reports).1 == 0 { Outcome::Success } else { Outcome::Failures })
}

async fn play_all(
    tested: &TestedApp,
    files: &[(PathBuf, Vec<Case>)],
    arguments: &TestArguments,
) -> Result<Vec<CaseReport>, Unusable> {
    let mut reports = Vec::new();
    for (file, cases) in files {
        let file = file.display().to_string();
        if files.len() > 1 && !arguments.json {
            report::tell_file(&file);
        }
        for case in cases {
            let failures = play::play(tested, case).await.map_err(|error| {
                Unusable::at(arguments.app.display(), format_args!("\"{}\" cannot be played: {error}", case.name))
            })?;
            let report = CaseReport { file: file.clone(), name: case.name.clone(), failures };
            if !arguments.json {
                report::tell(&report);
            }
            reports.push(report);
        }
    }
    Ok(reports)
}

/// Every `*.cases.json` beside the app's plugin.json, by name.
fn find_case_files(folder: &Path) -> Result<Vec<PathBuf>, Unusable> {
    let unreadable = |error| Unusable::at(folder.display(), error);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".cases.json")) {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(Unusable::at(folder.display(), "there is no *.cases.json in it; write one, or give --cases FILE"));
    }
    Ok(files)
}

fn read_case_file(path: PathBuf) -> Result<(PathBuf, Vec<Case>), Unusable> {
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Unusable::at(path.display(), format_args!("cannot be read: {error}")))?;
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let cases = case_file::read(&text, folder).map_err(|error| Unusable::at(path.display(), error))?;
    Ok((path, cases))
}
