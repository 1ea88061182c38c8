//! Events through the pipeline: several under way at once, out in the order in which they went in.

use super::feed::{Feed, Work};
use super::output::{Output, OutputError};
use super::refused::{Kept, Refused};
use futures_util::{StreamExt, stream};
use runtime_core::event::PluginEvent;
use runtime_core::pipeline::{EventOutcome, Pipeline};
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long final events may be held back while others are on their way. The app that works on the next one mostly needs far less,
/// and writing each event by itself costs more than many an app does.
const LONGEST_HOLD: Duration = Duration::from_millis(10);

/// A pipeline with what is around it.
pub struct Machine {
    /// The pipeline.
    pub pipeline: Pipeline,
    /// Where refused work goes.
    pub refused: Arc<Refused>,
    /// How many events are under way at once.
    pub concurrency: NonZeroUsize,
}

impl Machine {
    /// Takes every event of the feed through the pipeline, and those that apps capture meanwhile.
    pub async fn drain(&self, feed: &mut Feed, output: &mut Output) -> Result<(), OutputError> {
        loop {
            self.drain_once(feed, output).await?;
            // The last events may have captured more after the feed was found empty.
            if feed.has_captured() {
                continue;
            }
            if !feed.is_paused() {
                return Ok(());
            }
            match self.pipeline.send_exports().await {
                Ok(()) => feed.note_progress().await,
                // Nothing of this is done then: a later run does it again.
                Err(error) => {
                    self.refused.put_off_task("exportEvents", &error);
                    feed.go_on();
                }
            }
        }
    }

    async fn drain_once(&self, feed: &mut Feed, output: &mut Output) -> Result<(), OutputError> {
        let works = stream::unfold(feed, |feed| async move {
            let work = feed.next().await?;
            Some((work, feed))
        });
        let mut lines = pin!(works.map(|work| self.process(work)).buffered(self.concurrency.get()));
        loop {
            let line = match timeout(LONGEST_HOLD, lines.next()).await {
                Ok(line) => line,
                // Whoever reads the output gets what there is before we wait any longer.
                Err(_) => {
                    output.flush()?;
                    lines.next().await
                }
            };
            match line {
                Some(Some(line)) => output.write(&line)?,
                Some(None) => {}
                None => return output.flush(),
            }
        }
    }

    /// The final event as a line, if there is one.
    async fn process(&self, work: Work) -> Option<Vec<u8>> {
        let kept = Kept::of(&work);
        match self.pipeline.process(work.captured).await {
            EventOutcome::Sent(event) => Some(line_of(&event)),
            EventOutcome::Dropped { .. } | EventOutcome::DeadLettered | EventOutcome::Continued => None,
            EventOutcome::PutOff(error) => {
                self.refused.put_off_event(&kept, &error).await;
                None
            }
        }
    }
}

/// A final event as a line of the output.
pub fn line_of(event: &PluginEvent) -> Vec<u8> {
    let mut line = serde_json::to_vec(event).expect("an event holds only JSON values and text keys");
    line.push(b'\n');
    line
}
