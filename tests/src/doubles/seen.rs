//! A request as a double saw it.

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use serde_json::Value;
use url::form_urlencoded;

/// A request, read to its end.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The method.
    pub method: Method,
    /// The path as sent: an escaped slash in a name is no separator.
    pub path: String,
    /// The query's names and values, decoded, in order.
    pub query: Vec<(String, String)>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as sent, not decompressed.
    pub body: Bytes,
}

impl Seen {
    pub(super) fn new(method: Method, uri: &Uri, headers: HeaderMap, body: Bytes) -> Self {
        let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        Self { method, path: uri.path().to_owned(), query, headers, body }
    }

    /// `GET /path`, for messages and for what a test expects.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The first value of a name in the query.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A field of a body in the form of HTML.
    pub fn form(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(&self.body).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    /// The decoded segments of the path.
    pub fn segments(&self) -> Vec<String> {
        self.path.split('/').skip(1).map(percent_decoded).collect()
    }
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut decoded, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(&byte) = bytes.get(at) {
        let escaped = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        match escaped.filter(|_| byte == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(escaped) => {
                decoded.push(escaped);
                at += 3;
            }
            None => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escaped_slash_is_part_of_a_name() {
        let uri = "/b/o/a%2Fb+c%20%F0%9F%A6%94%zz?x=1+2&x=3".parse().unwrap();
        let seen = Seen::new(Method::GET, &uri, HeaderMap::new(), Bytes::new());
        assert_eq!(seen.segments(), ["b", "o", "a/b+c 🦔%zz"]);
        assert_eq!(seen.query("x"), Some("1 2"));
    }
}
