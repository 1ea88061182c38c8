//! The files of a server: who may come in how, its certificate, its users.

use super::account::Account;
use super::{PASSWORD, TLS_USER, USER};
use crate::{Error, workspace};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fs::{File, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The certificate that signed the server's, below the server's folder.
pub fn authority(folder: &Path) -> PathBuf {
    folder.join("root.pem")
}

/// Makes the cluster in the folder. `program` gives a command for a program of PostgreSQL.
pub fn make(program: &dyn Fn(&str) -> Command, account: &Account, folder: &Path, log: &Path) -> Result<(), Error> {
    let printed = File::create(log)?;
    let mut init = program("initdb");
    init.args(["--pgdata=data", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "--auth=reject"]);
    finish(init.stdin(Stdio::null()), &printed, log)?;
    for (name, content) in files()? {
        let path = folder.join(name);
        std::fs::write(&path, content)?;
        // The server refuses a key that others can read; the certificate of the authority is for the tests.
        std::fs::set_permissions(&path, Permissions::from_mode(if name == "server.key" { 0o600 } else { 0o644 }))?;
        account.give(&path)?;
    }
    // Tests, which may be of another user, read the certificate.
    std::fs::set_permissions(folder, Permissions::from_mode(0o755))?;
    // Without a server: nobody can come in before the users have their passwords.
    let mut single = program("postgres");
    single.args(["--single", "-j", "-D", "data", "-c", "password_encryption=scram-sha-256", "postgres"]);
    let mut statements = tempfile::tempfile()?;
    statements.write_all(users().as_bytes())?;
    std::io::Seek::rewind(&mut statements)?;
    finish(single.stdin(statements), &printed, log)
}

/// What the server is started with. `fsync` and its like are off, as nothing is to survive.
pub fn arguments(folder: &Path, port: u16) -> Vec<String> {
    let settings = [
        "listen_addresses=127.0.0.1".to_owned(),
        format!("port={port}"),
        format!("unix_socket_directories={}", folder.display()),
        format!("hba_file={}", folder.join("access.conf").display()),
        "password_encryption=scram-sha-256".to_owned(),
        "ssl=on".to_owned(),
        format!("ssl_cert_file={}", folder.join("server.pem").display()),
        format!("ssl_key_file={}", folder.join("server.key").display()),
        "fsync=off".to_owned(),
        "synchronous_commit=off".to_owned(),
        "full_page_writes=off".to_owned(),
        "max_connections=40".to_owned(),
        "shared_buffers=16MB".to_owned(),
        "timezone=UTC".to_owned(),
    ];
    let mut arguments = vec!["-D".to_owned(), "data".to_owned()];
    for setting in settings {
        arguments.extend(["-c".to_owned(), setting]);
    }
    arguments
}

/// The files beside the cluster, by name.
fn files() -> Result<[(&'static str, String); 4], Error> {
    let certificates = workspace::root().join("tests/certificates");
    let pem = |file: &str, label: &str| -> Result<String, Error> {
        Ok(to_pem(&std::fs::read(certificates.join(file))?, label))
    };
    Ok([
        ("access.conf", access()),
        ("root.pem", pem("root.der", "CERTIFICATE")?),
        ("server.pem", pem("server.der", "CERTIFICATE")?),
        ("server.key", pem("server.key.der", "PRIVATE KEY")?),
    ])
}

/// pg_hba.conf: the first line that fits decides.
fn access() -> String {
    format!(
        "hostnossl all {TLS_USER} all reject\n\
         host all postgres all reject\n\
         host all all 127.0.0.1/32 scram-sha-256\n"
    )
}

/// The users and their database. With `-j` a statement ends with a semicolon and an empty line (PostgreSQL manual, "postgres").
fn users() -> String {
    let password = PASSWORD.replace('\'', "''");
    format!(
        "CREATE ROLE {USER} LOGIN PASSWORD '{password}';\n\n\
         CREATE ROLE {TLS_USER} LOGIN PASSWORD '{password}';\n\n\
         CREATE DATABASE {USER} OWNER {USER};\n\n"
    )
}

fn to_pem(der: &[u8], label: &str) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn finish(command: &mut Command, printed: &File, log: &Path) -> Result<(), Error> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.stdout(printed.try_clone()?).stderr(printed.try_clone()?).status();
    let status = status.map_err(|error| Error::new(format!("cannot run {name}: {error}")))?;
    if status.success() { Ok(()) } else { Err(Error::new(format!("{name} failed ({status}); see {}", log.display()))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pem_has_lines_of_64_characters() {
        let text = to_pem(&[0; 50], "X");
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines, ["-----BEGIN X-----", &"A".repeat(64), "AAA=", "-----END X-----"]);
    }

    #[test]
    fn whoever_must_use_tls_is_refused_without_before_anyone_is_let_in() {
        let access = access();
        let place = |line: &str| access.lines().position(|known| known.starts_with(line));
        assert!(place("hostnossl all hedgerow_tls").unwrap() < place("host all all").unwrap(), "{access}");
    }
}
