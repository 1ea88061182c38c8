//! Two applies at once, and one that is killed half way.

use super::{Project, files_below, ran};
use rusqlite::{Connection, TransactionBehavior};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Child;
use std::time::{Duration, Instant};

/// Asks a server before it is set up.
const ASKS: &str = "export async function setupPlugin({ config }) { if (config.url) await fetch(config.url) }
export const processEvent = (event, { config }) => { event.properties.mark = config.mark; return event }";

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

fn entry(mark: &str, url: &str) -> String {
    format!(
        "[[app]]\nslug = 'demo'\nsource = 'demo'\nallowed_hosts = ['127.0.0.1']\nconfig = {{ mark = '{mark}', url = '{url}' }}\n"
    )
}

fn asked(listener: &TcpListener) -> TcpStream {
    let (mut stream, _) = listener.accept().expect("the app asks");
    let mut request = [0; 1024];
    assert!(stream.read(&mut request).expect("a request") > 0);
    stream
}

fn start(project: &Project) -> Child {
    project.command(&["apply", "--yes"]).spawn().expect("hedgerow starts")
}

#[test]
fn of_two_applies_at_once_exactly_one_wins() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let project = Project::of(ASKS, "config = { mark = 'first' }");
    project.apply();
    project.rewrite(&entry("slow", &url));
    let slow = start(&project);
    let mut stream = asked(&listener);
    // While its set-up waits, somebody else applies.
    project.hedgerow(&["config", "set", "demo", "mark=fast"]).assert_ends_with(0);
    stream.write_all(ANSWER).expect("it listens");
    let slow = slow.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&slow.stderr);
    assert_eq!(slow.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("conflict: ann has written revision 2 in the meantime"), "{stderr}");
    assert!(stderr.contains("nothing was changed"), "{stderr}");
    assert_eq!((project.revision(), project.processed()["mark"].clone()), (2, "fast".into()));
}

#[test]
fn an_apply_killed_half_way_leaves_nothing_and_a_second_one_completes() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let project = Project::of(ASKS, "config = { mark = 'first' }");
    project.apply();
    let before = files_below(&project.path("state/blobs")).len();
    project.write("demo/more.txt", "so that there is a new bundle");
    project.rewrite(&entry("second", &url));
    let mut command = project.command(&["apply", "--yes", "--update", "demo"]);
    let mut apply = command.spawn().expect("hedgerow starts");
    let mut stream = asked(&listener);
    // Whoever writes has to wait for us from now on: the blobs get stored, and the change does not.
    let mut database = Connection::open(project.path("state/hedgerow.sqlite3")).expect("it is there");
    let lock = database.transaction_with_behavior(TransactionBehavior::Immediate).expect("nobody else writes");
    stream.write_all(ANSWER).expect("it listens");
    let started = Instant::now();
    // A bundle and a snapshot.
    while files_below(&project.path("state/blobs")).len() < before + 2 {
        assert!(started.elapsed() < PATIENCE && apply.try_wait().expect("ours").is_none(), "it stores and waits");
        std::thread::yield_now();
    }
    apply.kill().expect("it runs");
    apply.wait().expect("it ends");
    drop(lock);
    drop(database);
    assert_eq!((project.revision(), project.processed()["mark"].clone()), (1, "first".into()), "nothing is visible");
    let again = ["apply", "--yes", "--update", "demo", "--skip-setup"];
    ran(project.command(&again), b"").assert_ends_with(0);
    assert_eq!(project.revision(), 2);
    assert_eq!(project.show("demo")["config"]["mark"], "second");
}

#[test]
fn an_apply_killed_in_a_set_up_leaves_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let project = Project::of(ASKS, "");
    project.rewrite(&entry("only", &url));
    let mut apply = start(&project);
    let stream = asked(&listener);
    apply.kill().expect("it runs");
    apply.wait().expect("it ends");
    drop(stream);
    assert_eq!(project.revision(), 0);
    ran(project.command(&["apply", "--yes", "--skip-setup"]), b"").assert_ends_with(0);
    assert_eq!(project.revision(), 1);
}
