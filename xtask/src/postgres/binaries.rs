//! Where the programs of PostgreSQL are.

use crate::{Error, workspace};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The programs that are needed.
const PROGRAMS: [&str; 2] = ["initdb", "postgres"];
/// Where Debian and Ubuntu put the versions of PostgreSQL, which are not in the path there.
const DEBIAN: &str = "/usr/lib/postgresql";

/// A folder with the programs of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries(PathBuf);

impl Binaries {
    /// The first folder that has what is needed: of the path, of what `pg_config` says, of Debian's (the latest version first).
    pub fn find() -> Result<Self, Error> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let candidates = std::env::split_paths(&path).chain(configured()).chain(of_debian(Path::new(DEBIAN))?);
        Self::first_complete(candidates).ok_or_else(|| {
            Error::new(
                "PostgreSQL is not here, which tests need: install its server programs (`apt-get install postgresql`, \
                 `brew install postgresql`), or put the folder that holds `initdb` and `postgres` into PATH",
            )
        })
    }

    fn first_complete(mut folders: impl Iterator<Item = PathBuf>) -> Option<Self> {
        folders.find(|folder| PROGRAMS.iter().all(|program| folder.join(program).is_file())).map(Self)
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// The path of one.
    pub fn program(&self, name: &str) -> PathBuf {
        // Debian's path may hold links: the server looks for its own libraries beside the real program.
        let program = self.0.join(name);
        program.canonicalize().unwrap_or(program)
    }
}

fn configured() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").stdin(Stdio::null()).output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| PathBuf::from(folder.trim()))
}

fn of_debian(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut versions = workspace::subfolders(folder)?;
    versions.sort_by_key(|version| {
        let number = version.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<u32>().ok());
        std::cmp::Reverse(number)
    });
    Ok(versions.into_iter().map(|version| version.join("bin")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_lacks_a_program_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let (half, whole) = (folder.path().join("half"), folder.path().join("whole"));
        for (folder, programs) in [(&half, &PROGRAMS[..1]), (&whole, &PROGRAMS[..])] {
            std::fs::create_dir(folder).unwrap();
            for program in programs {
                std::fs::write(folder.join(program), "").unwrap();
            }
        }
        let found = Binaries::first_complete([half.clone(), whole.clone()].into_iter());
        assert_eq!(found, Some(Binaries(whole)));
        assert_eq!(Binaries::first_complete([half].into_iter()), None);
    }

    #[test]
    fn the_latest_version_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        for version in ["9", "15", "other"] {
            std::fs::create_dir(folder.path().join(version)).unwrap();
        }
        let folders = of_debian(folder.path()).unwrap();
        assert_eq!(folders, ["15", "9", "other"].map(|version| folder.path().join(version).join("bin")));
        assert!(of_debian(&folder.path().join("none")).unwrap().is_empty());
    }
}
