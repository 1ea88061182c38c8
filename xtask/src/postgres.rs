//! A throw-away PostgreSQL for the tests: a cluster of its own in a temporary folder, on a free port of 127.0.0.1, over the
//! binaries that the machine has.
//!
//! It asks for SCRAM-SHA-256 and speaks TLS with the certificate of tests/certificates. The user [`USER`] gets in with and without
//! TLS, [`TLS_USER`] only with it; both own nothing but what they create. Nothing survives the end of the command.

mod account;
mod binaries;
mod cluster;

use crate::server::Server;
use crate::{Error, output, workspace};
use account::Account;
use binaries::Binaries;
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// How long it may take to end by itself.
const END_LIMIT: Duration = Duration::from_secs(10);

/// The variable from which tests take its address: `postgres://USER:PASSWORD@127.0.0.1:PORT/DATABASE`.
const TEST_ADDRESS: &str = "HEDGEROW_TEST_POSTGRES";
/// The variable from which tests take the path of the certificate, in PEM, that signed the server's.
const TEST_CA: &str = "HEDGEROW_TEST_POSTGRES_CA";

/// The user of the address, and the name of its database.
pub(crate) const USER: &str = "hedgerow";
/// The password of both users, with characters that an address has to escape.
pub(crate) const PASSWORD: &str = "not a secret: 100% open";
/// A user whom the server lets in over TLS only.
pub(crate) const TLS_USER: &str = "hedgerow_tls";

/// A running server; it ends when this is dropped, and its files go with it.
pub struct Postgres {
    // Before the folder: fields are dropped in this order.
    server: Server,
    address: String,
    authority: String,
    _folder: TempDir,
}

impl Postgres {
    /// Makes a cluster, starts a server over it and waits until it takes connections. What it prints goes to `postgres.log` in
    /// the build folder.
    pub fn start() -> Result<Self, Error> {
        let binaries = Binaries::find()?;
        let account = Account::of_server()?;
        // Not in the build folder: another user might not even reach it, and a socket's path may not be long.
        let folder = tempfile::Builder::new().prefix("hedgerow-postgres-").tempdir()?;
        account.give(folder.path())?;
        let log = workspace::target_folder()?.join("postgres.log");
        output::line(format_args!("PostgreSQL of {}, in {}", binaries.folder().display(), folder.path().display()));
        let program = |name: &str| account.command(&binaries.program(name), folder.path());
        cluster::make(&program, &account, folder.path(), &log)?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut command = program("postgres");
        command.args(cluster::arguments(folder.path(), port));
        Self::spawn(command, port, folder, &log)
    }

    fn spawn(mut command: Command, port: u16, folder: TempDir, log: &Path) -> Result<Self, Error> {
        let printed = File::options().append(true).create(true).open(log)?;
        command.stdin(Stdio::null()).stdout(printed.try_clone()?).stderr(printed);
        let process = command.spawn().map_err(|error| Error::new(format!("PostgreSQL cannot be started: {error}")))?;
        let password = PASSWORD.replace('%', "%25").replace(' ', "%20").replace(':', "%3A");
        let authority = cluster::authority(folder.path());
        // From here on the process ends with this value, whatever goes wrong. SIGINT is a fast shutdown, which disconnects whoever
        // is still there (PostgreSQL manual, "Shutting Down the Server").
        let mut postgres = Self {
            server: Server::new(process, "PostgreSQL", libc::SIGINT, END_LIMIT),
            address: format!("postgres://{USER}:{password}@127.0.0.1:{port}/{USER}"),
            authority: authority.display().to_string(),
            _folder: folder,
        };
        // It listens before its start-up is through; what connects in between is told so, and a test would be, too.
        postgres.server.wait_until(|| takes_connections(port), log)?;
        Ok(postgres)
    }

    /// Variables for the tests.
    pub fn environment(&self) -> [(&'static str, &str); 2] {
        [(TEST_ADDRESS, &self.address), (TEST_CA, &self.authority)]
    }
}

/// Whether a start-up message (protocol 3.0, a user that does not exist) is answered by a demand for a password (`R`): until the
/// server is up the answer is an error (`E`).
fn takes_connections(port: u16) -> bool {
    use std::io::{Read, Write};
    const PARAMETERS: &[u8] = b"\0\x03\0\0user\0nobody\0database\0nothing\0\0";
    let ask = || -> std::io::Result<u8> {
        let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        connection.set_read_timeout(Some(Duration::from_secs(1)))?;
        let length = u32::try_from(PARAMETERS.len() + 4).expect("the message is short");
        connection.write_all(&[&length.to_be_bytes(), PARAMETERS].concat())?;
        let mut kind = [0];
        connection.read_exact(&mut kind)?;
        Ok(kind[0])
    };
    ask().is_ok_and(|kind| kind == b'R')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where there is no PostgreSQL, `cargo xtask test` has ended before this test is reached.
    #[test]
    fn a_dropped_server_has_ended_and_left_nothing() {
        let server = Postgres::start().unwrap();
        let folder = server._folder.path().to_owned();
        let port = server.address.rsplit([':', '/']).nth(1).unwrap().parse().unwrap();
        assert!(takes_connections(port), "{}", server.address);
        assert!(Path::new(&server.authority).is_file());
        drop(server);
        assert!(!takes_connections(port));
        assert!(!folder.exists());
    }
}
