//! Emulator mode: the binaries of the Lambda functions, fed from queues of an emulator by strict pollers, behind proxies that
//! break things, and killed at points that the seed chooses.

mod collect;
mod environment;
mod progress;
mod stack;
mod ticks;
mod timeouts;
mod worker;

pub use worker::WorkError;

use crate::endpoint::{Endpoint, Plan};
use crate::events::{self, Shape};
use crate::files::{FAULTS, INPUT, Lines, RECORDING};
use crate::proxy::{Meddling, Shared};
use crate::random::Random;
use crate::sabotage::Sabotage;
use crate::work::uuids_in;
use collect::Collector;
use environment::Function;
use lambda_double::aws::Service;
use lambda_double::poller::Poller;
use progress::Progress;
use serde_json::{Value, json};
use stack::{QUEUES, Stack, dead_letter_queue};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use ticks::Ticks;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use worker::{Weather, Worker};

/// What a message can hold.
const MESSAGE_BYTES: usize = 1 << 20;
/// What `SendMessageBatch` takes at most.
const BATCH_MESSAGES: usize = 10;
/// How often the harness looks whether everything is done.
const LOOK: Duration = Duration::from_secs(2);

/// A run to make.
#[derive(Debug, Clone)]
pub struct EmulatorRun {
    /// The folder for everything that the run leaves; emptied first.
    pub folder: PathBuf,
    /// The folder of the functions' programs.
    pub programs: PathBuf,
    /// The address of the emulator.
    pub emulator: String,
    /// The input.
    pub shape: Shape,
    /// How often something is killed at most; with 0, nothing else is broken either.
    pub kills: u32,
    /// When to give up waiting for the end.
    pub patience: Duration,
    /// By how much time runs faster for messages that wait.
    pub pace: u64,
    /// A bug that the checker has to find.
    pub sabotage: Option<Sabotage>,
    /// Further variables of the functions.
    pub variables: Vec<(String, String)>,
}

/// What the workers share.
struct Site {
    stack: Stack,
    shared: Arc<Shared>,
    progress: Arc<Progress>,
    weather: Weather,
}

impl EmulatorRun {
    /// Makes the run and leaves its files in the folder. A run that does not come to its end within `patience` is left to the
    /// checker as it is.
    ///
    /// # Errors
    /// When something broke that was not meant to.
    pub async fn make(&self) -> Result<(), WorkError> {
        events::prepare(&self.folder, self.shape)?;
        let input = fs::read_to_string(self.folder.join(INPUT))?;
        let plan = if self.is_calm() { Plan::calm() } else { Plan::faulty(self.shape.seed, self.shape.events * 4 / 3) };
        let endpoint = Endpoint::start(&self.folder.join(RECORDING), plan).await?;
        let stack = Stack::make(&self.emulator, &endpoint.url(), self.variables.clone()).await?;
        let faults = Lines::append_to(&self.folder.join(FAULTS))?;
        let remarks = Lines::append_to(&self.folder.join("remarks.jsonl"))?;
        let meddling = Meddling { pace: self.pace, sabotage: self.sabotage, ..Meddling::none() };
        let site = Site {
            stack,
            shared: Arc::new(Shared::new(faults, meddling)),
            progress: Arc::new(Progress::new(self.kills, remarks)),
            weather: self.weather(),
        };
        let mut workers = self.workers(&site);
        let collector = Collector::new(site.stack.clone(), &self.folder)?;
        let progress = Arc::clone(&site.progress);
        workers.spawn(async move { collector.collect_sink(&progress).await });
        let ticks = Ticks::new(self.function("run-tasks", "ticks", &site), site.stack.clone());
        let progress = Arc::clone(&site.progress);
        workers.spawn(async move { ticks.run(&progress).await });
        if !self.is_calm() {
            workers.spawn(break_the_sink(Arc::clone(&site.shared), Random::new(self.shape.seed, "sink")));
        }
        self.feed(&site, &input).await?;
        let ended = self.wait(&site, &mut workers).await;
        site.progress.end();
        while let Some(worker) = workers.join_next().await {
            worker.expect("no worker panics")?;
        }
        ended?;
        if !self.is_calm() {
            timeouts::note(&self.folder, &site.shared.faults)?;
        }
        Collector::new(site.stack, &self.folder)?.collect_dead_letters().await
    }

    fn weather(&self) -> Weather {
        match self.sabotage {
            // Nothing is lost by it as long as nobody dies.
            Some(Sabotage::AcknowledgeFirst) => Weather { kills_per_mille: 400, ..Weather::CALM },
            _ if self.is_calm() => Weather::CALM,
            _ => Weather::FAULTY,
        }
    }

    /// With a bug, nothing else is to be found.
    fn is_calm(&self) -> bool {
        self.kills == 0 || self.sabotage.is_some()
    }

    fn function(&self, name: &str, log: &str, site: &Site) -> Function {
        Function {
            program: self.programs.join(name).with_extension(std::env::consts::EXE_EXTENSION),
            log: self.folder.join(format!("log-{log}.txt")),
            emulator: self.emulator.clone(),
            shared: Arc::clone(&site.shared),
        }
    }

    /// Environments for each queue, with small batches and with large ones, and one for what queues gave up.
    fn workers(&self, site: &Site) -> JoinSet<Result<(), WorkError>> {
        let second = Duration::from_secs(1);
        let mut workers = JoinSet::new();
        let mut hire = |name: &str, queues: &[(&str, usize, Duration)]| {
            let number = workers.len();
            let pollers = queues.iter().map(|(queue, size, window)| {
                Poller::new(site.stack.client.clone(), site.stack.mapping(queue, *size, *window))
            });
            let worker = Worker {
                function: self.function(name, &format!("{number}-{name}"), site),
                stack: site.stack.clone(),
                pollers: pollers.collect(),
                weather: site.weather,
                random: Random::new(self.shape.seed, &format!("worker {number}")),
                progress: Arc::clone(&site.progress),
                copies: Vec::new(),
            };
            workers.spawn(worker.work());
        };
        // An invocation lasts as long as its slowest record, which under throttling is most of a minute.
        let crews = usize::try_from(1 + self.shape.events / 5_000).unwrap_or(1).min(4);
        let batches = [(10, Duration::ZERO), (50, second), (100, second)].repeat(crews);
        for (batch_size, window) in batches {
            hire("process-events", &[("events", batch_size, window), ("continuations", 10, Duration::ZERO)]);
            hire("run-tasks", &[("jobs", batch_size, window)]);
        }
        hire("process-events", &[("continuations", 10, Duration::ZERO)]);
        hire("export-events", &[("exports", 10, Duration::ZERO)]);
        hire("export-events", &[("exports", 100, second)]);
        let dead = QUEUES.map(dead_letter_queue);
        let dead = dead.each_ref().map(|queue| (queue.as_str(), 10, Duration::ZERO));
        hire("run-tasks", &dead);
        workers
    }

    /// Sends the input to the events queue; what is too large for a message goes into the bucket.
    async fn feed(&self, site: &Site, input: &str) -> Result<(), WorkError> {
        let (mut entries, mut bytes) = (Vec::new(), 0);
        for line in input.lines() {
            let (body, attributes) = if line.len() >= MESSAGE_BYTES {
                let name = site.stack.put_blob(line.to_owned()).await?;
                site.shared.blobs.name(&name, uuids_in(&serde_json::from_str(line).unwrap_or(Value::Null)));
                (name, json!({"hedgerow-blob": {"DataType": "String", "StringValue": "sha-256"}}))
            } else {
                (line.to_owned(), json!({}))
            };
            if entries.len() == BATCH_MESSAGES || bytes + body.len() + 100 > MESSAGE_BYTES {
                self.send(site, std::mem::take(&mut entries)).await?;
                bytes = 0;
            }
            bytes += body.len() + 100;
            entries
                .push(json!({"Id": entries.len().to_string(), "MessageBody": body, "MessageAttributes": attributes}));
        }
        self.send(site, entries).await
    }

    async fn send(&self, site: &Site, entries: Vec<Value>) -> Result<(), WorkError> {
        if entries.is_empty() {
            return Ok(());
        }
        let count = entries.len();
        let input = json!({"QueueUrl": site.stack.url("events"), "Entries": entries});
        let answer = site.stack.client.call(Service::Sqs, "SendMessageBatch", &input).await?;
        let sent = answer["Successful"].as_array().map_or(0, Vec::len);
        if sent < count {
            return Err(WorkError::NotSent(answer["Failed"].to_string()));
        }
        Ok(())
    }

    /// Waits until every queue is empty and nobody works, twice in a row.
    async fn wait(&self, site: &Site, workers: &mut JoinSet<Result<(), WorkError>>) -> Result<(), WorkError> {
        let until = Instant::now() + self.patience;
        let mut calm_looks = 0;
        while calm_looks < 2 && Instant::now() < until {
            tokio::select! {
                () = sleep(LOOK) => {}
                Some(ended) = workers.join_next() => ended.expect("no worker panics")?,
            }
            calm_looks = if site.is_done().await? { calm_looks + 1 } else { 0 };
        }
        if calm_looks < 2 {
            site.progress.remark("the run did not come to its end in time")?;
        }
        Ok(())
    }
}

/// Takes the sink down for some seconds: longer than calls are repeated.
async fn break_the_sink(shared: Arc<Shared>, mut random: Random) -> Result<(), WorkError> {
    sleep(Duration::from_secs(2 + random.below(10))).await;
    shared.take_down(Some(stack::OUTPUT))?;
    sleep(Duration::from_secs(10 + random.below(20))).await;
    Ok(shared.take_down(None)?)
}

impl Site {
    async fn is_done(&self) -> Result<bool, WorkError> {
        for queue in QUEUES {
            if self.stack.depth(queue).await? + self.stack.depth(&dead_letter_queue(queue)).await? > 0 {
                return Ok(false);
            }
        }
        let is_empty = self.stack.depth(stack::OUTPUT).await? == 0 && self.stack.items("due").await?.is_empty();
        Ok(is_empty && self.progress.is_idle())
    }
}
