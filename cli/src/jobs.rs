//! `hedgerow jobs`: public jobs, checked and put into the queue of a state folder.

use crate::app_folder::{self, AppFolder};
use crate::arguments::{AppArguments, JobsCommand, RunJobArguments};
use crate::check::Findings;
use crate::console;
use crate::exit::{Outcome, Unusable};
use crate::run::numbers::Numbers;
use crate::run::{installations, team};
use adapter_local::LocalStore;
use adapter_local::clock::SystemClock;
use adapter_local::entropy::SystemEntropy;
use runtime_core::app::Manifest;
use runtime_core::app::public_jobs::{JobRequest, Requester, new_job_id, public_job_payload};
use runtime_core::event::TeamId;
use runtime_core::extensions::jobs::JobMessage;
use runtime_core::ports::clock::Clock;
use runtime_core::ports::delayed_queue::{DelayedMessage, DelayedQueue, Lane};
use runtime_core::ports::entropy::Entropy;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Runs the command.
pub fn jobs(command: &JobsCommand) -> Result<Outcome, Unusable> {
    let JobsCommand::Run(arguments) = command;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Unusable::new(format_args!("cannot start the runtime: {error}")))?;
    runtime.block_on(start(arguments))
}

/// Nothing is written before everything was checked.
async fn start(arguments: &RunJobArguments) -> Result<Outcome, Unusable> {
    let given = given_payload(&arguments.payload)?;
    let folder = app_folder::read(&arguments.app)?;
    let (manifest, exported) = look_at(arguments, &folder).await?;
    check_config(arguments, &manifest)?;
    let mut random = [0; 16];
    SystemEntropy.fill(&mut random);
    let job_id = new_job_id(random);
    let requester = if arguments.staff { Requester::Staff } else { Requester::User };
    let request = JobRequest {
        name: &arguments.name,
        payload: given,
        operation: &arguments.operation,
        job_id: &job_id,
        requester,
    };
    let payload = public_job_payload(&manifest, &exported, request).map_err(|problems| {
        let list: String = problems.iter().map(|problem| format!("\n  {problem}")).collect();
        let hint = "give its values as --payload '{\"KEY\": VALUE}'; --staff starts it as staff";
        let message = format!("the job \"{}\" cannot be started; {hint}{list}", arguments.name);
        Unusable::at(arguments.app.display(), message)
    })?;
    enqueue(arguments, &folder, (job_id.as_str(), payload)).await?;
    let state = arguments.state.display();
    console::line(&job_id);
    console::note(format_args!(
        "the job \"{}\" waits; the next `hedgerow run --state {state} --app {}` runs it",
        arguments.name,
        arguments.app.display()
    ));
    Ok(Outcome::Success)
}

fn given_payload(text: &str) -> Result<Map<String, Value>, Unusable> {
    match serde_json::from_str(text) {
        Ok(Value::Object(payload)) => Ok(payload),
        Ok(_) => Err(Unusable::new("--payload is no JSON object; write it as --payload '{\"KEY\": VALUE}'")),
        Err(error) => {
            let message = format!("--payload is no JSON ({error}); write it as --payload '{{\"KEY\": VALUE}}'");
            Err(Unusable::new(message))
        }
    }
}

/// What plugin.json says, and the names in `exports.jobs`. The app's top-level code runs for this, without a network and without
/// a disk.
async fn look_at(arguments: &RunJobArguments, folder: &AppFolder) -> Result<(Manifest, Vec<String>), Unusable> {
    let findings = Findings::of(folder, arguments.imports.find()).await?;
    match (findings.app, findings.capabilities) {
        (Some(app), Some(capabilities)) => Ok((app.manifest.clone(), capabilities.jobs)),
        _ => {
            let errors: String = findings.errors.iter().map(|error| format!("\n  {error}")).collect();
            Err(Unusable::at(arguments.app.display(), format_args!("the app does not load{errors}")))
        }
    }
}

/// Values that the run will be given. Without any there is nothing to check: the run has its own.
fn check_config(arguments: &RunJobArguments, manifest: &Manifest) -> Result<(), Unusable> {
    if arguments.config.is_empty() {
        return Ok(());
    }
    let app = AppArguments { folder: arguments.app.clone(), config: arguments.config.clone(), attachments: Vec::new() };
    installations::config(&app, manifest).map(drop)
}

async fn enqueue(
    arguments: &RunJobArguments,
    folder: &AppFolder,
    (job_id, payload): (&str, Map<String, Value>),
) -> Result<(), Unusable> {
    let clock = Arc::new(SystemClock::new());
    let state = Some(arguments.state.as_path());
    let store = LocalStore::open(&arguments.state, clock.clone()).map_err(Unusable::new)?;
    // The number under which a run knows the first installation of this app.
    let mut numbers = Numbers::open(state)?;
    let installation = numbers.next(&folder.slug);
    numbers.save()?;
    let job = JobMessage {
        version: JobMessage::VERSION,
        installation,
        name: arguments.name.clone(),
        payload: Some(Value::Object(payload)),
        hops: 0,
    };
    let message = DelayedMessage {
        id: format!("public-job-{job_id}"),
        lane: Lane::Jobs,
        team: team::remembered(state).map(TeamId),
        not_before: clock.now(),
        body: job.to_json(),
    };
    store.delayed_queue().send(message).await.map_err(Unusable::new)
}
