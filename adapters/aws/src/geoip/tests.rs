//! The keeping of a database, over a source that a test holds in its hand.

use super::source::Object;
use super::*;
use crate::digest::sha256;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use runtime_core::ports::conformance::mmdb;
use runtime_core::ports::virtual_clock::VirtualClock;
use serde_json::json;
use std::collections::VecDeque;
use tokio::sync::Semaphore;

/// What the source answers next.
enum Answer {
    /// An object with that ETag.
    Content(&'static str, Vec<u8>),
    /// Fewer bytes than were announced.
    Short(Vec<u8>),
    Unchanged,
    Fails(Failure),
    Panics,
}

#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Answer>>,
    /// The ETags that were asked for.
    asked: Mutex<Vec<Option<String>>>,
    /// A permit for each answer that may be given.
    may_answer: Option<Semaphore>,
}

struct Scripted(Arc<Script>);

#[async_trait]
impl Source for Scripted {
    fn name(&self) -> &'static str {
        "s3://bucket/cities.mmdb"
    }

    async fn get(&self, unless: Option<&str>) -> Result<Option<Object>, Failure> {
        self.0.asked.lock().unwrap().push(unless.map(str::to_owned));
        if let Some(permits) = &self.0.may_answer {
            permits.acquire().await.unwrap().forget();
        }
        let answer = self.0.answers.lock().unwrap().pop_front().expect("nothing more was expected to be asked");
        let object = |etag: Option<&str>, length: usize, content: Vec<u8>| {
            let pieces: Vec<_> = content.chunks(100).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
            Object { etag: etag.map(str::to_owned), length: Some(length as u64), body: stream::iter(pieces).boxed() }
        };
        match answer {
            Answer::Content(etag, content) => Ok(Some(object(Some(etag), content.len(), content))),
            Answer::Short(content) => Ok(Some(object(None, content.len() + 1, content))),
            Answer::Unchanged => Ok(None),
            Answer::Fails(failure) => Err(failure),
            Answer::Panics => panic!("a defect"),
        }
    }
}

struct Stage {
    geoip: S3GeoIp,
    clock: Arc<VirtualClock>,
    script: Arc<Script>,
    folder: tempfile::TempDir,
}

const HOUR: Duration = Duration::from_secs(3600);

impl Stage {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::with(answers, None, None)
    }

    fn with(answers: impl IntoIterator<Item = Answer>, sha256: Option<String>, may_answer: Option<usize>) -> Self {
        let script = Script {
            answers: Mutex::new(answers.into_iter().collect()),
            may_answer: may_answer.map(Semaphore::new),
            ..Script::default()
        };
        let (script, clock) = (Arc::new(script), Arc::new(VirtualClock::at(Timestamp(1_672_531_200_000))));
        let folder = tempfile::tempdir().unwrap();
        let shared = Shared {
            source: Box::new(Scripted(Arc::clone(&script))),
            clock: clock.clone(),
            sha256,
            refresh: HOUR,
            folder: folder.path().to_owned(),
            state: Mutex::default(),
        };
        Self { geoip: S3GeoIp { shared: Arc::new(shared) }, clock, script, folder }
    }

    /// The name of the city; or `not ready`, or `unavailable: ` with the reason.
    async fn city(&self) -> String {
        match self.geoip.locate("192.0.2.1").await {
            Ok(record) => {
                record.expect("it is in every database here")["city"]["names"]["en"].as_str().unwrap().to_owned()
            }
            Err(LocateError::NotReady) => "not ready".to_owned(),
            Err(LocateError::Unavailable(why)) => format!("unavailable: {}", why.message),
        }
    }

    /// Waits for the look that goes on in the background.
    async fn look_ends(&self) {
        let look = self.geoip.shared.state().under_way();
        if let Some(mut look) = look {
            look.changed().await.expect_err("it is closed");
        }
    }

    fn asked(&self) -> Vec<Option<String>> {
        self.script.asked.lock().unwrap().clone()
    }

    fn failure(&self) -> String {
        self.geoip.shared.state().said.clone().unwrap_or_default()
    }
}

fn unavailable() -> Answer {
    Answer::Fails(Failure::Unavailable("no route".to_owned()))
}

/// A database with one network, whose city has that name.
fn database(city: &str) -> Vec<u8> {
    mmdb::database("GeoLite2-City", &[("192.0.2.0", 24, json!({"city": {"names": {"en": city}}}))])
}

#[tokio::test]
async fn nothing_is_read_before_the_first_look_up_and_then_once_for_all() {
    let stage = Stage::with([Answer::Content("a", database("Kiruna"))], None, Some(0));
    assert!(stage.asked().is_empty());
    let free = async {
        tokio::task::yield_now().await;
        stage.script.may_answer.as_ref().unwrap().add_permits(1);
    };
    let (first, second, third, ()) = tokio::join!(stage.city(), stage.city(), stage.city(), free);
    assert_eq!([first, second, third], ["Kiruna", "Kiruna", "Kiruna"]);
    assert_eq!(stage.asked(), [None]);
}

#[tokio::test]
async fn whoever_gives_up_leaves_the_fetch_to_the_others() {
    let stage = Stage::with([Answer::Content("a", database("Kiruna"))], None, Some(0));
    {
        let mut impatient = std::pin::pin!(stage.city());
        assert!(futures_util::poll!(&mut impatient).is_pending(), "it waits for the fetch");
    }
    stage.script.may_answer.as_ref().unwrap().add_permits(1);
    assert_eq!(stage.city().await, "Kiruna");
    assert_eq!(stage.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn work_is_put_off_if_the_first_fetch_lasts() {
    let stage = Stage::with([Answer::Content("a", database("Kiruna"))], None, Some(0));
    assert_eq!(stage.city().await, "unavailable: s3://bucket/cities.mmdb is still being fetched");
    stage.script.may_answer.as_ref().unwrap().add_permits(1);
    assert_eq!(stage.city().await, "Kiruna");
    assert_eq!(stage.asked().len(), 1);
}

#[tokio::test]
async fn after_an_hour_it_is_asked_for_a_change_beside_the_look_ups() {
    let stage = Stage::new([
        Answer::Content("a", database("Kiruna")),
        Answer::Unchanged,
        Answer::Content("b", database("Luleå")),
    ]);
    assert_eq!(stage.city().await, "Kiruna");
    stage.clock.advance(HOUR - Duration::from_millis(1));
    assert_eq!(stage.city().await, "Kiruna");
    assert_eq!(stage.asked().len(), 1, "an hour has not passed");
    stage.clock.advance(Duration::from_millis(1));
    assert_eq!(stage.city().await, "Kiruna");
    stage.look_ends().await;
    stage.clock.advance(HOUR);
    assert_eq!(stage.city().await, "Kiruna", "the new one is on its way");
    stage.look_ends().await;
    assert_eq!(stage.city().await, "Luleå");
    assert_eq!(stage.asked(), [None, Some("a".to_owned()), Some("a".to_owned())]);
}

#[tokio::test]
async fn a_failed_refresh_leaves_the_old_one_in_place() {
    let broken = database("Luleå")[..50].to_vec();
    let stage = Stage::new([
        Answer::Content("a", database("Kiruna")),
        unavailable(),
        Answer::Content("b", broken),
        Answer::Unchanged,
        Answer::Content("c", database("Gävle")),
    ]);
    assert_eq!(stage.city().await, "Kiruna");
    stage.clock.advance(HOUR);
    for said in ["no route", "s3://bucket/cities.mmdb: the geoip database cannot be read: give an unpacked .mmdb file"]
    {
        assert_eq!(stage.city().await, "Kiruna");
        stage.look_ends().await;
        assert_eq!(stage.failure(), said);
        stage.clock.advance(AGAIN_IF_STALE);
    }
    assert_eq!(stage.city().await, "Kiruna");
    stage.look_ends().await;
    assert!(stage.failure().contains("cannot be read"), "it is what it was: {}", stage.failure());
    stage.clock.advance(AGAIN_IF_STALE);
    assert_eq!(stage.city().await, "Kiruna");
    stage.look_ends().await;
    assert_eq!((stage.city().await.as_str(), stage.failure().as_str()), ("Gävle", ""));
    let b = || Some("b".to_owned());
    assert_eq!(stage.asked()[2..], [Some("a".to_owned()), b(), b()], "what is broken is not fetched twice");
}

#[tokio::test]
async fn what_is_missing_or_broken_is_no_database_until_it_is_there() {
    let countries = mmdb::database("GeoLite2-Country", &[("192.0.2.0", 24, json!({}))]);
    let missing = Failure::Unusable { message: "there is none".to_owned(), etag: None };
    let stage = Stage::new([
        Answer::Fails(missing),
        Answer::Content("a", countries),
        Answer::Unchanged,
        Answer::Content("b", database("Kiruna")),
    ]);
    assert_eq!((stage.city().await.as_str(), stage.city().await.as_str()), ("not ready", "not ready"));
    assert_eq!(stage.asked().len(), 1, "it is not asked at every look-up");
    for _ in 0..2 {
        stage.clock.advance(AGAIN_IF_UNUSABLE);
        assert_eq!(stage.city().await, "not ready");
        assert!(stage.failure().contains("is of type GeoLite2-Country: give one of cities"), "{}", stage.failure());
    }
    stage.clock.advance(AGAIN_IF_UNUSABLE);
    assert_eq!(stage.city().await, "Kiruna");
    assert_eq!(stage.asked()[1..], [None, Some("a".to_owned()), Some("a".to_owned())]);
}

#[tokio::test]
async fn what_cannot_be_reached_puts_work_off_and_is_asked_again_soon() {
    let stage = Stage::new([
        unavailable(),
        Answer::Short(database("Kiruna")),
        Answer::Panics,
        Answer::Content("a", database("Kiruna")),
    ]);
    assert_eq!([stage.city().await, stage.city().await], ["unavailable: no route", "unavailable: no route"]);
    stage.clock.advance(AGAIN_IF_UNAVAILABLE);
    let short = stage.city().await;
    assert!(short.starts_with("unavailable: GetObject: ") && short.ends_with(" bytes came"), "{short}");
    stage.clock.advance(AGAIN_IF_UNAVAILABLE);
    assert!(stage.city().await.starts_with("unavailable: "), "a defect of ours is no reason to stop asking");
    stage.clock.advance(AGAIN_IF_UNAVAILABLE);
    assert_eq!(stage.city().await, "Kiruna");
}

#[tokio::test]
async fn a_digest_that_was_given_has_to_be_that_of_the_file() {
    let (right, other) = (database("Kiruna"), database("Luleå"));
    let answers = [Answer::Content("a", other.clone()), Answer::Content("b", right.clone())];
    let stage = Stage::with(answers, Some(sha256(&right)), None);
    assert_eq!(stage.city().await, "not ready");
    let (found, expected) = (sha256(&other), sha256(&right));
    let said = format!(
        "s3://bucket/cities.mmdb: its SHA-256 is {found}, not {expected}: put the right file there, or deploy with GeoIpSha256={found}"
    );
    assert_eq!(stage.failure(), said);
    stage.clock.advance(AGAIN_IF_UNUSABLE);
    assert_eq!(stage.city().await, "Kiruna");
}

#[tokio::test]
async fn nothing_is_left_on_the_disk() {
    let stage = Stage::new([Answer::Content("a", database("Kiruna")), Answer::Short(database("Luleå"))]);
    assert_eq!(stage.city().await, "Kiruna");
    stage.clock.advance(HOUR);
    assert_eq!(stage.city().await, "Kiruna");
    stage.look_ends().await;
    assert_eq!(
        stage.folder.path().read_dir().unwrap().count(),
        0,
        "files have no names, and what is mapped is readable"
    );
    assert_eq!(stage.city().await, "Kiruna");
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_to_is_said() {
    let mut stage = Stage::new([Answer::Content("a", database("Kiruna"))]);
    let gone = stage.folder.path().join("gone");
    Arc::get_mut(&mut stage.geoip.shared).unwrap().folder = gone;
    assert_eq!(stage.city().await, "not ready");
    assert!(stage.failure().contains("cannot be written to"), "{}", stage.failure());
}

#[test]
fn an_arn_names_a_bucket_and_a_key() {
    let name = |bucket: &str, key: &str| Some(ObjectName { bucket: bucket.to_owned(), key: key.to_owned() });
    assert_eq!(ObjectName::from_arn("arn:aws-cn:s3:::b/geo/c:1.mmdb"), name("b", "geo/c:1.mmdb"));
    for text in ["", "b/c", "arn:aws:s3:::b", "arn:aws:s3:::/c", "arn:aws:s3:::b/", "arn:aws:sqs:eu-west-1:1:b/c"] {
        assert_eq!(ObjectName::from_arn(text), None, "{text}");
    }
}
