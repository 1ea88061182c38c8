//! The natives of `URL` and `URLSearchParams`: the WHATWG algorithms of the `url` crate.

use crate::node::registry::native;
use rquickjs::function::Opt;
use rquickjs::{Ctx, Exception, Object, Result};
use url::{Host, Url, form_urlencoded, quirks};

/// href, origin, protocol, username, password, host, hostname, port, pathname, search, hash: the order that `url.js` knows.
type Parts = Vec<String>;

/// Adds the natives to the object that `url.js` and `url_legacy.js` get.
pub(crate) fn natives(object: &Object<'_>) -> Result<()> {
    native(object, "parse", |input: String, base: Opt<Option<String>>| parse(&input, base.0.flatten().as_deref()))?;
    native(object, "set", |ctx: Ctx<'_>, href: String, name: String, value: String| {
        set(&href, &name, &value)
            .ok_or_else(|| Exception::throw_message(&ctx, &format!("a URL has no settable {name}")))
    })?;
    native(object, "parseQuery", |query: String| {
        form_urlencoded::parse(query.as_bytes())
            .flat_map(|(name, value)| [name.into_owned(), value.into_owned()])
            .collect::<Vec<String>>()
    })?;
    native(object, "formatQuery", |flat: Vec<String>| {
        let pairs = flat.chunks_exact(2).map(|pair| (&pair[0], &pair[1]));
        form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    })?;
    native(object, "domainToUnicode", |domain: String| match Host::parse(&domain) {
        Ok(Host::Domain(ascii)) => idna::domain_to_unicode(&ascii).0,
        Ok(host) => host.to_string(),
        Err(_) => String::new(),
    })?;
    native(object, "domainToAscii", |domain: String| match Host::parse(&domain) {
        Ok(host) => host.to_string(),
        Err(_) => String::new(),
    })
}

fn parse(input: &str, base: Option<&str>) -> Option<Parts> {
    if has_bad_opaque_host(input) {
        return None;
    }
    let base = base.map(Url::parse).transpose().ok()?;
    Url::options().base_url(base.as_ref()).parse(input).ok().map(|url| parts(&url))
}

/// A backslash in the host of a scheme that the standard does not know: forbidden there, and overlooked by the crate.
fn has_bad_opaque_host(input: &str) -> bool {
    let Some((scheme, rest)) = input.trim_start().split_once("://") else { return false };
    let special = ["http", "https", "ws", "wss", "ftp", "file"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let is_scheme = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    is_scheme && !special && authority.contains('\\')
}

/// A value that a setter refuses leaves the URL as it was, as the standard says.
fn set(href: &str, name: &str, value: &str) -> Option<Parts> {
    let mut url = Url::parse(href).ok()?;
    match name {
        "protocol" => _ = quirks::set_protocol(&mut url, value),
        "username" => _ = quirks::set_username(&mut url, value),
        "password" => _ = quirks::set_password(&mut url, value),
        "host" => _ = quirks::set_host(&mut url, value),
        "hostname" => _ = quirks::set_hostname(&mut url, value),
        "port" => _ = quirks::set_port(&mut url, value),
        "pathname" => quirks::set_pathname(&mut url, value),
        "search" => quirks::set_search(&mut url, value),
        "hash" => quirks::set_hash(&mut url, value),
        _ => return None,
    }
    Some(parts(&url))
}

fn parts(url: &Url) -> Parts {
    let origin = quirks::origin(url);
    let borrowed = [
        quirks::href(url),
        origin.as_str(),
        quirks::protocol(url),
        quirks::username(url),
        quirks::password(url),
        quirks::host(url),
        quirks::hostname(url),
        quirks::port(url),
        quirks::pathname(url),
        quirks::search(url),
        quirks::hash(url),
    ];
    borrowed.map(str::to_owned).into()
}
