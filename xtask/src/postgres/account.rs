//! As whom the server runs: it refuses to be root, which containers and CI often are.

use crate::Error;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Accounts that root runs the server as, best first.
const ORDINARY: [&str; 2] = ["postgres", "nobody"];

/// An account of the operating system: `None` is the one that this command runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account(Option<Ids>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ids {
    user: u32,
    group: u32,
}

impl Account {
    /// The account that this command runs as, or if that is root the first of `postgres` and `nobody` that there is.
    pub fn of_server() -> Result<Self, Error> {
        // SAFETY: `geteuid` takes nothing and cannot fail.
        if unsafe { libc::geteuid() } != 0 {
            return Ok(Self(None));
        }
        let accounts = std::fs::read_to_string("/etc/passwd")?;
        let ids = ORDINARY.iter().find_map(|name| ids_of(name, &accounts));
        ids.map(|ids| Self(Some(ids))).ok_or_else(|| {
            Error::new("PostgreSQL does not run as root, and there is no account `postgres` or `nobody`; run this as another user")
        })
    }

    /// Makes it the owner of a file or folder.
    pub fn give(self, path: &Path) -> Result<(), Error> {
        match self.0 {
            Some(ids) => Ok(std::os::unix::fs::chown(path, Some(ids.user), Some(ids.group))?),
            None => Ok(()),
        }
    }

    /// A command that runs the program as this account, in the folder and without the variables of whoever runs this: some of
    /// them (`PGDATA`, `PGPORT`) would change what it does.
    pub fn command(self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C").env("TZ", "UTC");
        if let Some(ids) = self.0 {
            command.uid(ids.user).gid(ids.group);
        }
        command
    }
}

/// Reads a line of passwd(5): `name:password:user:group:...`.
fn ids_of(name: &str, accounts: &str) -> Option<Ids> {
    let fields: Vec<_> =
        accounts.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|line| line[0] == name)?;
    Some(Ids { user: fields.get(2)?.parse().ok()?, group: fields.get(3)?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read_by_their_whole_name() {
        let accounts =
            "root:x:0:0:root:/root:/bin/sh\npostgresql:x:1:1::/:\npostgres:x:101:104:admin,,,:/var:/bin/sh\n";
        assert_eq!(ids_of("postgres", accounts), Some(Ids { user: 101, group: 104 }));
        assert_eq!(ids_of("nobody", accounts), None);
        assert_eq!(ids_of("broken", "broken:x:a:b"), None);
    }

    #[test]
    fn the_server_is_never_root() {
        let output = Account::of_server().unwrap().command(Path::new("id"), Path::new("/")).arg("-u").output().unwrap();
        let user: u32 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
        assert_ne!(user, 0);
    }
}
