//! `hedgerow receive`.
//!
//! An event is removed from the queue only after it was written and flushed: a reader that went away loses none.

use super::queues::{Outlet, Received, outlet_of};
use crate::arguments::ReceiveArguments;
use crate::console;
use crate::exit::{Outcome, Unusable};
use adapter_local::clock::SystemClock;
use runtime_core::ports::clock::Clock;
use std::collections::HashMap;
use std::io::{self, Write};
use std::time::Duration;

/// How many a request gives.
const AT_ONCE: usize = 10;

/// Prints final events.
pub async fn receive(arguments: &ReceiveArguments) -> Result<Outcome, Unusable> {
    let outlet = outlet_of(&arguments.stack).await?;
    let reading = Reading {
        outlet: &*outlet,
        clock: &SystemClock::new(),
        limit: arguments.limit.map_or(usize::MAX, std::num::NonZeroUsize::get),
        wait: Duration::from_secs(arguments.wait),
        after: if arguments.keep { After::Keep } else { After::Remove },
    };
    let ended = reading.print(&mut io::stdout()).await;
    let plural = if ended.printed == 1 { "" } else { "s" };
    let stack = &arguments.stack;
    if ended.printed == 0 && ended.failure.is_none() {
        let seconds = arguments.wait;
        console::note(format_args!(
            "no final event came within {seconds} s; do events go in (`hedgerow send --stack {stack}`), and is `queue` the stack's sink?"
        ));
    } else {
        console::note(format_args!("{} event{plural}", ended.printed));
    }
    match ended.failure {
        Some(failure) => {
            console::error(failure);
            Ok(Outcome::Failures)
        }
        None => Ok(Outcome::Success),
    }
}

/// What becomes of events that were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    /// They are removed.
    Remove,
    /// Others get them once it ends.
    Keep,
}

struct Reading<'a> {
    outlet: &'a dyn Outlet,
    clock: &'a dyn Clock,
    limit: usize,
    wait: Duration,
    after: After,
}

/// How the reading ended.
#[derive(Debug, Default, PartialEq, Eq)]
struct Ended {
    printed: usize,
    failure: Option<String>,
}

impl Reading<'_> {
    async fn print(&self, output: &mut (impl Write + Send)) -> Ended {
        let mut ended = Ended::default();
        // The newest receipt of each message that is to stay: it may come again before this ends.
        let mut held: HashMap<String, String> = HashMap::new();
        let mut last = self.clock.elapsed();
        while ended.printed < self.limit {
            let idle = self.clock.elapsed().saturating_sub(last);
            let most = AT_ONCE.min(self.limit - ended.printed);
            let received = match self.outlet.receive(most, self.wait.saturating_sub(idle)).await {
                Ok(received) => received,
                Err(error) => {
                    ended.failure = Some(error);
                    break;
                }
            };
            let mut is_new = |event: &Received| held.insert(event.id.clone(), event.receipt.clone()).is_none();
            let fresh: Vec<Received> = received.into_iter().filter(|event| is_new(event)).collect();
            if !fresh.is_empty() {
                last = self.clock.elapsed();
                if self.take(output, fresh, (&mut held, &mut ended)).await == Next::End {
                    break;
                }
            } else if self.clock.elapsed().saturating_sub(last) >= self.wait {
                break;
            }
        }
        self.give_back(held).await;
        ended
    }

    /// Writes events that came for the first time, and removes those that are written.
    async fn take(
        &self,
        output: &mut (impl Write + Send),
        events: Vec<Received>,
        (held, ended): (&mut HashMap<String, String>, &mut Ended),
    ) -> Next {
        let mut written = Vec::with_capacity(events.len());
        for Received { id, body, .. } in events {
            match body {
                Ok(body) => written.push((id, body)),
                Err(reason) => ended.failure = Some(format!("a final event was left in the queue: {reason}")),
            }
        }
        if let Err(error) = write_all(output, written.iter().map(|(_, body)| body.as_slice())) {
            if error.kind() != io::ErrorKind::BrokenPipe {
                ended.failure = Some(format!("final events cannot be written: {error}; they stay in the queue"));
            }
            return Next::End;
        }
        ended.printed += written.len();
        if self.after == After::Keep || written.is_empty() {
            return Next::GoOn;
        }
        let receipts: Vec<String> = written.iter().filter_map(|(id, _)| held.remove(id)).collect();
        if let Err(error) = self.outlet.remove(&receipts).await {
            ended.failure = Some(format!("events that were printed could not be removed, and come again: {error}"));
            return Next::End;
        }
        Next::GoOn
    }

    /// What is left comes again by itself: that it could not be sped up is no failure.
    async fn give_back(&self, held: HashMap<String, String>) {
        let receipts: Vec<String> = held.into_values().collect();
        if receipts.is_empty() {
            return;
        }
        if let Err(error) = self.outlet.release(&receipts).await {
            console::warning(format_args!("events that stay in the queue come back later: {error}"));
        }
    }
}

/// What follows some events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Others.
    GoOn,
    /// Nothing: nobody reads any more, or the queue fails.
    End,
}

/// Writes events, a line each, and flushes them.
fn write_all<'a>(output: &mut impl Write, events: impl Iterator<Item = &'a [u8]>) -> io::Result<()> {
    for body in events {
        // Between the tokens of JSON, where alone it can be, a line break means nothing.
        let line: Vec<u8> = body.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }).collect();
        output.write_all(&line)?;
        output.write_all(b"\n")?;
    }
    output.flush()
}

#[cfg(test)]
mod tests;
