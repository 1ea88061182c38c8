//! Apps from archives and from a registry of npm.

use super::{Project, ran};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha512};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

fn tarball(source: &str) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, text) in [("package/plugin.json", "{\"name\": \"Packed\"}"), ("package/index.js", source)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, path, text.as_bytes()).expect("into memory");
    }
    builder.into_inner().and_then(GzEncoder::finish).expect("into memory")
}

fn marking(mark: &str) -> String {
    format!("exports.processEvent = (event) => {{ event.properties.mark = '{mark}'; return event }}")
}

/// Files by path, served to everybody; it goes on until the test's process ends.
struct Server {
    url: String,
    files: Arc<Mutex<HashMap<String, Vec<u8>>>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let files = Arc::<Mutex<HashMap<String, Vec<u8>>>>::default();
        let served = Arc::clone(&files);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let mut lines = BufReader::new(&stream).lines();
                let first = lines.next().and_then(Result::ok).unwrap_or_default();
                // The rest of the head, so that the other side has sent everything.
                lines.take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty())).for_each(drop);
                let path = first.split(' ').nth(1).unwrap_or_default();
                let file = served.lock().expect("no panics").get(path).cloned();
                let (status, body) = file.map_or(("404 Not Found", Vec::new()), |body| ("200 OK", body));
                let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                // A client that goes away needs no answer.
                drop(stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)));
            }
        });
        Self { url, files }
    }

    fn put(&self, path: &str, body: Vec<u8>) {
        self.files.lock().expect("no panics").insert(path.to_owned(), body);
    }

    /// Publishes versions of `@demo/app`, of which the last is the latest.
    fn publish(&self, versions: &[(&str, &[u8])]) {
        let mut all = json!({});
        for (version, tarball) in versions {
            let path = format!("/app-{version}.tgz");
            let integrity = format!("sha512-{}", STANDARD.encode(Sha512::digest(tarball)));
            all[version] = json!({"dist": {"tarball": format!("{}{path}", self.url), "integrity": integrity}});
            self.put(&path, tarball.to_vec());
        }
        let latest = versions.last().expect("one at least").0;
        let metadata = json!({"dist-tags": {"latest": latest}, "versions": all});
        self.put("/@demo%2fapp", metadata.to_string().into_bytes());
    }
}

#[test]
fn a_package_of_npm_stays_at_its_version_until_it_is_updated() {
    let server = Server::start();
    let (one, two) = (tarball(&marking("1.0.0")), tarball(&marking("1.1.0")));
    server.publish(&[("1.0.0", &one)]);
    let project = Project::new("[[app]]\nslug = 'demo'\nsource = { npm = '@demo/app' }\n");
    let hedgerow = |words: &[&str]| {
        let mut command = project.command(words);
        command.env("npm_config_registry", &server.url);
        ran(command, b"")
    };
    hedgerow(&["apply", "--yes"]).assert_ends_with(0);
    assert!(project.read("hedgerow.lock").contains("version = \"1.0.0\""));
    assert_eq!(project.processed()["mark"], "1.0.0");
    server.publish(&[("1.0.0", &one), ("1.1.0", &two)]);
    hedgerow(&["plan"]).assert_ends_with(0);
    hedgerow(&["apply", "--yes", "--update", "demo"]).assert_ends_with(0);
    assert_eq!(project.processed()["mark"], "1.1.0");
    // The same version with other files: its own hash is right, and that of the lock file is not.
    server.publish(&[("1.1.0", &one)]);
    hedgerow(&["plan"]).assert_ends_with(1).assert_says("its files are not those of hedgerow.lock");
    server.put("/app-1.1.0.tgz", two);
    hedgerow(&["plan"]).assert_ends_with(1).assert_says("does not have the hash that the registry names");
    server.put("/@demo%2fapp", b"{}".to_vec());
    hedgerow(&["plan"]).assert_ends_with(1).assert_says("there is no version 1.1.0");
    server.files.lock().expect("no panics").clear();
    hedgerow(&["plan"]).assert_ends_with(1).assert_says("answers 404");
}

#[test]
fn an_archive_is_unpacked_and_held_against_its_hash() {
    let archive = tarball(&marking("packed"));
    let sha256: String = sha2::Sha256::digest(&archive).iter().map(|byte| format!("{byte:02x}")).collect();
    let server = Server::start();
    server.put("/app.tgz", archive.clone());
    let entry = |source: &str| format!("[[app]]\nslug = 'demo'\nsource = {source}\n");
    let project = Project::new(&entry(&format!("{{ tgz = 'app.tgz', sha256 = '{sha256}' }}")));
    project.write("app.tgz", &archive);
    project.apply();
    assert_eq!(project.processed()["mark"], "packed");
    project.rewrite(&entry(&format!("{{ url = '{}/app.tgz', sha256 = '{sha256}' }}", server.url)));
    project.apply().assert_says("there is nothing to change");
    server.put("/app.tgz", tarball(&marking("other")));
    let ran = project.hedgerow(&["apply", "--yes"]);
    ran.assert_ends_with(2).assert_says(&format!("not the {sha256} of hedgerow.toml"));
    let plan: Value = json!(project.installed()[0]["app_name"]);
    assert_eq!(plan, "Packed");
}
