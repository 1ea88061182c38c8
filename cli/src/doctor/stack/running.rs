//! Queues, functions, and what brings the messages of the one to the other.

use super::super::check::{Check, Question};
use adapter_stack::{Concurrency, Flow, FunctionFacts, Mapping, QueueFacts};

pub const QUEUE: Question = Question { name: "queue", asks: "is it there, and does what is in it go on in time?" };
pub const GIVEN_UP: Question =
    Question { name: "given up", asks: "does SQS hold messages that crashed a function, and were not imported?" };
pub const FUNCTION: Question =
    Question { name: "function", asks: "can it be invoked, and did its last update succeed?" };
pub const MAPPINGS: Question = Question { name: "mappings", asks: "does it get the messages of its queues?" };
pub const CONCURRENCY: Question =
    Question { name: "concurrency", asks: "may as much run at the same time as the stack's Scale needs?" };

/// Environments that the three rules may need at the same time.
const RULES: i32 = 3;

/// What the account must let run at the same time.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Needed {
    environments: i32,
    is_unbounded: bool,
    is_unknown: bool,
}

impl Needed {
    /// The mappings of a function could not be read.
    pub fn miss(&mut self) {
        self.is_unknown = true;
    }

    /// What a function needs that has reserved nothing for itself.
    pub fn add(&mut self, function: &str, mappings: &[Mapping]) {
        self.environments += mappings.iter().filter_map(|mapping| mapping.maximum_concurrency).sum::<i32>();
        self.is_unbounded |= mappings.iter().any(|mapping| mapping.maximum_concurrency.is_none());
        if function == "run-tasks" {
            self.environments += RULES;
        }
    }
}

/// `events` of `EventsQueueUrl` and `EventsDeadLetterQueueUrl`.
pub fn queue_of(output: &str) -> String {
    output.trim_end_matches("QueueUrl").trim_end_matches("DeadLetter").to_lowercase()
}

/// A queue; `age` is that of its oldest message in seconds, where it is known.
pub fn queue(output: &str, facts: &QueueFacts, age: Option<u64>) -> Check {
    let of = queue_of(output);
    let mut found = format!("{} wait, {} are worked on, {} are delayed", facts.waiting, facts.in_flight, facts.delayed);
    if let Some(age) = age {
        found = format!("{found}; the oldest is {age} s old");
    }
    // As the alarms have it.
    let (longest, advice) = match of.as_str() {
        "events" => (
            900,
            "they come faster than they are worked on, or the function fails: see errors and throttles of process-events",
        ),
        "output" => (86_400, "nothing reads final events; SQS drops them after 14 days"),
        _ => (3600, "see the log of the function that takes them"),
    };
    let check = if age.is_some_and(|age| age > longest) { QUEUE.warning(found, advice) } else { QUEUE.ok(found) };
    check.of(&of)
}

/// A dead-letter queue, which `run-tasks` empties.
pub fn given_up(output: &str, facts: &QueueFacts) -> Check {
    let waiting = facts.waiting + facts.in_flight;
    let check = if waiting == 0 {
        GIVEN_UP.ok("none")
    } else {
        let found = format!("{waiting} wait to be imported as dead letters");
        GIVEN_UP.warning(found, "run-tasks does so within seconds: if they stay, see its mappings and its log")
    };
    check.of(&queue_of(output))
}

/// A function; `wanted` is the stack's parameter.
pub fn function(name: &str, facts: &FunctionFacts, wanted: Option<&str>) -> Check {
    let megabytes = facts.code_bytes / 1_000_000;
    let found = format!(
        "{}, last update {}, {}, an archive of {megabytes} MB{}",
        facts.state,
        facts.last_update,
        facts.architecture,
        facts.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default(),
    );
    let check = match (facts.state.as_str(), facts.last_update.as_str()) {
        ("Active", "Successful") if wanted.is_some_and(|wanted| wanted != facts.architecture) => FUNCTION.failed(
            format!("{found}; the stack's parameter says {}", wanted.unwrap_or_default()),
            "`sam build` and `sam deploy` with the same Architecture",
        ),
        ("Active", "Successful") => FUNCTION.ok(found),
        ("Pending", _) | (_, "InProgress") => FUNCTION.warning(found, "wait until it has ended, then look again"),
        _ => FUNCTION.failed(found, "mend what AWS names, and deploy again"),
    };
    check.of(name)
}

/// What brings messages to a function.
pub fn mappings(stack: &str, function: &str, mappings: &[Mapping]) -> Check {
    let with = |is_meant: &dyn Fn(&Mapping) -> bool| -> Vec<String> {
        let chosen = mappings.iter().filter(|mapping| is_meant(mapping));
        chosen.map(|mapping| format!("{} {}", mapping.queue, mapping.state)).collect()
    };
    let off = with(&|mapping| mapping.is(Flow::Off));
    let changing = with(&|mapping| !mapping.is(Flow::Off) && !mapping.is(Flow::On));
    let check = if mappings.is_empty() {
        MAPPINGS.failed("it has none", "deploy the stack again: they were deleted")
    } else if !off.is_empty() {
        let advice = format!("`hedgerow resume --stack {stack}`, unless it was paused on purpose");
        MAPPINGS.warning(off.join(", "), advice)
    } else if !changing.is_empty() {
        MAPPINGS.warning(changing.join(", "), "look again in a minute")
    } else {
        MAPPINGS.ok(format!("{} are enabled", mappings.len()))
    };
    check.of(function)
}

/// What the account has beside what is needed of it.
pub fn concurrency(account: Concurrency, needed: &Needed) -> Check {
    let found = format!(
        "{} of the account's {} are unreserved, the functions take up to {}",
        account.unreserved, account.total, needed.environments
    );
    if needed.is_unknown {
        CONCURRENCY.warning(format!("{found}, as far as their mappings are known"), "see mappings")
    } else if account.unreserved < needed.environments {
        let advice = "what is throttled counts as received, and ends as a dead letter: a smaller Scale, or ask for a higher quota of \
                      `Concurrent executions`";
        CONCURRENCY.warning(found, advice)
    } else if needed.is_unbounded {
        CONCURRENCY
            .warning(format!("{found}, and a mapping has no bound"), "deploy the stack again: its template bounds each")
    } else {
        CONCURRENCY.ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::check::Verdict;
    use super::*;

    fn mapping(state: &str, maximum_concurrency: Option<i32>) -> Mapping {
        let (uuid, queue) = ("u".to_owned(), "s-events".to_owned());
        Mapping { uuid, function: "process-events", queue, state: state.to_owned(), maximum_concurrency }
    }

    #[test]
    fn a_queue_is_late_as_its_alarm_has_it() {
        let facts =
            QueueFacts { name: "s".to_owned(), waiting: 9, in_flight: 1, delayed: 0, retention_seconds: 1_209_600 };
        for (output, age, verdict) in [
            ("EventsQueueUrl", None, Verdict::Ok),
            ("EventsQueueUrl", Some(900), Verdict::Ok),
            ("EventsQueueUrl", Some(901), Verdict::Warning),
            ("JobsQueueUrl", Some(3600), Verdict::Ok),
            ("JobsQueueUrl", Some(3601), Verdict::Warning),
            ("OutputQueueUrl", Some(86_400), Verdict::Ok),
        ] {
            assert_eq!(queue(output, &facts, age).verdict, verdict, "{output} {age:?}");
        }
        assert_eq!(queue("EventsQueueUrl", &facts, None).name, "queue events");
        assert_eq!(given_up("JobsDeadLetterQueueUrl", &facts).name, "given up jobs");
        assert_eq!(given_up("JobsDeadLetterQueueUrl", &facts).verdict, Verdict::Warning);
        let empty = QueueFacts { waiting: 0, in_flight: 0, ..facts };
        assert_eq!(given_up("JobsDeadLetterQueueUrl", &empty).verdict, Verdict::Ok);
    }

    #[test]
    fn a_function_is_as_the_stack_wants_it() {
        let facts = |state: &str, update: &str| FunctionFacts {
            name: "f".to_owned(),
            state: state.to_owned(),
            last_update: update.to_owned(),
            reason: None,
            architecture: "arm64".to_owned(),
            code_bytes: 12_345_678,
            reserved: None,
        };
        let verdict = |state, update, wanted| function("run-tasks", &facts(state, update), wanted).verdict;
        assert_eq!(verdict("Active", "Successful", Some("arm64")), Verdict::Ok);
        assert_eq!(verdict("Active", "Successful", Some("x86_64")), Verdict::Failed);
        assert_eq!(verdict("Active", "InProgress", None), Verdict::Warning);
        assert_eq!(verdict("Active", "Failed", None), Verdict::Failed);
        assert_eq!(verdict("Inactive", "Successful", None), Verdict::Failed);
    }

    #[test]
    fn whoever_paused_is_told_how_to_resume() {
        let check = mappings("s", "process-events", &[mapping("Enabled", None), mapping("Disabled", None)]);
        assert_eq!((check.verdict, check.found.as_str()), (Verdict::Warning, "s-events Disabled"));
        assert!(check.advice.unwrap().contains("hedgerow resume --stack s"));
        assert_eq!(mappings("s", "f", &[]).verdict, Verdict::Failed);
        assert_eq!(mappings("s", "f", &[mapping("Enabling", None)]).verdict, Verdict::Warning);
        assert_eq!(mappings("s", "f", &[mapping("Enabled", None)]).verdict, Verdict::Ok);
    }

    #[test]
    fn concurrency_is_enough_or_not() {
        let mut needed = Needed::default();
        needed.add("process-events", &[mapping("Enabled", Some(6))]);
        needed.add("run-tasks", &[mapping("Enabled", Some(1))]);
        assert_eq!(needed.environments, 10);
        let with = |unreserved| concurrency(Concurrency { total: 1000, unreserved }, &needed).verdict;
        assert_eq!((with(10), with(9)), (Verdict::Ok, Verdict::Warning));
        let unknown = Needed { is_unknown: true, ..Needed::default() };
        assert_eq!(concurrency(Concurrency { total: 1000, unreserved: 1000 }, &unknown).verdict, Verdict::Warning);
        needed.add("export-events", &[mapping("Enabled", None)]);
        assert_eq!(concurrency(Concurrency { total: 1000, unreserved: 900 }, &needed).verdict, Verdict::Warning);
    }
}
