//! Authorities of a company, beside the public ones: behind its proxy every server shows a certificate of theirs.
//!
//! They count for what the command itself fetches. What an app fetches trusts the public authorities only, here as in the
//! functions, so that an app behaves in both places alike.

use crate::console;
use adapter_http::{Authority, authorities_in};
use std::ffi::OsString;
use std::path::Path;

/// Files of certificates in PEM: what OpenSSL, curl and cargo read, and what Node reads.
const VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"];

/// What Node, OpenSSL and rustls say of a certificate whose authority they do not know.
const UNKNOWN_AUTHORITY: [&str; 4] =
    ["self-signed certificate", "self signed certificate", "unable to get local issuer", "unable to verify the first"];

/// The certificates that the environment names. A file that cannot be used is told, and the others count: perhaps nothing needs it.
pub fn of_environment() -> Vec<Authority> {
    let (found, problems) = named(|name| std::env::var_os(name));
    for problem in problems {
        console::warning(problem);
    }
    found
}

/// An error of a download with what to do if it is a company's certificate.
pub fn with_advice(error: String) -> String {
    if UNKNOWN_AUTHORITY.iter().any(|part| error.contains(part)) {
        return format!(
            "{error}; behind a company's proxy, let {} name a file with its certificates in PEM",
            VARIABLES.join(" or ")
        );
    }
    error
}

/// The certificates, and what is wrong with files.
fn named(lookup: impl Fn(&str) -> Option<OsString>) -> (Vec<Authority>, Vec<String>) {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for variable in VARIABLES {
        let Some(path) = lookup(variable).filter(|path| !path.is_empty()) else { continue };
        let path = Path::new(&path);
        match std::fs::read(path).map(|pem| authorities_in(&pem)) {
            Ok(certificates) if !certificates.is_empty() => found.extend(certificates),
            Ok(_) => problems.push(format!("{variable} names {}, which holds no certificate in PEM", path.display())),
            Err(error) => {
                problems.push(format!("{variable} names {}, which cannot be read: {error}", path.display()));
            }
        }
    }
    found.sort_unstable_by(|one: &Authority, other| one.as_ref().cmp(other.as_ref()));
    found.dedup();
    (found, problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTHORITY: &str = include_str!("../../adapters/http/tests/authority.pem");

    #[test]
    fn both_variables_count_and_a_broken_file_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let (good, empty) = (folder.path().join("good.pem"), folder.path().join("empty.pem"));
        std::fs::write(&good, AUTHORITY).unwrap();
        std::fs::write(&empty, "nothing").unwrap();
        let with = |first: Option<&Path>, second: Option<&Path>| {
            let (found, problems) = named(|name| {
                let path = if name == VARIABLES[0] { first } else { second };
                path.map(|path| path.as_os_str().to_owned())
            });
            (found.len(), problems)
        };
        assert_eq!(with(None, None), (0, Vec::new()));
        assert_eq!(with(Some(&good), Some(&good)), (1, Vec::new()), "once, though both name it");
        let (count, problems) = with(Some(&empty), Some(&good));
        assert_eq!(count, 1);
        assert!(
            problems[0].starts_with("SSL_CERT_FILE names ") && problems[0].contains("no certificate"),
            "{problems:?}"
        );
        let (_, problems) = with(None, Some(&folder.path().join("none")));
        assert!(problems[0].starts_with("NODE_EXTRA_CA_CERTS names ") && problems[0].contains("cannot be read"));
    }

    #[test]
    fn advice_is_given_for_certificates_alone() {
        assert!(with_advice("self-signed certificate in certificate chain".to_owned()).contains("SSL_CERT_FILE"));
        assert_eq!(with_advice("connection refused".to_owned()), "connection refused");
    }
}
