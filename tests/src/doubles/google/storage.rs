//! Cloud Storage: <https://cloud.google.com/storage/docs/json_api/v1>.

use super::failure::of_service;
use super::objects::Object;
use super::uploads::{self, Progress, Sent, Session};
use super::{PROJECT, Service};
use crate::doubles::reply::Reply;
use crate::doubles::seen::Seen;
use http::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Scopes that open it.
pub const SCOPES: &[&str] = &[
    "https://www.googleapis.com/auth/cloud-platform",
    "https://www.googleapis.com/auth/devstorage.full_control",
    "https://www.googleapis.com/auth/devstorage.read_write",
];

/// Its buckets, and uploads under way.
#[derive(Default)]
pub struct Storage {
    buckets: BTreeMap<String, BTreeMap<String, Object>>,
    sessions: BTreeMap<String, Session>,
    generations: u64,
}

impl Service for Storage {
    fn answer(&mut self, request: &Seen) -> Result<Reply, String> {
        let segments = request.segments();
        let segments: Vec<_> = segments.iter().map(String::as_str).collect();
        match &segments[..] {
            ["storage", "v1", "b"] => self.of_buckets(request),
            ["storage", "v1", "b", bucket] => self.of_bucket(request, bucket),
            ["storage", "v1", "b", bucket, "o"] => self.list(request, bucket),
            ["storage", "v1", "b", bucket, "o", name, "rewriteTo", "b", other, "o", copy] => {
                self.copy((bucket, name), (other, copy))
            }
            ["storage" | "download", .., "b", bucket, "o", name] => self.of_object(request, bucket, name),
            ["upload", "storage", "v1", "b", bucket, "o"] => self.upload(request, bucket),
            _ => Err("Cloud Storage has no such path".into()),
        }
    }
}

impl Storage {
    fn of_buckets(&mut self, request: &Seen) -> Result<Reply, String> {
        if request.query("project") != Some(PROJECT) {
            return Err(format!("the project is {:?}", request.query("project")));
        }
        match request.method {
            Method::GET => {
                let items: Vec<_> = self.buckets.keys().map(|name| bucket_resource(name)).collect();
                Ok(Reply::json(200, &json!({"kind": "storage#buckets", "items": items})))
            }
            Method::POST => {
                let body = request.json();
                let name = body["name"].as_str().ok_or("a bucket has a name")?;
                if self.buckets.contains_key(name) {
                    let message = "Your previous request to create the named bucket succeeded and you already own it.";
                    return Ok(of_service(409, "conflict", message));
                }
                self.buckets.insert(name.into(), BTreeMap::new());
                Ok(Reply::json(200, &bucket_resource(name)))
            }
            _ => Err("buckets know no such method".into()),
        }
    }

    fn of_bucket(&mut self, request: &Seen, bucket: &str) -> Result<Reply, String> {
        let Some(objects) = self.buckets.get(bucket) else { return Ok(no_bucket()) };
        match request.method {
            Method::GET => Ok(Reply::json(200, &bucket_resource(bucket))),
            Method::DELETE if !objects.is_empty() => {
                Ok(of_service(409, "conflict", "The bucket you tried to delete is not empty."))
            }
            Method::DELETE => {
                self.buckets.remove(bucket);
                Ok(Reply::empty(204))
            }
            _ => Err("a bucket knows no such method".into()),
        }
    }

    fn of_object(&mut self, request: &Seen, bucket: &str, name: &str) -> Result<Reply, String> {
        let Some(objects) = self.buckets.get_mut(bucket) else { return Ok(no_bucket()) };
        let Some(object) = objects.get_mut(name) else { return Ok(no_object(bucket, name, request)) };
        match request.method {
            Method::GET if request.query("alt") == Some("media") => Ok(object.download(request.header("range"))),
            Method::GET => Ok(Reply::json(200, &object.resource())),
            Method::PATCH => {
                object.change(&request.json());
                Ok(Reply::json(200, &object.resource()))
            }
            Method::DELETE => {
                objects.remove(name);
                Ok(Reply::empty(204))
            }
            _ => Err("an object knows no such method".into()),
        }
    }

    fn copy(&mut self, (bucket, name): (&str, &str), (other, copy): (&str, &str)) -> Result<Reply, String> {
        let Some(object) = self.buckets.get(bucket).and_then(|objects| objects.get(name)) else {
            return Ok(of_service(404, "notFound", &format!("No such object: {bucket}/{name}")));
        };
        self.generations += 1;
        let object = object.copied(other, copy, self.generations);
        let Some(objects) = self.buckets.get_mut(other) else { return Ok(no_bucket()) };
        let resource = object.resource();
        objects.insert(copy.into(), object);
        let size = &resource["size"];
        let body = json!({"kind": "storage#rewriteResponse", "totalBytesRewritten": size, "objectSize": size, "done": true, "resource": resource});
        Ok(Reply::json(200, &body))
    }

    fn upload(&mut self, request: &Seen, bucket: &str) -> Result<Reply, String> {
        if !self.buckets.contains_key(bucket) {
            return Ok(no_bucket());
        }
        let session = request.query("upload_id").map(str::to_owned);
        match (&request.method, request.query("uploadType"), session) {
            (&Method::POST, Some("media"), None) => Ok(self.store(uploads::media(bucket, request)?)),
            (&Method::POST, Some("multipart"), None) => Ok(self.store(uploads::multipart(bucket, request)?)),
            (&Method::POST, Some("resumable"), None) => {
                let id = format!("session-{}", self.sessions.len() + 1);
                self.sessions.insert(id.clone(), Session::new(bucket, request)?);
                let host = request.header("host").ok_or("there is no Host")?;
                let scheme = if host.starts_with("127.0.0.1:") { "http" } else { "https" };
                let address = format!("{scheme}://{host}{}?uploadType=resumable&upload_id={id}", request.path);
                Ok(Reply::empty(200).header("location", &address).header("x-guploader-uploadid", &id))
            }
            (&Method::PUT, _, Some(id)) => {
                let Some(session) = self.sessions.get_mut(&id) else { return Ok(Reply::empty(404)) };
                match session.take(request)? {
                    // Only what is here: without a byte there is no `Range`.
                    Progress::Continue(0) => Ok(Reply::empty(308)),
                    Progress::Continue(length) => {
                        Ok(Reply::empty(308).header("range", &format!("bytes=0-{}", length - 1)))
                    }
                    Progress::Complete(sent) => Ok(self.store(sent)),
                }
            }
            (method, kind, _) => Err(format!("{method} is no upload of type {kind:?}")),
        }
    }

    fn store(&mut self, sent: Sent) -> Reply {
        self.generations += 1;
        let object = Object::new(&sent.bucket, &sent.name, &sent.resource, sent.content, self.generations);
        if !object.fits(&sent.resource) {
            return of_service(400, "invalid", "Provided hash doesn't match calculated hash.");
        }
        let reply = Reply::json(200, &object.resource());
        self.buckets.entry(sent.bucket).or_default().insert(sent.name, object);
        reply
    }

    /// A page of the objects: `prefix`, `delimiter`, `maxResults`, `pageToken` (here the last name of the page before).
    fn list(&mut self, request: &Seen, bucket: &str) -> Result<Reply, String> {
        let Some(objects) = self.buckets.get(bucket) else { return Ok(no_bucket()) };
        let prefix = request.query("prefix").unwrap_or_default();
        let most = request.query("maxResults").and_then(|number| number.parse().ok()).unwrap_or(1000);
        let after = request.query("pageToken");
        let (mut items, mut prefixes) = (Vec::new(), BTreeSet::new());
        let mut next = None;
        for (name, object) in objects.iter().filter(|(name, _)| name.starts_with(prefix)) {
            if after.is_some_and(|after| name.as_str() <= after) {
                continue;
            }
            let folder = request.query("delimiter").and_then(|delimiter| {
                name[prefix.len()..].split_once(delimiter).map(|(folder, _)| format!("{prefix}{folder}{delimiter}"))
            });
            if let Some(folder) = folder {
                prefixes.insert(folder);
            } else if items.len() == most {
                next = items.last().map(|item: &Value| item["name"].clone());
                break;
            } else {
                items.push(object.resource());
            }
        }
        let mut body = json!({"kind": "storage#objects", "items": items});
        if !prefixes.is_empty() {
            body["prefixes"] = json!(prefixes);
        }
        if let Some(next) = next {
            body["nextPageToken"] = next;
        }
        Ok(Reply::json(200, &body))
    }
}

fn bucket_resource(name: &str) -> Value {
    json!({
        "kind": "storage#bucket",
        "id": name,
        "name": name,
        "projectNumber": "39",
        "location": "US",
        "storageClass": "STANDARD",
        "metageneration": "1",
        "etag": "CAE=",
        "timeCreated": "2023-01-01T00:00:00.000Z",
        "updated": "2023-01-01T00:00:00.000Z",
    })
}

fn no_bucket() -> Reply {
    of_service(404, "notFound", "The specified bucket does not exist.")
}

/// Where content was asked for, the answer is text.
fn no_object(bucket: &str, name: &str, request: &Seen) -> Reply {
    let message = format!("No such object: {bucket}/{name}");
    if request.query("alt") == Some("media") {
        return Reply::bytes(404, message).header("content-type", "text/html; charset=UTF-8");
    }
    of_service(404, "notFound", &message)
}
