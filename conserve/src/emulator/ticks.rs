//! The rule that comes every minute; here a minute lasts some seconds.

use super::environment::{Function, ended};
use super::progress::Progress;
use super::stack::Stack;
use super::worker::WorkError;
use crate::proxy::Chances;
use jiff::Timestamp;
use lambda_double::aws::REGION;
use lambda_double::runtime_api::Answer;
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;

/// How long a minute lasts.
const MINUTE: Duration = Duration::from_secs(5);
/// For how many minutes scheduled tasks run: without an end there would always be work.
const MINUTES: u32 = 6;
/// How long an invocation may take.
const INVOCATION: Duration = Duration::from_secs(60);

/// Invokes run-tasks as the rule does.
pub struct Ticks {
    function: Function,
    stack: Stack,
}

impl Ticks {
    pub fn new(function: Function, stack: Stack) -> Self {
        Self { function, stack }
    }

    /// Ticks to the end of the run; after the last minute with tasks only as long as something waits to become due.
    pub async fn run(self, progress: &Progress) -> Result<(), WorkError> {
        let mut environment = self.function.start(&self.stack, Chances::calm()).await?;
        let mut minutes = 0;
        while !progress.is_over() {
            if minutes >= MINUTES && self.stack.items("due").await?.is_empty() {
                sleep(MINUTE).await;
                continue;
            }
            let account = self.stack.client.account();
            let event = json!({
                "version": "0", "id": "00000000-0000-4000-8000-000000000000", "detail-type": "Scheduled Event",
                "source": "aws.events", "account": account, "time": format!("{:.0}", Timestamp::now()),
                "region": REGION, "resources": [format!("arn:aws:events:{REGION}:{account}:rule/conserve-every-minute")],
                "detail": {},
            });
            let answer = tokio::select! {
                answer = environment.api.invoke(event.to_string(), INVOCATION) => answer,
                status = ended(&mut environment.child) => {
                    return Err(WorkError::Ended { program: "run-tasks".to_owned(), status });
                }
            };
            if let Answer::Error { kind, message } = answer {
                progress.remark(&format!("a tick failed: {kind}: {message}"))?;
            }
            sleep(MINUTE).await;
            minutes += 1;
        }
        Ok(())
    }
}
