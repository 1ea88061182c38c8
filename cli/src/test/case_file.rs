//! From the text of a case file to cases.

mod attachments;
mod expectations;
mod mocks;
mod state;

use super::fields::{CaseFileError, Fields, Reading};
use super::model::{Call, Case};
use runtime_core::event::parse_time;
use runtime_core::host::PosthogAccess;
use runtime_core::isolate::Function;
use runtime_core::ports::clock::Timestamp;
use serde_json::Value;
use std::path::Path;

/// Reads every case. `folder` is where relative paths begin.
///
/// # Errors
/// The first thing that is wrong, with its path: an unknown key is one.
pub fn read(text: &str, folder: &Path) -> Reading<Vec<Case>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let value: Value = serde_json::from_str(text).map_err(|error| CaseFileError::at("not JSON", error))?;
    let mut file = match value {
        Value::Object(_) => Fields::of("", value)?,
        _ => return Err(CaseFileError::at("cases", "missing; write {\"cases\": [...]}")),
    };
    let Some(cases) = file.list_if_given("cases")? else {
        return Err(CaseFileError::at("cases", "missing; write {\"cases\": [...]}"));
    };
    let cases = cases.into_iter().enumerate();
    let cases = cases.map(|(index, case)| read_case(index, case, folder)).collect::<Reading<Vec<_>>>()?;
    file.finish()?;
    if cases.is_empty() {
        return Err(CaseFileError::at("cases", "there is no case in it"));
    }
    Ok(cases)
}

fn read_case(index: usize, value: Value, folder: &Path) -> Reading<Case> {
    let mut fields = Fields::of(format!("cases[{index}]"), value)?;
    let silent = Case::default();
    let now = time(&mut fields, "now")?.unwrap_or(silent.now);
    let case = Case {
        name: fields.text("name")?.unwrap_or_else(|| format!("case {}", index + 1)),
        config: fields.map("config")?,
        defaults: fields.flag("defaults")?,
        attachments: attachments::read(&mut fields, folder)?,
        now,
        seed: fields.count("seed")?.unwrap_or(silent.seed),
        storage: fields.map("storage")?,
        cache: state::read_cache(&mut fields)?,
        geoip: state::read_geoip(&mut fields, folder)?,
        team: fields.integer("team_id")?.unwrap_or(silent.team),
        id: fields.integer("id")?.unwrap_or(silent.id),
        posthog: read_posthog(&mut fields, silent.posthog)?,
        mocks: fields.each("fetch", mocks::read)?,
        calls: fields.each("calls", read_call)?,
        expect: expectations::read(&mut fields)?,
    };
    let mut latest = now;
    for (index, call) in case.calls.iter().enumerate() {
        let Some(moved) = call.now else { continue };
        if moved < latest {
            let path = fields.path(&format!("calls[{index}].now"));
            return Err(CaseFileError::at(
                path,
                format_args!("{moved} is earlier than {latest}: time never goes back"),
            ));
        }
        latest = moved;
    }
    fields.finish()?;
    Ok(case)
}

fn read_posthog(fields: &mut Fields, mut access: PosthogAccess) -> Reading<PosthogAccess> {
    let Some(mut given) = fields.fields("posthog")? else { return Ok(access) };
    for (key, place) in [
        ("host", &mut access.host),
        ("project_token", &mut access.project_token),
        ("personal_api_key", &mut access.personal_api_key),
    ] {
        match given.take(key) {
            None => {}
            // A stack without it.
            Some(Value::Null) => *place = None,
            Some(Value::String(text)) => *place = Some(text),
            Some(_) => return Err(given.error(key, "must be a text or null")),
        }
    }
    given.finish()?;
    Ok(access)
}

fn read_call(path: String, value: Value) -> Reading<Call> {
    let mut fields = Fields::of(path, value)?;
    let name = fields.text("fn")?.ok_or_else(|| fields.error("fn", "missing; name the function to call"))?;
    let call = Call {
        function: function(&name),
        name,
        argument: fields.take("arg"),
        now: time(&mut fields, "now")?,
        expect: fields.take("expect"),
        expect_subset: fields.take("expect_subset"),
        throws: expectations::read_throws(&mut fields, "throws")?,
    };
    fields.finish()?;
    Ok(call)
}

fn function(name: &str) -> Option<Function> {
    Some(match name {
        "setupPlugin" => Function::SetupPlugin,
        "teardownPlugin" => Function::TeardownPlugin,
        "processEvent" => Function::ProcessEvent,
        "onEvent" => Function::OnEvent,
        "exportEvents" => Function::ExportEvents,
        "composeWebhook" => Function::ComposeWebhook,
        "getSettings" => Function::GetSettings,
        "processEventBatch" => Function::ProcessEventBatch,
        other => match other.strip_prefix("jobs.") {
            Some(job) => Function::Job(job.to_owned()),
            None if other.starts_with("runEvery") => Function::Task(other.to_owned()),
            None => return None,
        },
    })
}

fn time(fields: &mut Fields, key: &str) -> Reading<Option<Timestamp>> {
    let Some(text) = fields.text(key)? else { return Ok(None) };
    match parse_time(&Value::from(text)) {
        Some(time) => Ok(Some(time)),
        None => Err(fields.error(key, "is no time; write it like 2023-01-01T00:00:00.000Z")),
    }
}

#[cfg(test)]
mod tests;
