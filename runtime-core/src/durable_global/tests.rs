use super::*;
use crate::ports::clock::Timestamp;
use crate::ports::virtual_clock::VirtualClock;
use async_trait::async_trait;
use std::sync::Mutex;

/// One document, whose writers lose `races` times.
#[derive(Default)]
struct OneDocument {
    json: Mutex<Option<String>>,
    races: Mutex<usize>,
    puts: Mutex<usize>,
}

#[async_trait]
impl Documents for OneDocument {
    async fn get(&self, _key: &str) -> Result<Option<Document>, Unavailable> {
        let json = self.json.lock().unwrap().clone();
        Ok(json.map(|json| Document { revision: json.clone(), json }))
    }

    async fn put(&self, _key: &str, document: NewDocument, seen: Option<&Document>) -> Result<bool, Unavailable> {
        *self.puts.lock().unwrap() += 1;
        let mut races = self.races.lock().unwrap();
        if *races > 0 {
            *races -= 1;
            *self.json.lock().unwrap() = Some(format!(r#"{{"v":1,"keys":[["race",{races}]]}}"#));
            return Ok(false);
        }
        let mut json = self.json.lock().unwrap();
        assert_eq!(seen.map(|seen| &seen.json), json.as_ref(), "the writer saw what is there");
        *json = Some(document.json);
        Ok(true)
    }

    async fn remove(&self, _key: &str, _seen: &Document) -> Result<bool, Unavailable> {
        unreachable!("snapshots are never removed")
    }
}

fn keys(pairs: &[(&str, &str)]) -> Keys {
    pairs.iter().map(|(key, text)| ((*key).to_owned(), RawValue::from_string((*text).to_owned()).unwrap())).collect()
}

fn texts(keys: &Keys) -> Vec<(&str, &str)> {
    keys.iter().map(|(key, text)| (key.as_str(), text.get())).collect()
}

#[test]
fn changes_are_what_was_set_or_deleted() {
    let before = keys(&[("same", "1"), ("other", "1"), ("gone", "1")]);
    let after = keys(&[("new", "[]"), ("other", "2"), ("same", "1")]);
    let changes = Changes::between(&before, &after);
    assert_eq!(
        (texts(&changes.set), changes.deleted.as_slice()),
        (vec![("new", "[]"), ("other", "2")], &["gone".into()][..])
    );
    assert!(Changes::between(&after, &after).is_empty());
    assert!(
        Changes::between(&keys(&[("a", "1"), ("b", "2")]), &keys(&[("b", "2"), ("a", "1")])).is_empty(),
        "order is no change"
    );
}

#[test]
fn changes_touch_no_other_key() {
    let changes = Changes::between(&keys(&[("gone", "1"), ("mine", "1")]), &keys(&[("mine", "2"), ("new", "3")]));
    let mut stored = keys(&[("theirs", "7"), ("mine", "1"), ("gone", "9")]);
    assert!(changes.apply(&mut stored));
    assert_eq!(texts(&stored), [("theirs", "7"), ("mine", "2"), ("new", "3")]);
    assert!(!changes.apply(&mut stored), "a second time nothing is left to do");
}

#[tokio::test]
async fn a_lost_race_starts_again_from_what_is_there() {
    let documents = OneDocument { races: Mutex::new(ATTEMPTS - 1), ..OneDocument::default() };
    let changes = Changes::between(&Keys::new(), &keys(&[("mine", "1")]));
    save(&documents, "key", &changes).await.unwrap();
    assert_eq!(texts(&load(&documents, "key").await.unwrap()), [("race", "0"), ("mine", "1")]);
    save(&documents, "key", &changes).await.unwrap();
    assert_eq!(*documents.puts.lock().unwrap(), ATTEMPTS, "what is there already is not written again");
    *documents.races.lock().unwrap() = ATTEMPTS;
    let more = Changes::between(&Keys::new(), &keys(&[("mine", "2")]));
    assert!(matches!(save(&documents, "key", &more).await, Err(SnapshotError::Contended)));
}

#[tokio::test]
async fn what_cannot_be_read_is_neither_used_nor_replaced() {
    for json in ["nonsense", r#"{"v":2,"keys":[]}"#, r#"{"v":1,"keys":{"a":1}}"#] {
        let documents = OneDocument { json: Mutex::new(Some(json.to_owned())), ..OneDocument::default() };
        assert!(matches!(load(&documents, "key").await, Err(SnapshotError::Unreadable)), "{json}");
        let changes = Changes::between(&Keys::new(), &keys(&[("mine", "1")]));
        assert!(matches!(save(&documents, "key", &changes).await, Err(SnapshotError::Unreadable)), "{json}");
        assert_eq!(documents.json.lock().unwrap().as_deref(), Some(json));
    }
}

#[tokio::test]
async fn what_is_too_large_together_is_not_stored() {
    let documents = OneDocument::default();
    let half = format!("\"{}\"", "x".repeat(MAXIMUM_BYTES / 2));
    save(&documents, "key", &Changes::between(&Keys::new(), &keys(&[("a", &half)]))).await.unwrap();
    let second = save(&documents, "key", &Changes::between(&Keys::new(), &keys(&[("b", &half)]))).await;
    assert!(matches!(second, Err(SnapshotError::TooLarge)));
    assert_eq!(texts(&load(&documents, "key").await.unwrap()), [("a", half.as_str())]);
}

#[tokio::test]
async fn a_store_that_never_answers_is_given_up() {
    let clock = VirtualClock::at(Timestamp(0));
    let never = in_time(&clock, std::future::pending::<Result<(), SnapshotError>>());
    let (ended, ()) = tokio::join!(never, async {
        clock.wait_for_sleeper().await;
        clock.advance(LONGEST);
    });
    assert!(matches!(ended, Err(SnapshotError::Late)));
}
