//! An emulator of AWS for the tests and the local stack: ministack, from PyPI at a fixed version, installed into the cache folder
//! and started on a free port of 127.0.0.1. No Docker, no account.

use crate::python_packages::{self, PythonPackages};
use crate::server::Server;
use crate::{Error, workspace};
use std::fs::File;
use std::io::{Read, Write};
use std::mem::ManuallyDrop;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Installed together: ministack pins versions that the translator, added later, would break. Without `cbor2` it understands nothing
/// that our SDK says to CloudWatch.
const PACKAGES: [&str; 3] = ["ministack==1.5.33", "aws-sam-translator==1.115.0", "cbor2==6.3.0"];
/// How long it may take to end by itself.
const END_LIMIT: Duration = Duration::from_secs(5);

/// The variable from which tests take the emulator's address.
const TEST_ENDPOINT: &str = "HEDGEROW_TEST_AWS_ENDPOINT";

/// A running emulator; it ends when this is dropped.
pub struct Emulator {
    server: Server,
    endpoint: String,
}

/// A running emulator that outlives whoever started it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detached {
    /// The id of its process, and of the group that its Lambda functions run in.
    pub process_id: u32,
    /// Its port on 127.0.0.1.
    pub port: u16,
}

impl Emulator {
    /// Installs the emulator if need be, starts it and waits until it answers. What it prints goes to `emulator.log` in the build
    /// folder.
    pub fn start() -> Result<Self, Error> {
        Self::spawn(python()?, free_port()?, &workspace::target_folder()?.join("emulator.log"))
    }

    /// Like [`start`](Self::start), but in a process group of its own, so that Ctrl-C in the terminal does not reach it, and
    /// with a log of its own.
    pub fn start_detached(log: &Path) -> Result<Detached, Error> {
        let mut python = python()?;
        python.process_group(0);
        let port = free_port()?;
        // Not dropped, or it would end.
        let emulator = ManuallyDrop::new(Self::spawn(python, port, log)?);
        Ok(Detached { process_id: emulator.server.id(), port })
    }

    fn spawn(mut command: Command, port: u16, log: &Path) -> Result<Self, Error> {
        let endpoint = format!("http://127.0.0.1:{port}");
        command.arg(workspace::root().join("infra/local/emulator.py"));
        // Without BIND_HOST it listens on every address of the machine.
        command.env("BIND_HOST", "127.0.0.1").env("GATEWAY_PORT", port.to_string());
        command.env("AWS_ENDPOINT_URL", &endpoint).env("IOT_MTLS_ENABLED", "0").env("SFTP_ENABLED", "0");
        // IAM is enforced: a function may do what its role allows, and no more. The key `test`, and 12 digits, may do everything.
        command.env("AUTH", "true");
        let output = File::create(log)?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        let process = command.spawn().map_err(|error| python_packages::no_python(&error))?;
        // From here on the process ends with this value, whatever goes wrong.
        let mut emulator = Self { server: supervised(process), endpoint };
        emulator.server.wait_until(|| answers(port), log)?;
        Ok(emulator)
    }

    /// Where its services answer.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Variables for what shall use the emulator. With `AWS_ENDPOINT_URL`, not even a test that forgets to ask for an address
    /// reaches AWS itself.
    pub fn environment(&self) -> [(&'static str, &str); 2] {
        [(TEST_ENDPOINT, &self.endpoint), ("AWS_ENDPOINT_URL", &self.endpoint)]
    }
}

impl Detached {
    /// Where its services answer.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Whether it still runs. Its process id alone would not tell: another process may have it by now.
    pub fn runs(&self) -> bool {
        answers(self.port)
    }

    /// Ends it and the functions that it runs, if it still runs.
    pub fn end(&self) -> Result<(), Error> {
        let group = libc::pid_t::try_from(self.process_id)
            .map_err(|_| Error::new(format!("{} is no id of a process", self.process_id)))?;
        for signal in [libc::SIGTERM, libc::SIGKILL] {
            let asked = Instant::now();
            while self.runs() {
                // SAFETY: `kill` takes any numbers; the group is that of the emulator, which still answers.
                let _ = unsafe { libc::kill(-group, signal) };
                if asked.elapsed() > END_LIMIT {
                    break;
                }
                thread::sleep(Duration::from_millis(100));
            }
        }
        if self.runs() { Err(Error::new(format!("the process {group} does not end; end it yourself"))) } else { Ok(()) }
    }
}

/// A Python that finds the packages of the emulator, boto3 among them.
pub fn python() -> Result<Command, Error> {
    Ok(PythonPackages::find_or_make("emulator", &PACKAGES)?.python())
}

fn supervised(process: Child) -> Server {
    Server::new(process, "the emulator of AWS", libc::SIGTERM, END_LIMIT)
}

/// A port that nobody listens on. Somebody may take it before the emulator does, which then ends with an error.
pub fn free_port() -> Result<u16, Error> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Whether the emulator answers that it is well.
fn answers(port: u16) -> bool {
    status(port).is_ok_and(|status| &status == b"HTTP/1.1 200")
}

/// The start of the answer, up to its code.
fn status(port: u16) -> std::io::Result<[u8; 12]> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut connection = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    connection.set_read_timeout(Some(Duration::from_secs(5)))?;
    connection.write_all(b"GET /_ministack/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
    let mut status = [0; 12];
    connection.read_exact(&mut status)?;
    Ok(status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};

    /// Answers one request on a port of its own with this status line.
    fn server(status: &'static str) -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let mut request = BufReader::new(connection.try_clone().unwrap());
            while request.read_line(&mut String::new()).unwrap() > "\r\n".len() {}
            write!(connection, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").unwrap();
        });
        port
    }

    #[test]
    fn only_an_answer_of_200_is_ready() {
        assert!(answers(server("200 OK")));
        assert!(!answers(server("503 Service Unavailable")));
        assert!(!answers(free_port().unwrap()));
    }

    #[test]
    fn a_dropped_emulator_has_ended() {
        let process = Command::new("sleep").arg("600").spawn().unwrap();
        let id = libc::pid_t::try_from(process.id()).unwrap();
        drop(Emulator { server: supervised(process), endpoint: String::new() });
        // SAFETY: signal 0 only asks whether there is such a process.
        assert_eq!(unsafe { libc::kill(id, 0) }, -1, "it is still there");
    }
}
