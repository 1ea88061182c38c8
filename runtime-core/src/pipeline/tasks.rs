//! Jobs and scheduled tasks (behaviour.md b.4, c.5).

use super::Pipeline;
use super::calls::{Invocation, Subject, Tails};
use super::members::Member;
use super::report::{Counts, EventOutcome};
use crate::extensions::jobs::JobMessage;
use crate::isolate::{CallError, Function, TRIGGERED_TASKS};
use crate::ports::Unavailable;
use crate::ports::dead_letters::{DeadLetter, DeadLetterReason};
use crate::ports::delayed_queue::DelayedMessage;

impl Pipeline {
    /// Runs a queued job. The app's failure is final: logged, counted, a dead letter (case 152).
    ///
    /// # Errors
    /// When a port was out of reach: the job is to be run again.
    pub async fn run_job(&self, message: &DelayedMessage) -> Result<(), Unavailable> {
        let job: JobMessage = match serde_json::from_str(&message.body) {
            Ok(job) => job,
            Err(error) => return self.bury_job(message, None, format!("the job cannot be read: {error}")).await,
        };
        let Some(member) = self.member(job.installation) else {
            return self.bury_job(message, None, format!("there is no installation {}", job.installation)).await;
        };
        let function = Function::Job(job.name.clone());
        if !member.can(&function) {
            let app = &member.installation().app.manifest.name;
            let text =
                format!("Task \"{}\" not found for plugin \"{app}\" with config id {}", job.name, job.installation);
            member.log(crate::telemetry::LogSource::Plugin, crate::telemetry::LogLevel::Error, &text, None);
            Counts::add(&self.counts.failures, 1);
            return self.bury_job(message, Some(member), text).await;
        }
        Counts::add(&self.counts.jobs, 1);
        let argument =
            job.has_payload().then(|| serde_json::to_string(&job.payload).expect("a JSON value has a JSON form"));
        let mut tails = Tails::default();
        let subject = Subject { id: &message.id, is_event: false, hops: job.hops };
        let report = self.call(member, Invocation { function, argument }, subject, &mut tails).await;
        self.end_tails(tails).await?;
        match report.result {
            Ok(_) => Ok(()),
            Err(CallError::Unavailable(cause)) => Err(super::calls::restate(&cause)),
            Err(error) => self.bury_job(message, Some(member), error.to_string()).await,
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
        let subject = Subject { id: trigger, is_event: false, hops: 0 };
        let report = self.call(member, Invocation::alone(Function::Task(task.to_owned())), subject, &mut tails).await;
        self.end_tails(tails).await?;
        match report.result {
            Err(CallError::Unavailable(cause)) => Err(super::calls::restate(&cause)),
            _ => Ok(()),
        }
    }

    /// Calls `teardownPlugin` of every app that has it and was set up (case 125).
    pub async fn tear_down(&self) {
        for member in &self.members {
            if !member.can(&Function::TeardownPlugin) || !member.isolate.was_set_up() {
                continue;
            }
            let mut tails = Tails::default();
            let subject = Subject { id: "teardown", is_event: false, hops: 0 };
            self.call(member, Invocation::alone(Function::TeardownPlugin), subject, &mut tails).await;
            // What teardown leaves behind is nobody's work any more; its failures were logged.
            drop(self.end_tails(tails).await);
        }
    }

    async fn bury_job(
        &self,
        message: &DelayedMessage,
        member: Option<&Member>,
        text: String,
    ) -> Result<(), Unavailable> {
        let letter = DeadLetter {
            id: message.id.clone(),
            reason: if member.is_some() { DeadLetterReason::AppFailed } else { DeadLetterReason::BadJob },
            message: text,
            body: message.body.clone().into_bytes(),
            installation: member.map(|member| member.installation().id),
            function: Some("jobs".into()),
            team: member.map(|member| member.installation().team),
            created_at: self.ports.clock.now(),
        };
        match self.bury(letter).await {
            EventOutcome::PutOff(error) => Err(error),
            _ => Ok(()),
        }
    }
}
