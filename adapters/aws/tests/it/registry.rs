//! The registry over its table, its bucket and its key.

use crate::emulator::{NOW, Stack};
use adapter_aws::registry::{AwsRegistry, RegistryNames};
use adapter_aws::tables;
use runtime_core::event::{InstallationId, TeamId};
use runtime_core::ports::conformance::data_keys;
use runtime_core::ports::data_keys::DataKeys;
use runtime_core::ports::entropy::Entropy;
use runtime_core::registry::{Change, RegistryError, SecretBox, SecretText};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Enough for one sealed value.
struct Fixed;

impl Entropy for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(5);
    }
}

/// Two handles as a person has them, and one as a function has it.
async fn handles(stack: &Stack) -> [AwsRegistry; 3] {
    tables::create(&stack.config, "registry", &tables::DOCUMENTS).await.unwrap();
    let key = aws_sdk_kms::Client::new(&stack.config).create_key().send().await.unwrap();
    let key_arn = key.key_metadata.unwrap().arn.unwrap();
    [Some(key_arn.clone()), Some(key_arn), None].map(|key_arn| {
        let names = RegistryNames { table: "registry".to_owned(), bucket: stack.names.bucket.clone(), key_arn };
        AwsRegistry::new(&stack.config, &names, stack.clock.clone())
    })
}

fn change(by: &str) -> Change {
    let tokens = BTreeMap::from([("phc_x".to_owned(), TeamId(2))]);
    Change { by: by.to_owned(), summary: String::new(), tokens, records: Vec::new() }
}

#[tokio::test]
async fn data_keys_pass_their_suite_and_a_function_reads_what_a_person_made() {
    let [first, second, function] = handles(&Stack::new().await).await;
    let refused = function.data_keys.find_or_make().await.unwrap_err();
    assert!(refused.message.contains("only be made with the ARN of a key"), "{refused}");
    data_keys::run(&*first.data_keys, &*second.data_keys).await;
    // The suite leaves no first key.
    let made = first.data_keys.find_or_make().await.unwrap();
    let key = function.data_keys.find().await.unwrap().expect("it was made");
    assert_eq!(key, made);
    let added = first.data_keys.add().await.unwrap();
    assert_eq!(function.data_keys.get(&added.id).await.unwrap(), Some(added), "a function finds what a rotation adds");
    let sealed = SecretBox::new(&key, Arc::new(Fixed)).seal(InstallationId(1), "key", &SecretText::new("x".into()));
    assert_eq!(sealed.key, key.id);
}

#[tokio::test]
async fn two_changes_at_once_and_a_function_that_reads() {
    let [first, second, function] = handles(&Stack::new().await).await;
    let seen = first.registry.read().await.unwrap();
    let (ann, bob) =
        tokio::join!(first.registry.write(&seen, change("ann")), second.registry.write(&seen, change("bob")));
    let (won, lost) = if ann.is_ok() { (ann, bob) } else { (bob, ann) };
    assert_eq!(won.unwrap(), 1);
    assert!(matches!(lost, Err(RegistryError::Conflict { revision: 1, .. })), "{lost:?}");
    assert_eq!(function.registry.revision().await.unwrap(), 1);
    let snapshot = function.registry.read().await.unwrap();
    assert_eq!((snapshot.written_at, snapshot.tokens["phc_x"]), (NOW, TeamId(2)));
}
