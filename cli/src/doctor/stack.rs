//! The checks of a stack on AWS.
//!
//! What asks is here; what an answer means is in `stack/`, in functions without effects.

mod deployment;
mod permissions;
mod running;
mod watching;

use super::check::{Check, Question};
use super::installed::{self, Packages};
use super::{clock, letters};
use crate::installed::place::Place;
use adapter_local::clock::SystemClock;
use adapter_stack::{Account, AskError, DEAD_LETTER_QUEUES, FUNCTIONS, QUEUES, Refusal, Stack};
use permissions::Permissions;
use runtime_core::ports::clock::Clock;
use std::sync::Arc;

const CREDENTIALS: Question = Question { name: "credentials", asks: "does AWS know who we are?" };
const STACK: Question = Question { name: "stack", asks: "is it there?" };

/// The answers so far, and what was refused.
struct Asked<'a> {
    stack: &'a Stack,
    clock: Arc<dyn Clock>,
    checks: Vec<Check>,
    permissions: Permissions,
}

/// Makes every check.
pub async fn checks(name: &str) -> Vec<Check> {
    let account = Account::of_environment().await;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let (caller, there) = account.caller().await;
    let mut checks = vec![credentials(&account, caller), clock::against_aws(clock.now(), there)];
    let stack = match Stack::find_in(&account, name).await {
        Ok(stack) => stack,
        Err(error) => {
            checks.push(STACK.failed(error.to_string(), "what else there is to check is known by the stack alone"));
            return checks;
        }
    };
    checks.extend(deployment::checks(stack.deployment(), env!("CARGO_PKG_VERSION")));
    let mut asked = Asked { stack: &stack, clock, checks, permissions: Permissions::default() };
    asked.queues().await;
    asked.functions(&account).await;
    asked.installed().await;
    asked.watching().await;
    asked.checks.push(asked.permissions.check());
    asked.checks
}

fn credentials(account: &Account, caller: Result<adapter_stack::Caller, AskError>) -> Check {
    let region = account.region().unwrap_or_else(|| "no Region".to_owned());
    match caller {
        Ok(caller) => CREDENTIALS.ok(format!("account {} as {} in {region}", caller.account, caller.arn)),
        Err(error) => {
            CREDENTIALS.failed(error.to_string(), "check AWS_PROFILE and AWS_REGION; `aws sso login` or new keys")
        }
    }
}

impl Asked<'_> {
    /// Takes an answer, or says why there is none.
    fn take(&mut self, question: Question, of: Option<&str>, answer: Result<Check, AskError>) {
        let check = match answer {
            Ok(check) => {
                self.checks.push(check);
                return;
            }
            Err(error) => {
                self.permissions.note(&error);
                unanswered(question, &error)
            }
        };
        self.checks.push(match of {
            Some(of) => check.of(of),
            None => check,
        });
    }

    async fn queues(&mut self) {
        let ages = match self.stack.oldest_seconds(self.clock.now()).await {
            Ok(ages) => ages,
            Err(error) => {
                self.permissions.note(&error);
                std::collections::BTreeMap::new()
            }
        };
        for output in QUEUES {
            let of = running::queue_of(output);
            let answer = self.stack.queue(output).await;
            let answer = answer.map(|facts| running::queue(output, &facts, ages.get(&facts.name).copied()));
            self.take(running::QUEUE, Some(&of), answer);
        }
        for output in DEAD_LETTER_QUEUES {
            let of = running::queue_of(output);
            let answer = self.stack.queue(output).await.map(|facts| running::given_up(output, &facts));
            self.take(running::GIVEN_UP, Some(&of), answer);
        }
    }

    async fn functions(&mut self, account: &Account) {
        let wanted = self.stack.deployment().parameters.get("Architecture").cloned();
        let mut needed = running::Needed::default();
        for (function, _) in FUNCTIONS {
            let facts = self.stack.function(function).await;
            let reserves = facts.as_ref().is_ok_and(|facts| facts.reserved.is_some());
            let answer = facts.map(|facts| running::function(function, &facts, wanted.as_deref()));
            self.take(running::FUNCTION, Some(function), answer);
            let mappings = self.stack.mappings(function).await;
            match &mappings {
                Ok(mappings) if !reserves => needed.add(function, mappings),
                Ok(_) => {}
                Err(_) => needed.miss(),
            }
            let answer = mappings.map(|mappings| running::mappings(self.stack.name(), function, &mappings));
            self.take(running::MAPPINGS, Some(function), answer);
        }
        let answer = account.concurrency().await.map(|concurrency| running::concurrency(concurrency, &needed));
        self.take(running::CONCURRENCY, None, answer);
    }

    async fn installed(&mut self) {
        let place = Place::of_stack(self.stack);
        let store = self.stack.store(Arc::clone(&self.clock));
        let (Ok(place), Ok(store)) = (place, store) else {
            // An output is missing, which was told.
            return;
        };
        let looked = installed::look(&place, &*store.documents(), Packages::InFunctions).await;
        self.checks.extend(looked.checks);
        for error in &looked.unavailable {
            self.permissions.note(&AskError::of_port("dynamodb:GetItem", error));
        }
        let letters = letters::check(&*store.dead_letters()).await;
        self.checks.push(letters.check);
        if let Some(error) = &letters.unavailable {
            self.permissions.note(&AskError::of_port("dynamodb:Query", error));
        }
    }

    async fn watching(&mut self) {
        let answer = self.stack.alarms_on().await.map(|alarms| watching::alarms(&alarms));
        self.take(watching::ALARMS, None, answer);
        let answer = self.stack.subscribers().await.map(watching::subscribers);
        self.take(watching::NOTIFICATIONS, None, answer);
        let groups = self.stack.log_groups().await;
        if let Some(group) = groups.as_ref().ok().and_then(|groups| groups.first())
            && let Err(error) = self.stack.try_logs(&group.name).await
        {
            self.permissions.note(&error);
        }
        self.take(watching::RETENTION, None, groups.map(|groups| watching::retention(&groups)));
    }
}

/// What could not be learned. Where the caller may not ask it is no failure of the stack.
fn unanswered(question: Question, error: &AskError) -> Check {
    match error.kind {
        Refusal::Denied => question.warning("it is not known: you may not ask", format!("it takes {}", error.action)),
        Refusal::Missing => {
            question.failed(error.to_string(), "it was removed, or the stack is of an earlier release: deploy this one")
        }
        Refusal::Credentials => question.failed(error.to_string(), "see credentials"),
        Refusal::Failed => question.failed(error.to_string(), "AWS is out of reach, or throttles: try again"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::Verdict;
    use super::*;

    #[test]
    fn what_one_may_not_ask_is_no_failure_of_the_stack() {
        let with = |kind| {
            let error = AskError { action: "sqs:GetQueueAttributes".to_owned(), kind, reason: "no".to_owned() };
            unanswered(running::QUEUE, &error)
        };
        let denied = with(Refusal::Denied);
        assert_eq!(
            (denied.verdict, denied.advice.as_deref()),
            (Verdict::Warning, Some("it takes sqs:GetQueueAttributes"))
        );
        for kind in [Refusal::Missing, Refusal::Credentials, Refusal::Failed] {
            assert_eq!(with(kind).verdict, Verdict::Failed);
        }
    }
}
