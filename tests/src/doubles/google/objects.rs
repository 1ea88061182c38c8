//! An object of Cloud Storage: its content, its resource
//! (<https://cloud.google.com/storage/docs/json_api/v1/objects#resource>), its hashes.

use crate::doubles::reply::Reply;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use md5::{Digest, Md5};
use serde_json::{Map, Value, json};

/// The time of everything that this double makes.
const TIME: &str = "2023-01-01T00:00:00.000Z";

/// An object.
#[derive(Debug, Clone)]
pub struct Object {
    resource: Map<String, Value>,
    content: Bytes,
}

impl Object {
    /// An object with these members given by the client; `generation` tells it from an earlier one of the name.
    pub fn new(bucket: &str, name: &str, given: &Value, content: Bytes, generation: u64) -> Self {
        let mut resource = json!({
            "kind": "storage#object",
            "id": format!("{bucket}/{name}/{generation}"),
            "name": name,
            "bucket": bucket,
            "generation": generation.to_string(),
            "metageneration": "1",
            "contentType": "application/octet-stream",
            "storageClass": "STANDARD",
            "size": content.len().to_string(),
            "md5Hash": md5_of(&content),
            "crc32c": crc32c_of(&content),
            "etag": STANDARD.encode(generation.to_be_bytes()),
            "timeCreated": TIME,
            "updated": TIME,
        });
        let resource = std::mem::take(resource.as_object_mut().expect("it is an object"));
        let mut object = Self { resource, content };
        object.change(given);
        object
    }

    /// The resource.
    pub fn resource(&self) -> Value {
        Value::Object(self.resource.clone())
    }

    /// The same content under another name.
    pub fn copied(&self, bucket: &str, name: &str, generation: u64) -> Self {
        let given: Map<_, _> = self
            .resource
            .iter()
            .filter(|(key, _)| is_writable(key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        Self::new(bucket, name, &Value::Object(given), self.content.clone(), generation)
    }

    /// Sets members that a client may set; null removes one, also of `metadata`.
    pub fn change(&mut self, given: &Value) {
        for (key, value) in given.as_object().into_iter().flatten().filter(|(key, _)| is_writable(key)) {
            match (value, self.resource.get_mut(key)) {
                (Value::Null, _) => _ = self.resource.remove(key),
                (Value::Object(more), Some(Value::Object(known))) => {
                    known.extend(more.clone());
                    known.retain(|_, value| !value.is_null());
                }
                _ => _ = self.resource.insert(key.clone(), value.clone()),
            }
        }
    }

    /// Whether hashes that the client sent along are those of the content.
    pub fn fits(&self, given: &Value) -> bool {
        ["md5Hash", "crc32c"].iter().all(|key| given.get(*key).is_none_or(|hash| *hash == self.resource[*key]))
    }

    /// The content, or the part of it that a `Range` header asks for
    /// (<https://cloud.google.com/storage/docs/json_api/v1/parameters#range>).
    pub fn download(&self, range: Option<&str>) -> Reply {
        let part = range.and_then(|range| part_of(range, self.content.len()));
        let reply = match part {
            Some((first, last)) => Reply::bytes(206, self.content.slice(first..=last))
                .header("content-range", &format!("bytes {first}-{last}/{}", self.content.len())),
            None => Reply::bytes(200, self.content.clone()),
        };
        let text = |key: &str| self.resource.get(key).and_then(Value::as_str).unwrap_or_default();
        let reply = reply
            .header("content-type", text("contentType"))
            .header("etag", text("etag"))
            .header("x-goog-generation", text("generation"))
            .header("x-goog-hash", &format!("crc32c={},md5={}", text("crc32c"), text("md5Hash")))
            .header("x-goog-stored-content-length", text("size"));
        match text("contentEncoding") {
            "" => reply.header("x-goog-stored-content-encoding", "identity"),
            encoding => reply.header("content-encoding", encoding).header("x-goog-stored-content-encoding", encoding),
        }
    }
}

fn is_writable(key: &str) -> bool {
    [
        "cacheControl",
        "contentDisposition",
        "contentEncoding",
        "contentLanguage",
        "contentType",
        "metadata",
        "storageClass",
    ]
    .contains(&key)
}

/// `bytes=FIRST-LAST` and `bytes=FIRST-`.
fn part_of(range: &str, length: usize) -> Option<(usize, usize)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let end = length.checked_sub(1)?;
    let first = first.parse().ok().filter(|first| *first <= end)?;
    Some((first, if last.is_empty() { end } else { last.parse::<usize>().ok()?.min(end) }))
}

fn md5_of(content: &[u8]) -> String {
    STANDARD.encode(Md5::digest(content))
}

/// CRC-32C (RFC 4960, appendix B), big-endian, in base64.
fn crc32c_of(content: &[u8]) -> String {
    let mut remainder = u32::MAX;
    for byte in content {
        remainder ^= u32::from(*byte);
        for _ in 0..8 {
            let bit = remainder & 1;
            remainder = (remainder >> 1) ^ (0x82f6_3b78 * bit);
        }
    }
    STANDARD.encode((!remainder).to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of CRC-32C is e3069283; md5 of nothing is d41d8cd9…
    #[test]
    fn hashes_are_those_of_the_standards() {
        assert_eq!(crc32c_of(b"123456789"), STANDARD.encode([0xe3, 0x06, 0x92, 0x83]));
        assert_eq!(md5_of(b""), "1B2M2Y8AsgTpgAmY7PhCfg==");
    }

    #[test]
    fn a_range_ends_with_the_content() {
        assert_eq!(part_of("bytes=1-2", 5), Some((1, 2)));
        assert_eq!(part_of("bytes=1-", 5), Some((1, 4)));
        assert_eq!(part_of("bytes=0-99", 5), Some((0, 4)));
        assert_eq!(part_of("bytes=5-", 5), None);
        assert_eq!(part_of("bytes=0-", 0), None);
    }
}
