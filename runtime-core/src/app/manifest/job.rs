//! The `publicJobs` of plugin.json: jobs that a person may start.

use serde_json::{Map, Value};

use super::read::Reader;

/// A job that a person may start.
#[derive(Debug, Clone, PartialEq)]
pub struct PublicJob {
    /// The name under which the app exports it.
    pub name: String,
    /// What can be given to it, in the order of the file.
    pub payload: Vec<JobField>,
}

/// One value of a job's payload.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JobField {
    /// The key in the payload.
    pub key: String,
    /// `string`, `boolean`, `json`, `number`, `date`, `daterange`: only the form that asks for it reads this.
    pub kind: Option<String>,
    /// The title in the form.
    pub title: Option<String>,
    /// Whether there must be a value.
    pub required: bool,
    /// The value to offer.
    pub default: Option<Value>,
    /// Whether only the operator's staff may give it.
    pub staff_only: bool,
}

/// Reads `publicJobs`, an object from name to `{ payload: { key: { type, ... } } }`.
pub(super) fn read_jobs(jobs: Option<Value>, warnings: &mut Vec<String>) -> Vec<PublicJob> {
    let jobs = match jobs {
        None => return Vec::new(),
        Some(Value::Object(jobs)) => jobs,
        Some(other) => {
            warnings.push(format!("publicJobs must be an object, not {other}"));
            return Vec::new();
        }
    };
    jobs.into_iter()
        .map(|(name, job)| {
            let mut reader = Reader::new(format!("publicJobs.{name}"), object(job));
            let payload = reader.take("payload").map(object).unwrap_or_default();
            warnings.extend(reader.finish());
            let read = |(key, field)| read_field(&name, key, field, warnings);
            let payload = payload.into_iter().map(read).collect();
            PublicJob { name, payload }
        })
        .collect()
}

fn read_field(job: &str, key: String, field: Value, warnings: &mut Vec<String>) -> JobField {
    let mut reader = Reader::new(format!("publicJobs.{job}.payload.{key}"), object(field));
    let field = JobField {
        key,
        kind: reader.text("type"),
        title: reader.text("title"),
        required: reader.flag("required"),
        default: reader.take("default"),
        staff_only: reader.flag("staff_only"),
    };
    warnings.extend(reader.finish());
    field
}

/// The keys of an object; anything else has none.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(keys) => keys,
        _ => Map::new(),
    }
}
