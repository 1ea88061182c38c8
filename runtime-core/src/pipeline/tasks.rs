//! Jobs (behaviour.md b.4), and the end of an app.

use super::Pipeline;
use super::calls::{Invocation, Tails, Topic};
use super::continuation::{Continuation, Progress, Subject};
use super::members::Member;
use super::report::Counts;
use super::stage::Stage;
use crate::extensions::jobs::JobMessage;
use crate::isolate::Function;
use crate::outcome::Outcome;
use crate::ports::Unavailable;
use crate::ports::dead_letters::{DeadLetter, DeadLetterReason, Redrive};
use crate::ports::delayed_queue::{DelayedMessage, Lane};
use crate::telemetry::{LogLevel, LogSource};

/// The job that PostHog's server gave to every app with `exportEvents`: it read old events from PostHog's own store and exported them.
const HISTORICAL_EXPORT: &str = "Export historical events";

impl Pipeline {
    /// Runs a queued job. The app's failure is final: logged, counted, a dead letter (case 152).
    ///
    /// # Errors
    /// When neither the job could be run nor be stored for later.
    pub async fn run_job(&self, message: &DelayedMessage) -> Result<(), Unavailable> {
        let job: JobMessage = match serde_json::from_str(&message.body) {
            Ok(job) => job,
            Err(error) => {
                let end = JobEnd {
                    reason: DeadLetterReason::BadJob,
                    owner: None,
                    text: format!("the job cannot be read: {error}"),
                };
                return self.bury_job(message, end).await;
            }
        };
        let stage = Stage::Job { installation: job.installation, job: job.name.clone(), id: message.id.clone() };
        let progress = Progress { until: self.invocation_until(), ..Progress::first(job.hops) };
        self.run_job_work(Continuation::of_run(stage, progress, job.payload), message).await
    }

    /// Runs a job that came by `message`, or goes on with one that was put off.
    pub(super) async fn run_job_work(&self, work: Continuation, message: &DelayedMessage) -> Result<(), Unavailable> {
        let (Stage::Job { installation, job, id }, Subject::Payload(payload)) = (&work.stage, &work.subject) else {
            return Ok(());
        };
        let nobodys = |text: String| JobEnd { reason: DeadLetterReason::BadJob, owner: None, text };
        let Some(member) = self.member(*installation) else {
            return self.bury_job(message, nobodys(format!("there is no installation {installation}"))).await;
        };
        let function = Function::Job(job.clone());
        let name = function.name();
        let end = |reason, text| JobEnd { reason, owner: Some((member, name.as_str())), text };
        if let Some(error) = member.load_error() {
            member.log_failure(&name, error, None);
            Counts::add(&self.counts.failures, 1);
            return self.bury_job(message, end(DeadLetterReason::Disabled, error.to_string())).await;
        }
        if !member.can(&function) {
            if job == HISTORICAL_EXPORT && member.can(&Function::ExportEvents) {
                let text = format!(
                    "\"{job}\" was not run: historical events are not available here, as they were in PostHog's own store; to export them, \
                     send them through the queue of events again"
                );
                member.log(LogSource::System, LogLevel::Warn, &text, None);
                return Ok(());
            }
            let app = &member.installation().app.manifest.name;
            let text = format!("Task \"{job}\" not found for plugin \"{app}\" with config id {installation}");
            member.log(LogSource::Plugin, LogLevel::Error, &text, None);
            Counts::add(&self.counts.failures, 1);
            return self.bury_job(message, end(DeadLetterReason::BadJob, text)).await;
        }
        let argument = JobMessage::is_truthy(payload.as_ref())
            .then(|| serde_json::to_string(payload).expect("a JSON value has a JSON form"));
        let mut tails = Tails::default();
        let topic = Topic::run(id, work.progress);
        let report = self.call(member, Invocation { function, argument }, topic, &mut tails).await;
        let ended = self.end_tails(tails).await;
        match (report.result, ended) {
            (Err(Outcome::Waits(wait)), _) => self.wait(work, wait).await,
            (Ok(_), Err(cause)) => self.put_off(work, &cause).await,
            (Ok(_), Ok(())) => {
                Counts::add(&self.counts.jobs, 1);
                Ok(())
            }
            (Err(Outcome::Disabled { message: text }), _) => {
                self.bury_job(message, end(DeadLetterReason::Disabled, text)).await
            }
            (Err(Outcome::Failed { message: text, .. }), _) => {
                Counts::add(&self.counts.jobs, 1);
                self.bury_job(message, end(DeadLetterReason::AppFailed, text)).await
            }
        }
    }

    /// Stops the apps, one after the other: the events that wait for `exportEvents` are handed over (cases 109, 114), `meta.global`
    /// is kept as it is, then `teardownPlugin` is called of every app that has it and was set up (case 125).
    pub async fn tear_down(&self) {
        for member in &self.members {
            self.tear_down_member(member).await;
        }
    }

    /// The same for one app.
    pub(super) async fn tear_down_member(&self, member: &Member) {
        if let Err(error) = self.flush_exports_of(member).await {
            let text = format!("events that waited for exportEvents are lost, as the app stops: {error}");
            member.log(LogSource::System, LogLevel::Error, &text, None);
        }
        self.save_global(member).await;
        if !member.can(&Function::TeardownPlugin) || !member.isolate.was_set_up() {
            return;
        }
        let mut tails = Tails::default();
        // Work of this environment's own, as the set-up was.
        let id = format!("teardown-{}-{}", member.host.environment, member.installation().version());
        let topic = Topic::run(&id, Progress::first(0));
        self.call(member, Invocation::alone(Function::TeardownPlugin), topic, &mut tails).await;
        // What teardown leaves behind is nobody's work any more; its failures were logged.
        drop(self.end_tails(tails).await);
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
