//! What to do with a redirect, as node-fetch 2.6.7 and later do it.

use super::error::FetchError;
use super::{FetchRequest, Redirect, headers};
use crate::ports::http::HttpResponse;
use url::Url;

/// Credentials that stay with the host they were meant for.
const HOST_BOUND: [&str; 4] = ["authorization", "www-authenticate", "cookie", "cookie2"];

/// What follows from the head of a response.
pub(super) enum Next {
    /// It is the response of the fetch.
    Deliver,
    /// Ask there instead.
    Follow(Url),
}

/// Decides; in `manual` mode it also makes the `location` header absolute, as node-fetch does.
pub(super) fn next(
    request: &FetchRequest,
    url: &Url,
    redirects: u32,
    response: &mut HttpResponse,
) -> Result<Next, FetchError> {
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return Ok(Next::Deliver);
    }
    let location = headers::get(&response.headers, "location").map(str::to_owned);
    let target = match location.as_deref().map(|location| (location, url.join(location))) {
        None => None,
        Some((_, Ok(target))) => Some(target),
        Some((_, Err(_))) if request.redirect == Redirect::Manual => None,
        Some((location, Err(_))) => return Err(FetchError::invalid_redirect(location)),
    };
    match (request.redirect, target) {
        (Redirect::Error, _) => Err(FetchError::no_redirect(url)),
        (Redirect::Manual, Some(target)) => {
            headers::set(&mut response.headers, "location", target.into());
            Ok(Next::Deliver)
        }
        (Redirect::Follow, Some(_)) if redirects >= request.follow => Err(FetchError::max_redirect(url)),
        (Redirect::Follow, Some(target)) => Ok(Next::Follow(target)),
        (Redirect::Manual | Redirect::Follow, None) => Ok(Next::Deliver),
    }
}

/// Turns `request`, answered by `status` at `from`, into the one to send to `to`.
pub(super) fn rewrite(request: &mut FetchRequest, status: u16, from: &Url, to: &Url) {
    if !is_domain_or_parent(from, to) || from.scheme() != to.scheme() {
        for name in HOST_BOUND {
            headers::delete(&mut request.headers, name);
        }
    }
    if status == 303 || (matches!(status, 301 | 302) && request.method == "POST") {
        "GET".clone_into(&mut request.method);
        request.body = None;
        headers::delete(&mut request.headers, "content-length");
    }
}

/// Whether `to` is the host of `from`, or a domain that `from` is a subdomain of. Ports do not count.
fn is_domain_or_parent(from: &Url, to: &Url) -> bool {
    let (from, to) = (from.host_str().unwrap_or_default(), to.host_str().unwrap_or_default());
    from == to || from.strip_suffix(to).is_some_and(|subdomain| subdomain.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::is_domain_or_parent;

    #[test]
    fn credentials_go_along_to_the_same_host_or_its_parent() {
        let same = |from: &str, to: &str| is_domain_or_parent(&from.parse().unwrap(), &to.parse().unwrap());
        assert!(same("https://api.example.com/", "https://api.example.com:444/x"));
        assert!(same("https://api.example.com/", "https://example.com/"));
        assert!(!same("https://example.com/", "https://api.example.com/"));
        assert!(!same("https://notexample.com/", "https://example.com/"));
    }
}
