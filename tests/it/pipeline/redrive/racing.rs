//! Several redrivers, and redrivers that crash.

use super::{app, only_letter, world_of};
use async_trait::async_trait;
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::dead_letters::{Claim, DeadLetter, DeadLetters, LetterFilter};
use runtime_core::ports::delayed_queue::{DelayedMessage, DelayedQueue, Lane};
use runtime_core::redrive::{CLAIM, RedriveError, RedrivePorts, redrive};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tests::World;
use tokio::sync::Semaphore;

/// Keeps what is sent, and lets a sender wait for a permit.
struct Outbox {
    sent: Mutex<Vec<DelayedMessage>>,
    permits: Semaphore,
}

impl Outbox {
    fn with_permits(permits: usize) -> Arc<Self> {
        Arc::new(Self { sent: Mutex::default(), permits: Semaphore::new(permits) })
    }

    fn ids(&self) -> Vec<String> {
        self.sent.lock().expect("nobody panics with it").iter().map(|message| message.id.clone()).collect()
    }
}

#[async_trait]
impl DelayedQueue for Outbox {
    async fn send(&self, message: DelayedMessage) -> Result<(), Unavailable> {
        self.permits.acquire().await.expect("it is never closed").forget();
        self.sent.lock().expect("nobody panics with it").push(message);
        Ok(())
    }
}

/// Letters of a redriver that dies before it marks one.
struct NeverMarked(Arc<dyn DeadLetters>);

#[async_trait]
impl DeadLetters for NeverMarked {
    async fn put(&self, letter: DeadLetter) -> Result<(), Unavailable> {
        self.0.put(letter).await
    }

    async fn list(&self, filter: &LetterFilter, limit: usize) -> Result<Vec<DeadLetter>, Unavailable> {
        self.0.list(filter, limit).await
    }

    async fn get(&self, id: &str) -> Result<Option<DeadLetter>, Unavailable> {
        self.0.get(id).await
    }

    async fn claim(&self, id: &str, now: Timestamp, until: Timestamp) -> Result<Claim, Unavailable> {
        self.0.claim(id, now, until).await
    }

    async fn redriven(&self, _id: &str, _at: Timestamp) -> Result<(), Unavailable> {
        Err(Unavailable { port: "dead letters", message: "the redriver has died".into(), source: None })
    }

    async fn remove(&self, id: &str) -> Result<bool, Unavailable> {
        self.0.remove(id).await
    }
}

/// A job that has failed, and its letter.
async fn failed_job() -> (World, DeadLetter) {
    let world = world_of(&app(false)).await;
    let job = r#"{"v":1,"installation":1,"name":"work","payload":null,"hops":0}"#;
    world.pipeline.run_job(&world.message("job-1", Lane::Jobs, job.into())).await.expect("every port is there");
    let letter = only_letter(&world).await;
    (world, letter)
}

fn ports(world: &World, outbox: &Arc<Outbox>) -> RedrivePorts {
    RedrivePorts { dead_letters: world.store.dead_letters(), queue: outbox.clone(), clock: world.clock.clone() }
}

#[tokio::test]
async fn a_letter_is_sent_once() {
    let (world, letter) = failed_job().await;
    let outbox = Outbox::with_permits(9);
    let redriven = redrive(&ports(&world, &outbox), &letter.id).await.expect("it waits");
    let again = redrive(&ports(&world, &outbox), &letter.id).await.expect_err("it was sent");
    assert!(matches!(again, RedriveError::AlreadyRedriven(_)), "{again}");
    world.clock.advance(CLAIM + Duration::from_secs(1));
    let later = redrive(&ports(&world, &outbox), &letter.id).await.expect_err("it was sent");
    assert!(matches!(later, RedriveError::AlreadyRedriven(_)), "{later}");
    assert_eq!(outbox.ids(), [redriven.message_id]);
    let missing = redrive(&ports(&world, &outbox), "other").await.expect_err("there is none");
    assert!(matches!(missing, RedriveError::Missing(_)), "{missing}");
}

#[tokio::test]
async fn of_two_at_the_same_time_one_sends() {
    let (world, letter) = failed_job().await;
    let outbox = Outbox::with_permits(0);
    let first = tokio::spawn({
        let (ports, id) = (ports(&world, &outbox), letter.id.clone());
        async move { redrive(&ports, &id).await }
    });
    // The test has one thread: after this the first one waits in the middle of its sending.
    tokio::task::yield_now().await;
    let second = redrive(&ports(&world, &outbox), &letter.id).await.expect_err("the first one has it");
    assert!(matches!(second, RedriveError::Taken(_)), "{second}");
    outbox.permits.add_permits(1);
    first.await.expect("it does not panic").expect("it was the first");
    assert_eq!(outbox.ids().len(), 1);
}

#[tokio::test]
async fn after_a_crash_the_next_one_sends_the_same_message() {
    let (world, letter) = failed_job().await;
    let outbox = Outbox::with_permits(9);
    let dying =
        RedrivePorts { dead_letters: Arc::new(NeverMarked(world.store.dead_letters())), ..ports(&world, &outbox) };
    let died = redrive(&dying, &letter.id).await.expect_err("it died after sending");
    assert!(matches!(died, RedriveError::NotMarked { .. }) && died.is_outage(), "{died}");
    world.clock.advance(CLAIM - Duration::from_millis(1));
    let early = redrive(&ports(&world, &outbox), &letter.id).await.expect_err("the claim lasts");
    assert!(matches!(early, RedriveError::Taken(_)), "{early}");
    world.clock.advance(Duration::from_millis(1));
    redrive(&ports(&world, &outbox), &letter.id).await.expect("the claim has ended");
    let ids = outbox.ids();
    assert_eq!((ids.len(), &ids[0]), (2, &ids[1]), "a queue that holds the first one still takes no second");
}
