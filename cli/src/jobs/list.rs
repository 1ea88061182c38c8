//! `hedgerow jobs list`.

use super::subject::Subject;
use crate::arguments::{ListJobsArguments, PlaceArguments};
use crate::console;
use crate::exit::{Outcome, Unusable};
use crate::installed::place::{Missing, Place};
use crate::manage::find_app;
use crate::table;
use runtime_core::app::{JobField, PublicJob};
use serde_json::{Value, json};

/// Lists the public jobs of an app: a line for each field, and one for a job without any.
pub async fn list(arguments: &ListJobsArguments) -> Result<Outcome, Unusable> {
    let subject = subject(arguments).await?;
    let jobs = &subject.manifest.public_jobs;
    if arguments.json {
        console::line(Value::from_iter(jobs.iter().map(|job| as_json(&subject, job))));
        return Ok(Outcome::Success);
    }
    if jobs.is_empty() {
        console::note(format_args!("{} has no public jobs: its plugin.json lists none under publicJobs", subject.name));
        return Ok(Outcome::Success);
    }
    let head = ["JOB", "FIELD", "TYPE", "REQUIRED", "STAFF ONLY", "DEFAULT"].map(str::to_owned).to_vec();
    table::print(std::iter::once(head).chain(jobs.iter().flat_map(rows)).collect());
    for job in jobs.iter().filter(|job| is_exported(&subject, job) == Some(false)) {
        let name = console::printable(&job.name);
        console::warning(format_args!("the app does not export the job \"{name}\", so that it cannot be started"));
    }
    Ok(Outcome::Success)
}

async fn subject(arguments: &ListJobsArguments) -> Result<Subject, Unusable> {
    let app = match (&arguments.folder, &arguments.app) {
        (Some(folder), _) => return Subject::in_folder(folder, &arguments.imports).await,
        (None, Some(app)) => app,
        (None, None) => return Err(Unusable::new("say which app: APP, or --app DIR")),
    };
    let place = PlaceArguments { state: arguments.state.clone(), stack: arguments.stack.clone() };
    let place = Place::open(&place, Missing::Refused).await?;
    let seen = place.registry.read().await.map_err(Unusable::new)?;
    Subject::installed(&place, find_app(&seen, app)?, &arguments.imports).await
}

/// Whether the app exports a job that it lists, where that is known.
fn is_exported(subject: &Subject, job: &PublicJob) -> Option<bool> {
    subject.exported.as_ref().map(|exported| exported.contains(&job.name))
}

fn rows(job: &PublicJob) -> Vec<Vec<String>> {
    let yes = |is_so| if is_so { "yes" } else { "-" }.to_owned();
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    if job.payload.is_empty() {
        return vec![[job.name.as_str(), "-", "-", "-", "-", "-"].map(str::to_owned).to_vec()];
    }
    let row = |field: &JobField| {
        vec![
            job.name.clone(),
            field.key.clone(),
            or_none(field.kind.clone()),
            yes(field.required),
            yes(field.staff_only),
            or_none(field.default.as_ref().map(Value::to_string)),
        ]
    };
    job.payload.iter().map(row).collect()
}

fn as_json(subject: &Subject, job: &PublicJob) -> Value {
    let field = |field: &JobField| {
        json!({
            "key": field.key,
            "type": field.kind,
            "title": field.title,
            "required": field.required,
            "staff_only": field.staff_only,
            "default": field.default,
        })
    };
    json!({
        "name": job.name,
        "exported": is_exported(subject, job),
        "payload": Value::from_iter(job.payload.iter().map(field)),
    })
}
