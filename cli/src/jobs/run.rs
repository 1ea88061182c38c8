//! `hedgerow jobs run`.

use super::subject::Subject;
use crate::arguments::{AppArguments, JobOf, RunJobArguments};
use crate::console;
use crate::exit::{Outcome, Unusable};
use crate::installed::kept::{self, Kept, Whereabouts};
use crate::installed::place::Missing;
use crate::manage::find_app;
use crate::run::numbers::Numbers;
use crate::run::{installations, team};
use adapter_local::LocalStore;
use adapter_local::clock::SystemClock;
use adapter_local::entropy::SystemEntropy;
use runtime_core::app::public_jobs::{JobRequest, Requester, new_job_id, public_job_payload};
use runtime_core::event::{InstallationId, TeamId};
use runtime_core::extensions::jobs::JobMessage;
use runtime_core::ports::clock::Clock;
use runtime_core::ports::delayed_queue::{DelayedMessage, Lane};
use runtime_core::ports::entropy::Entropy;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::sync::Arc;

/// Checks a job and enqueues it. Nothing is written before everything was checked.
pub async fn run(arguments: &RunJobArguments) -> Result<Outcome, Unusable> {
    let payload = given_payload(&arguments.payload)?;
    let Some((of, name)) = arguments.job() else {
        let message = if arguments.app.is_some() {
            "with --app one word is needed, the job's NAME"
        } else {
            "say which app's job: APP NAME for an app that is installed, else --app DIR NAME"
        };
        return Err(Unusable::new(message));
    };
    let asked = Asked { arguments, name, payload };
    match of {
        JobOf::Folder(folder) => run_of_folder(asked, folder).await,
        JobOf::Installed(app) => run_of_installed(asked, app).await,
    }
}

/// What is asked for, of whatever app.
struct Asked<'a> {
    arguments: &'a RunJobArguments,
    name: &'a str,
    payload: Map<String, Value>,
}

/// A job that was checked.
struct Checked {
    id: String,
    payload: Map<String, Value>,
}

/// A job of an app that runs in `hedgerow run --state DIR --app DIR`.
async fn run_of_folder(asked: Asked<'_>, folder: &Path) -> Result<Outcome, Unusable> {
    let Asked { arguments, name, .. } = asked;
    let Some(state) = arguments.place.state.as_deref() else {
        return Err(Unusable::new("--app goes with --state; on a stack, name an app that is installed there"));
    };
    let subject = Subject::in_folder(folder, &arguments.imports).await?;
    check_config(arguments, folder, &subject)?;
    let checked = asked.check(&subject)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let store = LocalStore::open(state, Arc::clone(&clock)).map_err(Unusable::new)?;
    // The number under which a run knows the first installation of this app.
    let mut numbers = Numbers::open(Some(state))?;
    let installation = numbers.next(&subject.slug);
    numbers.save()?;
    let whose = (installation, team::remembered(Some(state)).map(TeamId));
    let id = enqueue(&Kept::over(&store, state, clock), whose, (name, checked)).await?;
    tell(arguments, name, (&id, installation));
    console::note(format_args!(
        "the job \"{name}\" waits; the next `hedgerow run --state {} --app {}` runs it",
        state.display(),
        folder.display()
    ));
    Ok(Outcome::Success)
}

/// A job of an app that is installed.
async fn run_of_installed(asked: Asked<'_>, app: &str) -> Result<Outcome, Unusable> {
    let Asked { arguments, name, .. } = asked;
    let (place, kept) = kept::open(&arguments.place, Missing::Refused).await?;
    let seen = place.registry.read().await.map_err(Unusable::new)?;
    let record = find_app(&seen, app)?;
    if !record.enabled {
        let slug = &record.slug;
        let message = format!("it is disabled, and its job would not run; `hedgerow apps enable {slug}` lets it");
        return Err(Unusable::at(format_args!("app \"{slug}\""), message));
    }
    let subject = Subject::installed(&place, record, &arguments.imports).await?;
    let checked = asked.check(&subject)?;
    let id = enqueue(&kept, (record.id, Some(record.team)), (name, checked)).await?;
    tell(arguments, name, (&id, record.id));
    console::note(match &kept.at {
        Whereabouts::Folder(folder) => {
            format!("the job \"{name}\" waits; the next `hedgerow run --state {}` runs it", folder.display())
        }
        Whereabouts::Stack(stack) => {
            format!("the job \"{name}\" is in the queue of jobs of the stack {stack}, which takes it up at once")
        }
    });
    Ok(Outcome::Success)
}

fn tell(arguments: &RunJobArguments, name: &str, (job_id, installation): (&str, InstallationId)) {
    if arguments.json {
        console::line(json!({"job_id": job_id, "name": name, "installation": installation}));
    } else {
        console::line(job_id);
    }
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

/// Values that the run will be given. Without any there is nothing to check: the run has its own.
fn check_config(arguments: &RunJobArguments, folder: &Path, subject: &Subject) -> Result<(), Unusable> {
    if arguments.config.is_empty() {
        return Ok(());
    }
    let app = AppArguments { folder: folder.to_owned(), config: arguments.config.clone(), attachments: Vec::new() };
    installations::config(&app, &subject.manifest).map(drop)
}

impl Asked<'_> {
    /// Everything that is wrong with it, or the payload with which it is enqueued (case 156).
    fn check(self, subject: &Subject) -> Result<Checked, Unusable> {
        let Asked { arguments, name, payload } = self;
        let mut random = [0; 16];
        SystemEntropy.fill(&mut random);
        let id = new_job_id(random);
        let requester = if arguments.staff { Requester::Staff } else { Requester::User };
        let operation = &arguments.operation;
        let request = JobRequest { name, payload, operation, job_id: &id, requester };
        match public_job_payload(&subject.manifest, &subject.exported(), request) {
            Ok(payload) => Ok(Checked { id, payload }),
            Err(problems) => {
                let list: String = problems.iter().map(|problem| format!("\n  {problem}")).collect();
                let hint = "give its values as --payload '{\"KEY\": VALUE}'; --staff starts it as staff";
                let message = format!("the job \"{name}\" cannot be started; {hint}{list}");
                Err(Unusable::at(&subject.name, message))
            }
        }
    }
}

/// Puts the job into the queue; returns its id.
async fn enqueue(
    kept: &Kept,
    (installation, team): (InstallationId, Option<TeamId>),
    (name, checked): (&str, Checked),
) -> Result<String, Unusable> {
    let Checked { id, payload } = checked;
    let job = JobMessage {
        version: JobMessage::VERSION,
        installation,
        name: name.to_owned(),
        payload: Some(Value::Object(payload)),
        hops: 0,
    };
    let message = DelayedMessage {
        id: format!("public-job-{id}"),
        lane: Lane::Jobs,
        team,
        not_before: kept.clock.now(),
        body: job.to_json(),
    };
    kept.queue.send(message).await.map_err(Unusable::new)?;
    Ok(id)
}
