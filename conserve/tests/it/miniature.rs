//! A runtime in miniature: queues in memory, the rules of the four apps, faults on top, and room for one bug. What it leaves is
//! what a real run leaves.

use conserve::checker::Evidence;
use conserve::events::{self, Shape};
use conserve::files::{Fault, FaultKind, Letter, Reach, Reply, Row};
use conserve::random::Random;
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};

/// How often `onEvent` runs at most.
const RUNS: u64 = 6;
/// Bodies longer than this travel in the blob store.
const LONG_BODY: usize = 100_000;
/// After so many deliveries nobody waits for the end of the work any more.
const MOST_DELIVERIES: u64 = 8_000;

/// What can be wrong with the runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    AcknowledgesBeforeSending,
    GoesOnFromTheWrongStage,
    DoesNotCountAttempts,
    LosesClaimChecks,
    BuriesWithoutALetter,
    RedeliversWithoutCause,
    IgnoresPartialFailures,
    CountsTwiceAfterALostReply,
    KeepsNoBadRecords,
    CutsBadRecords,
    ForgetsDrops,
    ShowsTheEventBeforeTheChain,
}

/// What is broken around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    Calm,
    Faulty,
}

/// A message of the one queue.
#[derive(Debug, Clone)]
enum Work {
    Record(String),
    Retry {
        event: Value,
        attempt: u64,
    },
    Export(Vec<Value>),
    Job {
        uuid: String,
        incomplete: Vec<String>,
        count: u64,
    },
    /// The body is in the blob store.
    Claim(usize),
}

/// The process was killed.
struct Killed;

type Done = Result<(), Killed>;

pub struct Miniature {
    bug: Option<Bug>,
    weather: Weather,
    random: Random,
    queue: VecDeque<Work>,
    blobs: HashMap<usize, Work>,
    attempts: HashMap<String, u64>,
    counted: HashMap<String, u64>,
    counter: u64,
    /// How many effects the process still has before it is killed.
    life: Option<u64>,
    evidence: Evidence,
}

/// Runs 800 events and gives what is left of them.
pub fn run(bug: Option<Bug>, weather: Weather) -> Evidence {
    let mut input = Vec::new();
    events::write(Shape { seed: 11, events: 800 }, &mut input).expect("a Vec takes everything");
    let input = String::from_utf8(input).expect("the generator writes text");
    let mut miniature = Miniature {
        bug,
        weather,
        random: Random::new(11, "miniature"),
        queue: input.lines().map(|line| Work::Record(line.to_owned())).collect(),
        blobs: HashMap::new(),
        attempts: HashMap::new(),
        counted: HashMap::new(),
        counter: 0,
        life: None,
        evidence: Evidence { input, ..Evidence::default() },
    };
    miniature.tell("scheduler", "tick", Vec::new(), Vec::new());
    miniature.work();
    miniature.evidence
}

impl Miniature {
    fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    fn is_unlucky(&mut self, per_mille: u64) -> bool {
        self.weather == Weather::Faulty && self.random.chance(per_mille)
    }

    fn work(&mut self) {
        for _ in 0..MOST_DELIVERIES {
            let Some(work) = self.queue.pop_front() else { return };
            if self.is_unlucky(10) {
                self.note(FaultKind::Duplicate, &work);
                self.queue.push_back(work.clone());
            }
            self.life = if self.is_unlucky(20) { Some(self.random.below(6)) } else { None };
            let is_killed = self.handle(work.clone()).is_err();
            if is_killed {
                self.note(FaultKind::Kill, &work);
            }
            let comes_again = is_killed && !self.has(Bug::AcknowledgesBeforeSending);
            let without_cause = self.has(Bug::RedeliversWithoutCause) && self.random.chance(5);
            if comes_again || without_cause {
                self.queue.push_back(work);
            }
        }
    }

    fn note(&mut self, fault: FaultKind, work: &Work) {
        let text = match work {
            Work::Record(line) => serde_json::from_str(line).unwrap_or(Value::Null),
            Work::Retry { event, .. } => event.clone(),
            Work::Export(events) => json!(events),
            Work::Job { uuid, .. } => json!({ "uuid": uuid }),
            Work::Claim(number) => {
                let inside = self.blobs.get(number).cloned();
                return inside.into_iter().for_each(|work| self.note(fault, &work));
            }
        };
        self.evidence.faults.push(Fault { fault, reach: Reach::Events(conserve::work::uuids_in(&text)) });
    }

    /// One more effect on the outside; none if the process is dead by now.
    fn effect(&mut self) -> Done {
        match &mut self.life {
            Some(0) => Err(Killed),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn send(&mut self, work: Work, bytes: usize) -> Done {
        self.effect()?;
        if bytes < LONG_BODY {
            self.queue.push_back(work);
            return Ok(());
        }
        let number = self.blobs.len();
        if !self.has(Bug::LosesClaimChecks) {
            self.blobs.insert(number, work);
        }
        self.queue.push_back(Work::Claim(number));
        Ok(())
    }

    fn tell(&mut self, app: &str, what: &str, uuids: Vec<String>, incomplete: Vec<String>) -> &mut Row {
        let (app, what) = (app.to_owned(), what.to_owned());
        self.evidence.recording.push(Row {
            app,
            what,
            uuids,
            incomplete,
            attempts: None,
            count: None,
            reply: Reply::Ok,
        });
        self.evidence.recording.last_mut().expect("it was just added")
    }

    fn bury(&mut self, reason: &str, app: Option<&str>, body: String) -> Done {
        self.effect()?;
        let (id, reason) = (body.clone(), reason.to_owned());
        let letter = Letter { id, reason, app: app.map(str::to_owned), function: None, body };
        self.evidence.dead_letters.retain(|other| other.id != letter.id);
        self.evidence.dead_letters.push(letter);
        Ok(())
    }

    fn handle(&mut self, work: Work) -> Done {
        match work {
            Work::Record(line) => self.record(&line),
            Work::Retry { event, attempt } if self.has(Bug::GoesOnFromTheWrongStage) => {
                self.event(event.clone())?;
                self.on_event(event, attempt)
            }
            Work::Retry { event, attempt } => self.on_event(event, attempt),
            Work::Export(events) => self.export(&events),
            Work::Job { uuid, incomplete, count } => {
                self.effect()?;
                self.tell("scheduler", "job", vec![uuid], incomplete).count = Some(count);
                Ok(())
            }
            // What is not there any more cannot be done; nobody says so.
            Work::Claim(number) => self.blobs.get(&number).cloned().map_or(Ok(()), |work| self.handle(work)),
        }
    }

    fn record(&mut self, line: &str) -> Done {
        let elements = match serde_json::from_str::<Value>(line) {
            Ok(Value::Array(elements)) => elements,
            Ok(element) => vec![element],
            Err(_) => return self.refuse(line.to_owned()),
        };
        for element in elements {
            if element.to_string().contains("malformed-") {
                self.refuse(element.to_string())?;
            } else {
                self.event(element)?;
            }
        }
        Ok(())
    }

    fn refuse(&mut self, body: String) -> Done {
        match self.bug {
            Some(Bug::KeepsNoBadRecords) => Ok(()),
            Some(Bug::CutsBadRecords) => self.bury("undecodable", None, body[..body.len() - 1].to_owned()),
            _ => self.bury("undecodable", None, body),
        }
    }

    fn event(&mut self, original: Value) -> Done {
        let number = original["properties"]["number"].as_u64().unwrap_or(0);
        if number.is_multiple_of(3) && !self.has(Bug::ForgetsDrops) {
            return Ok(());
        }
        let mut event = original.clone();
        event["properties"]["kept"] = number.into();
        self.effect()?;
        self.evidence.sink.push(event.clone());
        if self.has(Bug::ShowsTheEventBeforeTheChain) {
            event = original;
        }
        self.on_event(event.clone(), 1)?;
        self.enqueue(&event)?;
        let is_refused = self.has(Bug::IgnoresPartialFailures) && self.random.chance(20);
        let bytes = event.to_string().len();
        if is_refused { Ok(()) } else { self.send(Work::Export(vec![event]), bytes) }
    }

    fn on_event(&mut self, event: Value, attempt: u64) -> Done {
        let (uuid, properties) = (uuid_of(&event), &event["properties"]);
        let is_hopeless = properties["hopeless"] == true;
        let failures = properties["failures"].as_u64().unwrap_or(0);
        let incomplete = incomplete(&event);
        self.effect()?;
        let attempts = self.attempts.entry(uuid.clone()).or_default();
        *attempts += 1;
        let attempts = *attempts;
        if !is_hopeless && attempts > failures {
            self.effect()?;
            self.tell("retrier", "handled", vec![uuid], incomplete).attempts = Some(attempts);
            return Ok(());
        }
        if is_hopeless {
            self.tell("retrier", "failed", vec![uuid], incomplete).attempts = Some(attempts);
        }
        match attempt {
            RUNS if self.has(Bug::BuriesWithoutALetter) => Ok(()),
            RUNS => self.bury("retries_exhausted", Some("retrier"), event.to_string()),
            _ => {
                let attempt = if self.has(Bug::DoesNotCountAttempts) { attempt } else { attempt + 1 };
                let bytes = event.to_string().len();
                self.send(Work::Retry { event, attempt }, bytes)
            }
        }
    }

    /// Takes a number, in one of so many times with a reply that is lost, and enqueues the job.
    fn enqueue(&mut self, event: &Value) -> Done {
        let uuid = uuid_of(event);
        self.effect()?;
        if self.is_unlucky(10) {
            self.evidence.faults.push(Fault { fault: FaultKind::Cut, reach: Reach::Nothing });
        }
        let is_lost = self.has(Bug::CountsTwiceAfterALostReply) && self.random.chance(5);
        let count = match self.counted.get(&uuid) {
            Some(count) => *count,
            None => {
                self.counter += if is_lost { 2 } else { 1 };
                self.counted.insert(uuid.clone(), self.counter);
                self.counter
            }
        };
        let incomplete = incomplete(event);
        self.send(Work::Job { uuid, incomplete, count }, 0)
    }

    fn export(&mut self, events: &[Value]) -> Done {
        self.effect()?;
        let incomplete = events.iter().flat_map(incomplete).collect();
        self.tell("exporter", "exported", events.iter().map(uuid_of).collect(), incomplete);
        Ok(())
    }
}

fn uuid_of(event: &Value) -> String {
    event["uuid"].as_str().unwrap_or_default().to_owned()
}

fn incomplete(event: &Value) -> Vec<String> {
    let properties = &event["properties"];
    if properties["kept"] == properties["number"] { Vec::new() } else { vec![uuid_of(event)] }
}
