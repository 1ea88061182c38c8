//! An invocation by the jobs queue, by a dead-letter queue, or by a rule of EventBridge.

use crate::tick::Tick;
use aws_lambda_events::event::sqs::SqsBatchResponse;
use lambda_common::due::DueTable;
use lambda_common::invocation::Invocation;
use lambda_common::messages::{Strangers, messages_of};
use lambda_common::worker::{Way, Worker};
use lambda_runtime::{Error, LambdaEvent, tracing};
use runtime_core::ports::Unavailable;
use serde_json::value::RawValue;

/// Of a tick nothing more than this can be said: what happened is in the log, and Lambda counts the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the tick of {task} is not wholly done: see the errors logged before")]
struct TickFailed {
    task: &'static str,
}

/// Runs jobs and scheduled tasks, imports what queues gave up, and sends what a tick is the time of. Lambda acknowledges every
/// message that the answer does not name; the answer to a rule names none.
///
/// # Errors
/// When the payload is neither an SQS event nor a rule's; when a message that must come again has no id; when a part of a tick
/// failed.
pub async fn handle(
    worker: &Worker,
    due: &dyn DueTable,
    event: LambdaEvent<Box<RawValue>>,
) -> Result<SqsBatchResponse, Error> {
    let (payload, context) = event.into_parts();
    let invocation = worker.begin(&context).await?;
    match Tick::read(&payload) {
        Some(tick) => Ok(tick_of(worker, due, tick?, &invocation).await.map(|()| SqsBatchResponse::default())?),
        None => Ok(worker.answer(messages_of(&payload)?, Strangers::DeadLetters, Way::Each, &invocation).await?),
    }
}

/// Sends a message for each installation that has the task, and every minute what is due within the next fifteen, and counts disabled
/// apps. Each is done even if another fails.
async fn tick_of(worker: &Worker, due: &dyn DueTable, tick: Tick, invocation: &Invocation) -> Result<(), TickFailed> {
    let triggered = invocation.work(worker.processor.trigger(tick.task, tick.at)).await;
    let mut is_done = said("messages for scheduled tasks", &triggered);
    if tick.is_minute() {
        let swept = invocation.work(due.sweep(worker.clock.now())).await;
        is_done &= said("work that becomes due", &swept);
        // The alarm stays for as long as this counts one.
        is_done &= counted(&invocation.work(worker.processor.report_disabled_apps()).await);
    }
    if is_done { Ok(()) } else { Err(TickFailed { task: tick.task }) }
}

/// Logs what was sent, or why it was not. Whether it was.
fn said(what: &str, sent: &Option<Result<usize, Unavailable>>) -> bool {
    match sent {
        Some(Ok(count)) => tracing::info!(count, "sent {what}"),
        Some(Err(error)) => tracing::error!(%error, "{what} could not be sent"),
        None => tracing::error!("{what} could not be sent before the invocation had to end"),
    }
    matches!(sent, Some(Ok(_)))
}

/// Logs how many apps are disabled, if any is, or why that is not known. Whether it is.
fn counted(disabled: &Option<Result<usize, Unavailable>>) -> bool {
    match disabled {
        Some(Ok(0)) => {}
        Some(Ok(count)) => tracing::warn!(count, "apps are disabled, as they cannot be loaded or set up"),
        Some(Err(error)) => tracing::error!(%error, "how many apps are disabled cannot be looked up"),
        None => tracing::error!("how many apps are disabled could not be looked up before the invocation had to end"),
    }
    matches!(disabled, Some(Ok(_)))
}

#[cfg(test)]
mod tests;
