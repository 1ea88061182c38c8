//! `exportEvents`: events are kept until the end of the invocation and sent to the queue of exports, from which they are handed over
//! in batches of bounded size (behaviour.md c.4). A batch that cannot be exported is frozen: it is tried again as it is, under the same id (cases 110-112).

use super::Pipeline;
use super::batches::batches;
use super::calls::{Invocation, Tails, Topic, restate};
use super::continuation::{BadContinuation, Continuation, Progress, Subject};
use super::members::Member;
use super::once::Once;
use super::report::Counts;
use super::resume::ResumeError;
use super::stage::Stage;
use crate::event::{InstallationId, WorkUnit};
use crate::isolate::Function;
use crate::ports::Unavailable;
use crate::ports::delayed_queue::DelayedMessage;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// How many events a batch has for an app that does not handle large batches: as many as PostHog's server gave those at once
/// (behaviour.md c.4).
const SMALL_BATCH_EVENTS: usize = 500;

/// How large a message of events is at most, in UTF-16 units: far below 1 MiB, the most that SQS takes, also where each unit takes
/// three bytes.
const MESSAGE_UNITS: usize = 200_000;

/// Events that are yet to be put into batches, each with the index of the message that brought it.
type Loose = BTreeMap<InstallationId, Vec<(usize, Box<RawValue>)>>;

impl Pipeline {
    /// How many events a batch of the app may have: few for one whose `getSettings` says that it does not handle large batches.
    async fn batch_events(&self, member: &Member) -> usize {
        if !member.can(&Function::GetSettings) {
            return usize::MAX;
        }
        let asked = member.batch_events.get_or_try_init(async || {
            let mut tails = Tails::default();
            let called = self
                .call(
                    member,
                    Invocation::alone(Function::GetSettings),
                    Topic::run("settings", Progress::first(0)),
                    &mut tails,
                )
                .await;
            drop(self.end_tails(tails).await);
            let settings = called.result.map_err(drop)?.json.unwrap_or_default();
            let handles = serde_json::from_str::<Value>(&settings)
                .ok()
                .and_then(|settings| settings["handlesLargeBatches"].as_bool());
            Ok::<_, ()>(if handles == Some(false) { SMALL_BATCH_EVENTS } else { usize::MAX })
        });
        asked.await.copied().unwrap_or(SMALL_BATCH_EVENTS)
    }

    /// Sends every waiting event to the queue of exports, packed: one message an app, or as many as their size asks for. Whoever
    /// takes them puts them into batches ([`Pipeline::run_exports`]).
    ///
    /// # Errors
    /// When the queue is out of reach. What was not sent waits for the next time.
    pub async fn send_exports(&self) -> Result<(), Unavailable> {
        for member in &self.members {
            let mut waiting = std::mem::take(&mut *member.exports());
            let sizes: Vec<usize> =
                batches(&waiting, MESSAGE_UNITS, usize::MAX).iter().map(|chunk| chunk.len()).collect();
            for size in sizes {
                let rest = waiting.split_off(size);
                let chunk = std::mem::replace(&mut waiting, rest);
                let stage = Stage::Export { installation: member.installation().id, batch_id: None };
                let work = Continuation::of_batch(stage, Progress::first(0), chunk.clone());
                if let Err(error) = self.send_later(work, self.ports.clock.now()).await {
                    member.exports().splice(0..0, chunk.into_iter().chain(waiting));
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Exports what messages of the queue of exports hold: batches that stay as they are, and events, which are put into batches
    /// by installation, in the order of the messages. What became of each message: one whose events ended up in several batches
    /// is done when all of them are.
    pub async fn run_exports(&self, messages: &[&DelayedMessage]) -> Vec<Result<(), ResumeError>> {
        let mut ends: Vec<Result<(), ResumeError>> = Vec::with_capacity(messages.len());
        let mut loose = Loose::new();
        let mut held = Vec::with_capacity(messages.len());
        for (index, message) in messages.iter().enumerate() {
            let taken = match self.take_work(&message.id).await {
                Ok(Once::Ran(taken)) => taken,
                other => {
                    ends.push(match other {
                        Err(cause) => Err(ResumeError::Unavailable(cause)),
                        Ok(Once::UnderWay) => Err(ResumeError::UnderWay),
                        Ok(_) => Ok(()),
                    });
                    continue;
                }
            };
            held.push((index, taken));
            let end = match Continuation::parse(&message.body) {
                Ok(work) => self.take_export(work, message, (index, &mut loose)).await,
                Err(error @ BadContinuation::Malformed(_)) => {
                    self.refuse(message, None, error.to_string()).await.map(drop).map_err(ResumeError::from)
                }
                Err(error) => Err(ResumeError::Newer(error)),
            };
            ends.push(end);
        }
        for (installation, events) in loose {
            let Some(member) = self.member(installation) else { continue };
            self.export_loose(member, events, &mut ends).await;
        }
        for (index, taken) in held {
            self.end_work(taken, ends[index].is_ok()).await;
        }
        ends
    }

    /// Exports a batch that stays as it is; keeps the events of any other message in `loose`, with the message's index.
    async fn take_export(
        &self,
        work: Continuation,
        message: &DelayedMessage,
        (index, loose): (usize, &mut Loose),
    ) -> Result<(), ResumeError> {
        let Stage::Export { installation, batch_id } = work.stage.clone() else {
            let text = format!("work at the stage {} is none of exportEvents", work.stage.label());
            return Ok(self.refuse(message, Some(&work), text).await.map(drop)?);
        };
        let Some(member) = self.able(&work, installation, &Function::ExportEvents, message).await? else {
            return Ok(());
        };
        let Subject::Batch(batch) = work.subject else { return Ok(()) };
        if batch.is_empty() {
            return Ok(());
        }
        match batch_id {
            Some(id) => {
                let progress = Progress { until: self.invocation_until(), ..work.progress };
                self.export(member, &batch, &id, progress).await?;
            }
            None => loose.entry(installation).or_default().extend(batch.into_iter().map(|event| (index, event))),
        }
        Ok(())
    }

    async fn export_loose(
        &self,
        member: &Member,
        events: Vec<(usize, Box<RawValue>)>,
        ends: &mut [Result<(), ResumeError>],
    ) {
        let (owners, events): (Vec<usize>, Vec<Box<RawValue>>) = events.into_iter().unzip();
        let mut done = 0;
        let most = self.batch_events(member).await;
        for batch in batches(&events, member.batch_bytes(), most) {
            let id = batch_id(member, batch);
            let progress = Progress { until: self.invocation_until(), ..Progress::first(0) };
            if let Err(cause) = self.export(member, batch, &id, progress).await {
                for owner in &owners[done..done + batch.len()] {
                    ends[*owner] = Err(ResumeError::Unavailable(restate(&cause)));
                }
            }
            done += batch.len();
        }
    }

    /// Hands the waiting events of one app to its `exportEvents`.
    pub(super) async fn flush_exports_of(&self, member: &Member) -> Result<(), Unavailable> {
        let waiting = std::mem::take(&mut *member.exports());
        if waiting.is_empty() {
            return Ok(());
        }
        let most = self.batch_events(member).await;
        let mut done = 0;
        for batch in batches(&waiting, member.batch_bytes(), most) {
            let id = batch_id(member, batch);
            if let Err(error) = self.export(member, batch, &id, Progress::first(0)).await {
                member.exports().splice(0..0, waiting.into_iter().skip(done));
                return Err(error);
            }
            done += batch.len();
        }
        Ok(())
    }

    /// Exports one batch.
    pub(super) async fn export(
        &self,
        member: &Member,
        batch: &[Box<RawValue>],
        batch_id: &str,
        progress: Progress,
    ) -> Result<(), Unavailable> {
        let mut tails = Tails::default();
        let topic = Topic::batch(batch_id, progress, batch.len());
        let called =
            self.call(member, Invocation::with(Function::ExportEvents, json_of(batch)), topic, &mut tails).await;
        let work = || {
            let stage = Stage::Export { installation: member.installation().id, batch_id: Some(batch_id.to_owned()) };
            Continuation::of_batch(stage, progress, batch.to_vec())
        };
        if self.end_call(member, called, tails, work).await?.is_some() {
            Counts::add(&self.counts.exported, batch.len());
        }
        Ok(())
    }
}

fn json_of(batch: &[Box<RawValue>]) -> String {
    serde_json::to_string(batch).expect("raw JSON values have a JSON form")
}

/// The same for the same events, so that a batch that is put together again is the same batch.
fn batch_id(member: &Member, batch: &[Box<RawValue>]) -> String {
    let work = WorkUnit {
        subject: &json_of(batch),
        stage: "batch",
        installation: member.installation().id,
        function: "exportEvents",
        attempt: 1,
    };
    format!("batch-{}", work.id())
}
