//! Repositories on GitHub and GitLab, as the archives that they offer: no git is needed.

use crate::exit::Unusable;
use std::fmt;
use url::Url;

/// A repository at a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    host: Host,
    /// `owner/name`; on GitLab there may be groups between.
    path: String,
    /// A commit, a tag or a branch.
    rev: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Host {
    GitHub,
    GitLab,
}

impl Repository {
    /// The repository at an address.
    ///
    /// # Errors
    /// An address of another host, or no revision.
    pub fn new(address: &str, rev: Option<&str>) -> Result<Self, String> {
        let url = super::download::address(address)?;
        let host = match url.host_str() {
            Some("github.com") => Host::GitHub,
            Some("gitlab.com") => Host::GitLab,
            _ => {
                return Err(format!(
                    "{address:?} is neither on github.com nor on gitlab.com; take url and sha256 for others"
                ));
            }
        };
        let path = url.path().trim_matches('/').trim_end_matches(".git");
        let parts = path.split('/').count();
        let is_path = match host {
            Host::GitHub => parts == 2,
            Host::GitLab => parts >= 2,
        };
        if !is_path || path.split('/').any(str::is_empty) {
            return Err(format!("{address:?} is no repository; write it as https://github.com/OWNER/NAME"));
        }
        let rev = rev.ok_or("a git source needs rev = \"...\": a commit, a tag or a branch")?;
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'/');
        if rev.is_empty() || rev.contains("..") || !rev.bytes().all(fits) {
            return Err(format!("rev = {rev:?} is no commit, tag or branch"));
        }
        Ok(Self { host, path: path.to_owned(), rev: rev.to_owned() })
    }

    /// Where its archive is: of the `pinned` commit, or of what its revision is now.
    pub fn archive(&self, pinned: Option<&str>) -> Result<Url, Unusable> {
        let rev = pinned.filter(|pinned| is_commit(pinned)).unwrap_or(&self.rev);
        let path = &self.path;
        let address = match self.host {
            Host::GitHub => format!("https://codeload.github.com/{path}/tar.gz/{rev}"),
            Host::GitLab => {
                let name = path.rsplit('/').next().unwrap_or(path);
                format!("https://gitlab.com/{path}/-/archive/{rev}/{name}-{}.tar.gz", rev.replace('/', "-"))
            }
        };
        Url::parse(&address).map_err(|error| Unusable::at(self, error))
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = match self.host {
            Host::GitHub => "github.com",
            Host::GitLab => "gitlab.com",
        };
        write!(formatter, "https://{host}/{}@{}", self.path, self.rev)
    }
}

/// Whether a text is the whole name of a commit.
pub fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_where_the_hosts_have_them() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let archive = |address, rev, pinned| Repository::new(address, Some(rev)).unwrap().archive(pinned).unwrap();
        for (address, rev, pinned, expected) in [
            ("https://github.com/o/r", "v1", None, "https://codeload.github.com/o/r/tar.gz/v1".to_owned()),
            (
                "https://github.com/o/r.git",
                "main",
                Some(commit),
                format!("https://codeload.github.com/o/r/tar.gz/{commit}"),
            ),
            ("https://github.com/o/r/", "v1", Some("1.0"), "https://codeload.github.com/o/r/tar.gz/v1".to_owned()),
            ("https://gitlab.com/g/s/r", "a/b", None, "https://gitlab.com/g/s/r/-/archive/a/b/r-a-b.tar.gz".to_owned()),
        ] {
            assert_eq!(archive(address, rev, pinned).as_str(), expected);
        }
    }

    #[test]
    fn other_places_and_no_revision_are_refused() {
        for (address, rev) in [
            ("https://example.com/o/r", Some("v1")),
            ("https://github.com/o", Some("v1")),
            ("https://github.com/o/r/tree/main", Some("v1")),
            ("git@github.com:o/r.git", Some("v1")),
            ("http://github.com/o/r", Some("v1")),
            ("https://github.com/o/r", None),
            ("https://github.com/o/r", Some("../x")),
            ("https://github.com/o/r", Some("a b")),
        ] {
            assert!(Repository::new(address, rev).is_err(), "{address} {rev:?}");
        }
    }
}
