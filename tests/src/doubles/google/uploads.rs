//! The three ways to upload an object: media, multipart
//! (<https://cloud.google.com/storage/docs/uploading-objects>) and resumable
//! (<https://cloud.google.com/storage/docs/performing-resumable-uploads>).

use crate::doubles::seen::Seen;
use bytes::Bytes;
use serde_json::{Value, json};

/// An object as it was sent.
#[derive(Debug)]
pub struct Sent {
    pub bucket: String,
    pub name: String,
    pub resource: Value,
    pub content: Bytes,
}

/// A resumable upload under way.
#[derive(Debug, Clone)]
pub struct Session {
    bucket: String,
    name: String,
    resource: Value,
    content: Vec<u8>,
    is_done: bool,
}

/// What a part of a resumable upload came to.
pub enum Progress {
    /// So many bytes are here.
    Continue(usize),
    /// It is complete.
    Complete(Sent),
}

/// Chunks but the last are multiples of this.
const CHUNK: usize = 256 * 1024;

/// The whole object is the body; its name is in the query.
pub fn media(bucket: &str, request: &Seen) -> Result<Sent, String> {
    let mut resource = json!({});
    if let Some(kind) = request.header("content-type") {
        resource["contentType"] = kind.into();
    }
    let name = request.query("name").ok_or("an upload of media has its name in the query")?;
    Ok(Sent { bucket: bucket.into(), name: name.into(), resource, content: request.body.clone() })
}

/// The body is `multipart/related`: the resource, then the content.
pub fn multipart(bucket: &str, request: &Seen) -> Result<Sent, String> {
    let kind = request.header("content-type").unwrap_or_default();
    let boundary = kind
        .strip_prefix("multipart/related; boundary=")
        .ok_or_else(|| format!("a multipart upload is multipart/related, not {kind:?}"))?;
    let [first, second] = parts(&request.body, boundary.trim_matches('"'))?;
    let mut resource: Value =
        serde_json::from_slice(first.content).map_err(|error| format!("the first part is no resource: {error}"))?;
    if resource.get("contentType").is_none()
        && let Some(kind) = second.content_type()
    {
        resource["contentType"] = kind.into();
    }
    let name = resource["name"].as_str().or(request.query("name")).ok_or("the upload has no name")?.to_owned();
    Ok(Sent { bucket: bucket.into(), name, resource, content: Bytes::copy_from_slice(second.content) })
}

struct Part<'a> {
    head: &'a str,
    content: &'a [u8],
}

impl Part<'_> {
    fn content_type(&self) -> Option<&str> {
        let header = self.head.lines().filter_map(|line| line.split_once(':'));
        header.filter(|(name, _)| name.eq_ignore_ascii_case("content-type")).map(|(_, value)| value.trim()).next()
    }
}

/// The two parts of a multipart body (RFC 2046, 5.1.1).
fn parts<'a>(body: &'a [u8], boundary: &str) -> Result<[Part<'a>; 2], String> {
    let delimiter = format!("--{boundary}");
    let mut found = Vec::new();
    let mut rest = body;
    while let Some(at) = find(rest, delimiter.as_bytes()) {
        found.push(&rest[..at]);
        rest = &rest[at + delimiter.len()..];
    }
    if !rest.starts_with(b"--") {
        return Err("the multipart body does not end as one".into());
    }
    let parts: Option<Vec<_>> = found.into_iter().skip(1).map(part).collect();
    let parts: Result<[Part<'a>; 2], _> = parts.ok_or("a part has no head")?.try_into();
    parts.map_err(|parts: Vec<_>| format!("a multipart upload has 2 parts, not {}", parts.len()))
}

fn part(part: &[u8]) -> Option<Part<'_>> {
    const BLANK: &[u8] = b"\r\n\r\n";
    let part = part.strip_prefix(b"\r\n")?.strip_suffix(b"\r\n")?;
    let at = find(part, BLANK)?;
    Some(Part { head: std::str::from_utf8(&part[..at]).ok()?, content: &part[at + BLANK.len()..] })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == first) {
        if bytes[from + at..].starts_with(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

impl Session {
    /// Begins one: the body is the resource.
    pub fn new(bucket: &str, request: &Seen) -> Result<Self, String> {
        let mut resource = if request.body.is_empty() { json!({}) } else { request.json() };
        if !resource.is_object() {
            return Err("a resumable upload begins with a resource".into());
        }
        if resource.get("contentType").is_none()
            && let Some(kind) = request.header("x-upload-content-type")
        {
            resource["contentType"] = kind.into();
        }
        let name = resource["name"].as_str().or(request.query("name")).ok_or("the upload has no name")?.to_owned();
        Ok(Self { bucket: bucket.into(), name, resource, content: Vec::new(), is_done: false })
    }

    /// Takes the next bytes. `Content-Range` is `bytes FIRST-LAST/TOTAL`, where LAST and TOTAL may be `*`, or `bytes */TOTAL` to
    /// ask how much is here; without it the body is everything.
    pub fn take(&mut self, request: &Seen) -> Result<Progress, String> {
        if self.is_done {
            return Err("the upload is complete already".into());
        }
        let Some(range) = request.header("content-range") else {
            self.content = request.body.to_vec();
            return Ok(self.complete());
        };
        let wrong = || format!("{range:?} is no Content-Range of an upload");
        let (place, total) = range.strip_prefix("bytes ").and_then(|range| range.split_once('/')).ok_or_else(wrong)?;
        let total = if total == "*" { None } else { Some(total.parse::<usize>().map_err(|_| wrong())?) };
        if place == "*" {
            return Ok(if total == Some(self.content.len()) {
                self.complete()
            } else {
                Progress::Continue(self.content.len())
            });
        }
        let (first, last) = place.split_once('-').ok_or_else(wrong)?;
        if first.parse() != Ok(self.content.len()) {
            return Err(format!("{range:?} does not go on at byte {}", self.content.len()));
        }
        self.content.extend_from_slice(&request.body);
        if last != "*" && last.parse() != Ok(self.content.len().saturating_sub(1)) {
            return Err(format!("{range:?} does not fit a body of {} bytes", request.body.len()));
        }
        // Of unknown length in one piece (`bytes 0-*/*`): the end of the body is the end of the object.
        let ends = total.map_or(last == "*", |total| total == self.content.len());
        if !ends && !request.body.len().is_multiple_of(CHUNK) {
            return Err(format!("a chunk of {} bytes is no multiple of 256 KiB", request.body.len()));
        }
        Ok(if ends { self.complete() } else { Progress::Continue(self.content.len()) })
    }

    fn complete(&mut self) -> Progress {
        self.is_done = true;
        let content = std::mem::take(&mut self.content).into();
        let Self { bucket, name, resource, .. } = self.clone();
        Progress::Complete(Sent { bucket, name, resource, content })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, Method};

    fn put(range: &str, body: Vec<u8>) -> Seen {
        let headers = HeaderMap::from_iter([(http::header::CONTENT_RANGE, range.parse().unwrap())]);
        Seen::new(Method::PUT, &"/".parse().unwrap(), headers, body.into())
    }

    fn session() -> Session {
        let request = Seen::new(Method::POST, &"/?name=o".parse().unwrap(), HeaderMap::new(), Bytes::new());
        Session::new("b", &request).unwrap()
    }

    #[test]
    fn chunks_go_on_where_the_last_ended() {
        let mut upload = session();
        assert!(matches!(upload.take(&put("bytes 0-262143/*", vec![1; CHUNK])), Ok(Progress::Continue(CHUNK))));
        assert!(upload.take(&put("bytes 0-262143/*", vec![1; CHUNK])).is_err());
        let Ok(Progress::Complete(sent)) = upload.take(&put("bytes 262144-262145/262146", vec![2; 2])) else {
            panic!("it is complete")
        };
        assert_eq!((sent.name.as_str(), sent.content.len()), ("o", CHUNK + 2));
        assert!(upload.take(&put("bytes 0-*/*", vec![1])).is_err());
    }

    #[test]
    fn an_odd_chunk_is_no_chunk() {
        assert!(session().take(&put("bytes 0-99/*", vec![1; 100])).is_err());
        assert!(matches!(session().take(&put("bytes 0-*/*", vec![1; 100])), Ok(Progress::Complete(_))));
    }

    #[test]
    fn media_is_the_whole_body_and_has_its_type_from_the_header() {
        let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, "text/plain".parse().unwrap())]);
        let request = Seen::new(Method::POST, &"/?uploadType=media&name=o".parse().unwrap(), headers, "x".into());
        let sent = media("b", &request).unwrap();
        assert_eq!((sent.name.as_str(), &sent.content[..]), ("o", &b"x"[..]));
        assert_eq!(sent.resource, json!({"contentType": "text/plain"}));
        assert!(media("b", &put("", Vec::new())).is_err());
    }

    #[test]
    fn parts_are_taken_apart() {
        let body = b"--x\r\nContent-Type: application/json\r\n\r\n{}\r\n--x\r\nContent-Type: text/plain\r\n\r\na\r\n-b\r\n--x--";
        let [first, second] = parts(body, "x").unwrap();
        assert_eq!((first.content, second.content), (&b"{}"[..], &b"a\r\n-b"[..]));
        assert_eq!(second.content_type(), Some("text/plain"));
        assert!(parts(b"--x\r\n\r\nonly\r\n--x--", "x").is_err());
    }
}
