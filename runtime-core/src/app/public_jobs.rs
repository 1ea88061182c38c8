//! Starting a public job by hand: what is wrong with the request, or the payload to enqueue (behaviour.md b.4, case 156).

use super::{JobField, Manifest, PublicJob};
use crate::event::parse_time;
use crate::json::kind_of;
use serde_json::{Map, Value};
use uuid::Builder;

/// The operation of a job that says nothing else.
pub const START: &str = "start";

/// Who starts a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requester {
    /// Somebody who uses the app.
    User,
    /// The operator's staff, who may give what is `staff_only`.
    Staff,
}

/// A job that somebody wants to start.
#[derive(Debug, Clone)]
pub struct JobRequest<'a> {
    /// Its name in `publicJobs` and in `exports.jobs`.
    pub name: &'a str,
    /// What is given to it.
    pub payload: Map<String, Value>,
    /// What the app is to do; [`START`] unless it knows others.
    pub operation: &'a str,
    /// Tells this run from every other; see [`new_job_id`].
    pub job_id: &'a str,
    /// Who wants it.
    pub requester: Requester,
}

/// Why a job cannot be started as it was asked for. Says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobProblem {
    /// plugin.json lists none.
    #[error("{app} has no public jobs: its plugin.json lists none under publicJobs")]
    NoPublicJobs {
        /// The app's name.
        app: String,
    },
    /// plugin.json lists others.
    #[error("there is no public job \"{name}\"; choose one of {known}")]
    UnknownJob {
        /// What was asked for.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// plugin.json lists it, and the source does not have it.
    #[error("plugin.json lists the job \"{name}\", but the app does not export it under jobs; correct the app")]
    NotExported {
        /// What was asked for.
        name: String,
    },
    /// A value is missing.
    #[error("\"{key}\" is required; give it in the payload as {form}")]
    Required {
        /// Its key.
        key: String,
        /// What is expected.
        form: &'static str,
    },
    /// A value that the job does not take.
    #[error("\"{key}\" is nothing that this job takes; leave it out ({known})")]
    UnknownKey {
        /// Its key.
        key: String,
        /// What the job takes.
        known: String,
    },
    /// A value that only staff may give.
    #[error("\"{key}\" may be given by the operator's staff only; leave it out, or start the job as staff")]
    StaffOnly {
        /// Its key.
        key: String,
    },
    /// A value of another type.
    #[error("\"{key}\" is {found}; give {form}")]
    WrongType {
        /// Its key.
        key: String,
        /// What was given.
        found: &'static str,
        /// What is expected.
        form: &'static str,
    },
}

/// A name that no other run of a job has, from random bytes: a version 4 UUID.
pub fn new_job_id(random: [u8; 16]) -> String {
    Builder::from_random_bytes(random).into_uuid().to_string()
}

/// The payload with which to enqueue the job: what was given, defaults for what was not, `$operation` and `$job_id`. `exported` are
/// the names in the app's `exports.jobs`.
///
/// # Errors
/// Everything that is wrong with the request.
pub fn public_job_payload(
    manifest: &Manifest,
    exported: &[String],
    request: JobRequest<'_>,
) -> Result<Map<String, Value>, Vec<JobProblem>> {
    let job = find(manifest, exported, request.name).map_err(|problem| vec![problem])?;
    let mut payload = request.payload;
    let mut problems = Vec::new();
    for field in &job.payload {
        problems.extend(problem_with(field, payload.get(&field.key), request.requester));
    }
    for key in payload.keys().filter(|key| job.payload.iter().all(|field| field.key != **key)) {
        let known = match names(job.payload.iter().map(|field| &field.key)) {
            none if none.is_empty() => "it takes nothing".to_owned(),
            known => format!("it takes {known}"),
        };
        problems.push(JobProblem::UnknownKey { key: key.clone(), known });
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    for field in &job.payload {
        let is_given = payload.get(&field.key).is_some_and(|value| !value.is_null());
        if let Some(default) = field.default.as_ref().filter(|_| !is_given) {
            payload.insert(field.key.clone(), default.clone());
        }
    }
    payload.insert("$operation".into(), request.operation.into());
    payload.insert("$job_id".into(), request.job_id.into());
    Ok(payload)
}

fn find<'a>(manifest: &'a Manifest, exported: &[String], name: &str) -> Result<&'a PublicJob, JobProblem> {
    if manifest.public_jobs.is_empty() {
        return Err(JobProblem::NoPublicJobs { app: manifest.name.clone() });
    }
    let Some(job) = manifest.public_jobs.iter().find(|job| job.name == name) else {
        let known = names(manifest.public_jobs.iter().map(|job| &job.name));
        return Err(JobProblem::UnknownJob { name: name.to_owned(), known });
    };
    if !exported.iter().any(|exported| exported == name) {
        return Err(JobProblem::NotExported { name: name.to_owned() });
    }
    Ok(job)
}

fn names<'a>(names: impl Iterator<Item = &'a String>) -> String {
    names.map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

fn problem_with(field: &JobField, value: Option<&Value>, requester: Requester) -> Option<JobProblem> {
    let key = || field.key.clone();
    // A form sends null for what was left empty.
    let Some(value) = value.filter(|value| !value.is_null()) else {
        let is_missing = field.required && field.default.is_none();
        return is_missing.then(|| JobProblem::Required { key: key(), form: form_of(field) });
    };
    if field.staff_only && requester == Requester::User && field.default.as_ref() != Some(value) {
        return Some(JobProblem::StaffOnly { key: key() });
    }
    let is_right = match field.kind.as_deref() {
        Some("string") => value.is_string(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("date") => is_date(value),
        Some("daterange") => matches!(value.as_array().map(Vec::as_slice), Some([from, to]) if is_range(from, to)),
        // `json`; a type that nobody knows means nothing, as in the reference.
        _ => true,
    };
    (!is_right).then(|| JobProblem::WrongType { key: key(), found: kind_of(value), form: form_of(field) })
}

/// A text that is a time; numbers are left to `number`.
fn is_date(value: &Value) -> bool {
    value.is_string() && parse_time(value).is_some()
}

fn is_range(from: &Value, to: &Value) -> bool {
    is_date(from) && is_date(to) && parse_time(from) <= parse_time(to)
}

fn form_of(field: &JobField) -> &'static str {
    match field.kind.as_deref() {
        Some("string") => "a text",
        Some("number") => "a number",
        Some("boolean") => "true or false",
        Some("date") => "a date such as \"2023-01-31\" or \"2023-01-31T12:00:00Z\"",
        Some("daterange") => "a list of two dates, the earlier first, such as [\"2023-01-01\", \"2023-01-31\"]",
        _ => "any JSON value",
    }
}

#[cfg(test)]
mod tests;
