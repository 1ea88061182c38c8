//! Playing a case: set-up, the calls in order, then what is expected of the whole.

use super::compare::{Difference, Extent, compare};
use super::model::{Call, Case, Expectations, Throws};
use super::stage::{Stage, StageError, TestedApp};
use super::thrown::ThrownError;
use runtime_core::event::WorkId;
use runtime_core::host::CallContext;
use runtime_core::isolate::{CallError, CallReport, CallRequest, Function, Tail};
use serde_json::Value;
use std::sync::Arc;

/// One thing that is not as expected.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// Where in the case: `calls[0] processEvent`, `expect.fetch`.
    pub place: String,
    /// What, as a sentence, or as a difference.
    pub what: Mismatch,
}

/// How it is not as expected.
#[derive(Debug, Clone, PartialEq)]
pub enum Mismatch {
    /// A sentence.
    Said(String),
    /// A value.
    Differs(Difference),
}

/// Why a case has no result.
#[derive(Debug, thiserror::Error)]
pub enum Unplayable {
    /// The app's top-level code fails.
    #[error("{0}")]
    App(CallError),
    /// Something around it.
    #[error(transparent)]
    Stage(#[from] StageError),
}

/// Plays a case and says what was not as expected; nothing means that it has passed.
pub async fn play(tested: &TestedApp, case: &Case) -> Result<Vec<Failure>, Unplayable> {
    let stage = Stage::set(tested, case)?;
    stage.isolate.load().await.result.map_err(Unplayable::App)?;
    let mut player = Player { stage: &stage, failures: Vec::new() };
    if player.set_up(case.expect.setup_throws.as_ref()).await {
        for (index, call) in case.calls.iter().enumerate() {
            player.call(index, call).await;
        }
    }
    for request in stage.network.unmatched() {
        player.fail("fetch".to_owned(), format!("no mock of the case matches {request}; add one"));
    }
    player.check(&case.expect)?;
    Ok(player.failures)
}

struct Player<'a> {
    stage: &'a Stage,
    failures: Vec<Failure>,
}

impl Player<'_> {
    fn fail(&mut self, place: String, sentence: String) {
        self.failures.push(Failure { place, what: Mismatch::Said(sentence) });
    }

    fn differ(&mut self, place: &str, differences: Vec<Difference>) {
        let failure = |difference| Failure { place: place.to_owned(), what: Mismatch::Differs(difference) };
        self.failures.extend(differences.into_iter().map(failure));
    }

    /// Whether calls can follow.
    async fn set_up(&mut self, expected: Option<&Throws>) -> bool {
        let report = self.stage.isolate.set_up().await;
        self.end("setupPlugin", report.tail).await;
        let error = report.result.err();
        self.judge_error("setupPlugin".to_owned(), error.as_ref(), expected);
        error.is_none()
    }

    /// Compares what was thrown with what was to be thrown, either of which may be nothing.
    fn judge_error(&mut self, place: String, error: Option<&CallError>, expected: Option<&Throws>) {
        match (error.map(ThrownError::of), expected) {
            (None, None) => {}
            (Some(thrown), Some(expected)) if thrown.is(expected) => {}
            (Some(thrown), Some(expected)) => self.fail(place, format!("expected {expected}, it threw {thrown}")),
            (Some(thrown), None) => {
                let stack = match error {
                    Some(CallError::Thrown(thrown)) => format!("\n{}", thrown.stack.trim_end()),
                    _ => String::new(),
                };
                self.fail(place, format!("it threw {thrown}{}", stack.trim_end()));
            }
            (None, Some(expected)) => self.fail(place, format!("expected {expected}, it threw nothing")),
        }
    }

    async fn call(&mut self, index: usize, call: &Call) {
        let place = format!("calls[{index}] {}", call.name);
        if let Some(now) = call.now {
            self.stage.clock.move_to(now);
        }
        let Some(function) = call.function.clone() else {
            return self.fail(place, format!("{} is no function of an app that can be called", call.name));
        };
        let mut report = self.stage.isolate.call(request(index, call, function.clone())).await;
        for thrown in std::mem::take(&mut report.detached_errors) {
            self.stage.notes.log("error", thrown.to_string());
        }
        self.end(&place, std::mem::take(&mut report.tail)).await;
        self.judge(place, call, &function, &report);
    }

    fn judge(&mut self, place: String, call: &Call, function: &Function, report: &CallReport) {
        match &report.result {
            Err(CallError::MissingFunction(name)) => self.fail(place, format!("the app has no function {name}")),
            Err(CallError::Unavailable(cause)) => self.fail(place, cause.to_string()),
            Err(error) => self.judge_error(place, Some(error), call.throws.as_ref()),
            Ok(_) if call.throws.is_some() => self.judge_error(place, None, call.throws.as_ref()),
            Ok(returned) => {
                let is_dropped = *function == Function::ProcessEvent && returned.is_falsy;
                let json = returned.json.as_deref().filter(|_| !is_dropped).unwrap_or("null");
                let got: Value = match serde_json::from_str(json) {
                    Ok(got) => got,
                    Err(error) => return self.fail(place, format!("what was returned cannot be read: {error}")),
                };
                if let Some(expected) = &call.expect {
                    self.differ(&place, compare(expected, &got, Extent::Whole));
                }
                if let Some(expected) = &call.expect_subset {
                    self.differ(&place, compare(expected, &got, Extent::NamedKeys));
                }
            }
        }
    }

    /// Waits for what a call left behind. An error that nobody handled is a line of the log, as in a pipeline; work that was cut
    /// off is a failure.
    async fn end(&mut self, place: &str, tail: Tail) {
        for error in tail.ended().await.errors {
            match error {
                CallError::Thrown(thrown) => self.stage.notes.log("error", thrown.to_string()),
                other => self.fail(place.to_owned(), format!("what it left behind failed: {other}")),
            }
        }
    }

    /// Compares everything that the case names with how it is now.
    fn check(&mut self, expect: &Expectations) -> Result<(), StageError> {
        for (kind, expected) in &expect.host_calls {
            let got = self.stage.notes.host_calls(kind);
            self.differ(&format!("expect.{kind}"), compare(&expected.clone().into(), &got.into(), Extent::Whole));
        }
        let state = self.stage.state()?;
        if let Some(expected) = &expect.storage {
            self.differ("expect.storage", compare(&expected.clone().into(), &state.storage.into(), Extent::Whole));
        }
        if let Some(expected) = &expect.cache {
            self.differ("expect.cache", compare(&expected.clone().into(), &state.cache.into(), Extent::Whole));
        }
        let (expected, got) = (expect.cache_ttl.clone().into(), state.ttl_seconds.into());
        self.differ("expect.cache_ttl", compare(&expected, &got, Extent::NamedKeys));
        self.check_logs(&expect.logs);
        Ok(())
    }

    fn check_logs(&mut self, expected: &[(String, String)]) {
        let lines = self.stage.notes.logs();
        let mut rest = lines.iter();
        for (index, (level, part)) in expected.iter().enumerate() {
            if rest.any(|(known, message)| known == level && message.contains(part)) {
                continue;
            }
            let shown: String = lines.iter().map(|(level, message)| format!("\n  {level}: {message}")).collect();
            let lines =
                if shown.is_empty() { "; there are none".to_owned() } else { format!("; the lines are{shown}") };
            let sentence = format!("no line of level {level} contains \"{part}\" after the lines before it{lines}");
            return self.fail(format!("expect.logs[{index}]"), sentence);
        }
    }
}

fn request(index: usize, call: &Call, function: Function) -> CallRequest {
    let event_uuid = call.argument.as_ref().and_then(|event| event.get("uuid")?.as_str()).map(str::to_owned);
    let context = CallContext::new(WorkId(format!("case-{index}-{}", call.name)), event_uuid, 0);
    CallRequest {
        at_most: None,
        function,
        argument: call.argument.as_ref().map(Value::to_string),
        // The event may come back with another team: that check is the pipeline's.
        team: None,
        context: Arc::new(context),
    }
}
