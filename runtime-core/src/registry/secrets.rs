//! Secrets of installations: sealed where they are stored, and never shown.

use crate::event::InstallationId;
use crate::ports::data_keys::DataKey;
use crate::ports::entropy::Entropy;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The format of sealed values.
const FORMAT: u64 = 1;

/// The text of a secret. What prints it prints `<secret>`.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// That text, which from now on nothing prints.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for the app that it is meant for.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<secret>")
    }
}

impl fmt::Display for SecretText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<secret>")
    }
}

/// A secret as it is stored: AES-256-GCM with the installation and the field as associated data, so that it opens in its own
/// place only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// The format.
    pub v: u64,
    /// The id of the key.
    pub key: String,
    /// Base64 of 12 bytes.
    pub nonce: String,
    /// Base64 of the cipher text and its tag of 16 bytes.
    pub ciphertext: String,
}

/// Why a sealed value does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// There is no data key.
    #[error("the secret {field} cannot be read: there is no data key; restore it, or set the secret again")]
    NoKey {
        /// The field.
        field: String,
    },
    /// It was sealed under another key.
    #[error(
        "the secret {field} was sealed under the data key {key}, and this one is {here}: restore that key, or set the secret again"
    )]
    OtherKey {
        /// The field.
        field: String,
        /// The key that it was sealed under.
        key: String,
        /// The key that is there.
        here: String,
    },
    /// A later release has sealed it.
    #[error("the secret {field} has format {found} and this release reads {FORMAT}: update hedgerow")]
    Newer {
        /// The field.
        field: String,
        /// Its format.
        found: u64,
    },
    /// It was changed, or moved here from another field or installation.
    #[error("the secret {field} was not sealed for this field of this installation, or is damaged: set it again")]
    Forged {
        /// The field.
        field: String,
    },
}

/// Seals secrets under one data key, and opens those under that one and others.
#[derive(Clone)]
pub struct SecretBox {
    key_id: String,
    key: Arc<LessSafeKey>,
    /// Keys that only open, by their ids.
    others: BTreeMap<String, Arc<LessSafeKey>>,
    entropy: Arc<dyn Entropy>,
}

impl SecretBox {
    /// Under that key. `entropy` must be fit for keys: a nonce that came twice would betray both secrets.
    #[must_use]
    pub fn new(key: &DataKey, entropy: Arc<dyn Entropy>) -> Self {
        Self { key_id: key.id.clone(), key: cipher(key), others: BTreeMap::new(), entropy }
    }

    /// Opens what was sealed under this key, too.
    #[must_use]
    pub fn and(mut self, key: &DataKey) -> Self {
        self.others.insert(key.id.clone(), cipher(key));
        self
    }

    /// The id of the key under which it seals.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Seals a value for one field of one installation.
    #[must_use]
    pub fn seal(&self, installation: InstallationId, field: &str, value: &SecretText) -> Sealed {
        let mut nonce = [0; NONCE_LEN];
        self.entropy.fill(&mut nonce);
        let mut bytes = value.expose().as_bytes().to_vec();
        let place = Aad::from(place(installation, field));
        let sealed = self.key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), place, &mut bytes);
        sealed.expect("a secret is shorter than the 64 GB that the cipher takes");
        Sealed {
            v: FORMAT,
            key: self.key_id.clone(),
            nonce: STANDARD.encode(nonce),
            ciphertext: STANDARD.encode(bytes),
        }
    }

    /// Opens what was sealed for that field of that installation.
    ///
    /// # Errors
    /// Every [`SecretError`] but [`SecretError::NoKey`].
    pub fn open(&self, installation: InstallationId, field: &str, sealed: &Sealed) -> Result<SecretText, SecretError> {
        let field_name = || field.to_owned();
        if sealed.v > FORMAT {
            return Err(SecretError::Newer { field: field_name(), found: sealed.v });
        }
        let key = if sealed.key == self.key_id { Some(&self.key) } else { self.others.get(&sealed.key) };
        let other_key = || {
            let (key, here) = (sealed.key.clone(), self.key_id.clone());
            SecretError::OtherKey { field: field_name(), key, here }
        };
        let key = key.ok_or_else(other_key)?;
        opened(key, installation, field, sealed).ok_or_else(|| SecretError::Forged { field: field_name() })
    }
}

fn cipher(key: &DataKey) -> Arc<LessSafeKey> {
    let unbound = UnboundKey::new(&AES_256_GCM, &key.bytes).expect("a key of AES-256 has 32 bytes");
    Arc::new(LessSafeKey::new(unbound))
}

fn opened(key: &LessSafeKey, installation: InstallationId, field: &str, sealed: &Sealed) -> Option<SecretText> {
    let nonce: [u8; NONCE_LEN] = STANDARD.decode(&sealed.nonce).ok()?.try_into().ok()?;
    let mut bytes = STANDARD.decode(&sealed.ciphertext).ok()?;
    let place = Aad::from(place(installation, field));
    let text = key.open_in_place(Nonce::assume_unique_for_key(nonce), place, &mut bytes).ok()?;
    String::from_utf8(text.to_vec()).ok().map(SecretText)
}

impl fmt::Debug for SecretBox {
    /// The name of its key only.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SecretBox").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// What a sealed value is bound to. A number ends before the field begins, so that no two places read the same.
fn place(installation: InstallationId, field: &str) -> Vec<u8> {
    format!("hedgerow secret\0{installation}\0{field}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU8, Ordering};

    /// Counts, which is enough for nonces that differ.
    struct Counting(AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
        }
    }

    fn secret_box(id: &str, byte: u8) -> SecretBox {
        SecretBox::new(&DataKey { id: id.to_owned(), bytes: [byte; 32] }, Arc::new(Counting(AtomicU8::new(0))))
    }

    fn text(text: &str) -> SecretText {
        SecretText::new(text.to_owned())
    }

    const ONE: InstallationId = InstallationId(1);

    #[test]
    fn what_was_sealed_opens_in_its_own_place_only() {
        let keys = secret_box("k", 7);
        let sealed = keys.seal(ONE, "key", &text("hunter2 \u{e4}"));
        assert_eq!(keys.open(ONE, "key", &sealed), Ok(text("hunter2 \u{e4}")));
        let forged = |field: &str| Err(SecretError::Forged { field: field.to_owned() });
        assert_eq!(keys.open(ONE, "other", &sealed), forged("other"));
        assert_eq!(keys.open(InstallationId(11), "key", &sealed), forged("key"));
        let other = keys.seal(ONE, "key", &text("hunter3"));
        assert_eq!(keys.open(ONE, "key", &Sealed { nonce: other.nonce, ..sealed.clone() }), forged("key"));
        assert_eq!(keys.open(ONE, "key", &Sealed { ciphertext: "AAAA".to_owned(), ..sealed }), forged("key"));
    }

    #[test]
    fn the_same_value_is_sealed_differently_each_time_and_shows_nothing() {
        let keys = secret_box("k", 7);
        let [first, second] = [(), ()].map(|()| keys.seal(ONE, "key", &text("hunter2")));
        assert_ne!(first.ciphertext, second.ciphertext);
        assert!(!serde_json::to_string(&first).unwrap().contains(&STANDARD.encode("hunter2")));
    }

    #[test]
    fn another_key_and_a_later_format_are_named() {
        let sealed = secret_box("old", 1).seal(ONE, "key", &text("x"));
        let error = secret_box("new", 1).open(ONE, "key", &sealed).unwrap_err().to_string();
        assert!(error.contains("under the data key old, and this one is new"), "{error}");
        let same_name = secret_box("old", 2).open(ONE, "key", &sealed);
        assert_eq!(same_name, Err(SecretError::Forged { field: "key".to_owned() }));
        let later = secret_box("old", 1).open(ONE, "key", &Sealed { v: 2, ..sealed });
        assert_eq!(later, Err(SecretError::Newer { field: "key".to_owned(), found: 2 }));
    }

    #[test]
    fn an_added_key_opens_and_does_not_seal() {
        let sealed = secret_box("old", 1).seal(ONE, "key", &text("x"));
        let keys = secret_box("new", 2).and(&DataKey { id: "old".to_owned(), bytes: [1; 32] });
        assert_eq!(keys.open(ONE, "key", &sealed), Ok(text("x")));
        assert_eq!(keys.seal(ONE, "key", &text("y")).key, "new");
        assert_eq!(keys.key_id(), "new");
    }

    #[test]
    fn nothing_prints_a_secret() {
        let secret = text("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "<secret> <secret>");
        assert_eq!(secret.expose(), "hunter2");
        let key = DataKey { id: "k".to_owned(), bytes: [77; 32] };
        assert!(!format!("{key:?} {:?}", secret_box("k", 77)).contains("77"));
    }
}
