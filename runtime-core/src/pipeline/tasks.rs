//! Jobs and scheduled tasks (behaviour.md b.4, c.5).

use super::Pipeline;
use super::calls::{Invocation, Subject, Tails, restate};
use super::members::Member;
use super::report::Counts;
use crate::extensions::jobs::JobMessage;
use crate::isolate::{Function, TRIGGERED_TASKS};
use crate::outcome::Outcome;
use crate::ports::Unavailable;
use crate::ports::dead_letters::{DeadLetter, DeadLetterReason, Redrive};
use crate::ports::delayed_queue::{DelayedMessage, Lane};
use crate::telemetry::{LogLevel, LogSource};

impl Pipeline {
    /// Runs a queued job. The app's failure is final: logged, counted, a dead letter (case 152).
    ///
    /// # Errors
    /// When a port was out of reach: the job is to be run again.
    pub async fn run_job(&self, message: &DelayedMessage) -> Result<(), Unavailable> {
        let nobodys = |text: String| JobEnd { reason: DeadLetterReason::BadJob, owner: None, text };
        let job: JobMessage = match serde_json::from_str(&message.body) {
            Ok(job) => job,
            Err(error) => return self.bury_job(message, nobodys(format!("the job cannot be read: {error}"))).await,
        };
        let Some(member) = self.member(job.installation) else {
            return self.bury_job(message, nobodys(format!("there is no installation {}", job.installation))).await;
        };
        let function = Function::Job(job.name.clone());
        let name = function.name();
        let end = |reason, text| JobEnd { reason, owner: Some((member, name.as_str())), text };
        if let Some(error) = member.load_error() {
            member.log_failure(&name, error, None);
            Counts::add(&self.counts.failures, 1);
            return self.bury_job(message, end(DeadLetterReason::Disabled, error.to_string())).await;
        }
        if !member.can(&function) {
            let app = &member.installation().app.manifest.name;
            let text =
                format!("Task \"{}\" not found for plugin \"{app}\" with config id {}", job.name, job.installation);
            member.log(LogSource::Plugin, LogLevel::Error, &text, None);
            Counts::add(&self.counts.failures, 1);
            return self.bury_job(message, end(DeadLetterReason::BadJob, text)).await;
        }
        Counts::add(&self.counts.jobs, 1);
        let argument =
            job.has_payload().then(|| serde_json::to_string(&job.payload).expect("a JSON value has a JSON form"));
        let mut tails = Tails::default();
        let subject = Subject::once(&message.id, job.hops);
        let report = self.call(member, Invocation { function, argument }, subject, &mut tails).await;
        self.end_tails(tails).await?;
        match report.result {
            Ok(_) => Ok(()),
            Err(Outcome::PutOff(cause)) => Err(restate(&cause)),
            Err(Outcome::Disabled { message: text }) => {
                self.bury_job(message, end(DeadLetterReason::Disabled, text)).await
            }
            Err(Outcome::Failed { message: text, .. } | Outcome::Again { message: text, .. }) => {
                self.bury_job(message, end(DeadLetterReason::AppFailed, text)).await
            }
        }
    }

    /// Runs a scheduled task; `trigger` names the tick, so that one tick is one unit of work. A failure is logged. Tasks other
    /// than [`TRIGGERED_TASKS`] never run.
    ///
    /// # Errors
    /// When a port was out of reach.
    pub async fn run_task(&self, member: &Member, task: &str, trigger: &str) -> Result<(), Unavailable> {
        if !TRIGGERED_TASKS.contains(&task) {
            return Ok(());
        }
        Counts::add(&self.counts.tasks, 1);
        let mut tails = Tails::default();
        let subject = Subject::once(trigger, 0);
        let report = self.call(member, Invocation::alone(Function::Task(task.to_owned())), subject, &mut tails).await;
        self.end_tails(tails).await?;
        match report.result {
            Err(Outcome::PutOff(cause)) => Err(restate(&cause)),
            _ => Ok(()),
        }
    }

    /// Stops the apps: the events that wait for `exportEvents` are handed over (cases 109, 114), then `teardownPlugin` is called
    /// of every app that has it and was set up (case 125).
    pub async fn tear_down(&self) {
        for member in &self.members {
            if let Err(error) = self.flush_exports_of(member).await {
                let text = format!("events that waited for exportEvents are lost, as the app stops: {error}");
                member.log(LogSource::System, LogLevel::Error, &text, None);
            }
            if !member.can(&Function::TeardownPlugin) || !member.isolate.was_set_up() {
                continue;
            }
            let mut tails = Tails::default();
            let subject = Subject::once("teardown", 0);
            self.call(member, Invocation::alone(Function::TeardownPlugin), subject, &mut tails).await;
            // What teardown leaves behind is nobody's work any more; its failures were logged.
            drop(self.end_tails(tails).await);
        }
    }

    async fn bury_job(&self, message: &DelayedMessage, end: JobEnd<'_>) -> Result<(), Unavailable> {
        let installation = end.owner.map(|(member, _)| member.installation());
        let letter = DeadLetter {
            id: message.id.clone(),
            reason: end.reason,
            message: end.text,
            body: message.body.clone().into_bytes(),
            installation: installation.map(|installation| installation.id),
            function: Some(end.owner.map_or("jobs", |(_, function)| function).to_owned()),
            team: installation.map(|installation| installation.team),
            created_at: self.ports.clock.now(),
            redrive: Redrive::Message(Lane::Jobs),
            redriven_at: None,
        };
        self.bury(letter).await
    }
}

/// How a job ended that has not succeeded.
struct JobEnd<'a> {
    reason: DeadLetterReason,
    /// Whose job it was, and its function, where there is an installation of that number.
    owner: Option<(&'a Member, &'a str)>,
    text: String,
}
