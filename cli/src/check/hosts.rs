//! Hosts that a source names.

use std::collections::BTreeSet;

/// Every host that stands after `http://` or `https://` in the text, in lower case and in order. What is put together at run time
/// is not seen, and what stands in a comment is.
pub fn hosts_in(source: &str) -> Vec<String> {
    let mut hosts = BTreeSet::new();
    for (place, scheme_end) in source.match_indices("://") {
        let before = &source[..place];
        if !(before.ends_with("http") || before.ends_with("https")) {
            continue;
        }
        let after = &source[place + scheme_end.len()..];
        let is_of_host = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-');
        let end = after.find(|character| !is_of_host(character)).unwrap_or(after.len());
        let host = after[..end].trim_end_matches('.').to_lowercase();
        // `https://${region}.example.com` names no host.
        if host.contains(|character: char| character.is_ascii_alphanumeric()) && !after[end..].starts_with("${") {
            hosts.insert(host);
        }
    }
    hosts.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_stand_after_a_scheme() {
        let source = "fetch(`https://API.example.com/${x}`); 'http://b.example:80'; `https://${region}.c.example`; \
                      `https://d-${x}`; ftp://e.example; // see https://api.example.com.";
        assert_eq!(hosts_in(source), ["api.example.com", "b.example"]);
    }
}
