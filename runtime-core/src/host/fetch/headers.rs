//! Headers as lists of pairs: those that node-fetch adds to a request, and those of a response as Node folds them.

use super::{ContentDecoding, FetchRequest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

const USER_AGENT: &str = "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)";

/// Response headers of which Node keeps the first only (`message.headers` in its manual); `set-cookie` stays a list, and the
/// rest are joined.
const FIRST_ONLY: &[&str] = &[
    "age",
    "authorization",
    "content-length",
    "content-type",
    "etag",
    "expires",
    "from",
    "host",
    "if-modified-since",
    "if-unmodified-since",
    "last-modified",
    "location",
    "max-forwards",
    "proxy-authorization",
    "referer",
    "retry-after",
    "server",
    "user-agent",
];

/// The value of the first header called `name`, whatever its case.
pub(super) fn get<'list>(headers: &'list [(String, String)], name: &str) -> Option<&'list str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// Removes every header called `name`.
pub(super) fn delete(headers: &mut Vec<(String, String)>, name: &str) {
    headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
}

/// Makes `value` the only header called `name`.
pub(super) fn set(headers: &mut Vec<(String, String)>, name: &str, value: String) {
    delete(headers, name);
    headers.push((name.to_owned(), value));
}

fn set_if_absent(headers: &mut Vec<(String, String)>, name: &str, value: &str) {
    if get(headers, name).is_none() {
        headers.push((name.to_owned(), value.to_owned()));
    }
}

/// The headers of one hop: what the app gave, and what node-fetch and Node's client add.
///
/// Left out: `Connection: close`, which early 2.6 versions sent. Connections are kept for the next request here.
pub(super) fn for_hop(request: &FetchRequest, url: &Url) -> Vec<(String, String)> {
    let mut headers = request.headers.clone();
    set_if_absent(&mut headers, "Accept", "*/*");
    match &request.body {
        Some(body) => set(&mut headers, "Content-Length", body.len().to_string()),
        None if matches!(request.method.as_str(), "POST" | "PUT") => {
            set(&mut headers, "Content-Length", "0".to_owned());
        }
        None => {}
    }
    set_if_absent(&mut headers, "User-Agent", USER_AGENT);
    if request.content_decoding == ContentDecoding::Decode {
        set_if_absent(&mut headers, "Accept-Encoding", "gzip,deflate");
    }
    if let Some(authorization) = basic_authorization(url) {
        set_if_absent(&mut headers, "Authorization", &authorization);
    }
    headers
}

/// `https://user:password@host/` authenticates, as with Node's client.
fn basic_authorization(url: &Url) -> Option<String> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let user = percent_decoded(url.username());
    let credentials = match url.password() {
        Some(password) => [user, percent_decoded(password)].join(&b':'),
        None => user,
    };
    Some(format!("Basic {}", STANDARD.encode(credentials)))
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let escape = bytes[index..]
            .strip_prefix(b"%")
            .and_then(|rest| rest.get(..2))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(escape.unwrap_or(bytes[index]));
        index += if escape.is_some() { 3 } else { 1 };
    }
    decoded
}

/// The headers of a response as node-fetch shows them: names in lower case, repeated ones folded as Node's client does.
pub(super) fn of_response(received: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut folded: Vec<(String, String)> = Vec::with_capacity(received.len());
    for (name, value) in received {
        let name = name.to_ascii_lowercase();
        match folded.iter_mut().find(|(key, _)| *key == name) {
            Some((_, first)) if name != "set-cookie" => {
                if !FIRST_ONLY.contains(&name.as_str()) {
                    first.push_str(if name == "cookie" { "; " } else { ", " });
                    first.push_str(&value);
                }
            }
            _ => folded.push((name, value)),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::{basic_authorization, of_response};

    #[test]
    fn repeated_response_headers_are_folded_as_node_does() {
        let received = [
            ("X-List", "a"),
            ("Set-Cookie", "a=1"),
            ("x-list", "b"),
            ("ETag", "first"),
            ("etag", "second"),
            ("set-cookie", "b=2"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let folded = of_response(received.to_vec());
        let folded: Vec<_> = folded.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(folded, [("x-list", "a, b"), ("set-cookie", "a=1"), ("etag", "first"), ("set-cookie", "b=2")]);
    }

    #[test]
    fn credentials_of_a_url_become_a_header() {
        let header = |text: &str| basic_authorization(&text.parse().unwrap());
        assert_eq!(header("http://us%40er:p%C3%A4ss@example.com/").unwrap(), "Basic dXNAZXI6cMOkc3M=");
        assert_eq!(header("http://token@example.com/").unwrap(), "Basic dG9rZW4=");
        assert_eq!(header("http://example.com/"), None);
    }
}
