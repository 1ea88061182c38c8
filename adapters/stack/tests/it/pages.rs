//! Answers in pages, which the emulator has none of: a server that answers as CloudWatch Logs is documented to.

use crate::at;
use adapter_stack::logs::StackLogs;
use runtime_core::ports::app_logs::{AppLogs, LineQuery, LinesOf};
use runtime_core::ports::clock::Timestamp;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// When the first line was written.
const START: i64 = 1_800_000_000_000;
/// How many lines there are, and how many of them are in a page.
const LINES: i64 = 10;
const IN_A_PAGE: i64 = 3;

/// The requests that came, and where they go.
fn server() -> (String, Arc<Mutex<Vec<Value>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    // It ends with the process.
    thread::spawn(move || {
        for connection in listener.incoming() {
            let seen = Arc::clone(&seen);
            thread::spawn(move || answer(connection.unwrap(), &seen));
        }
    });
    (endpoint, requests)
}

fn answer(mut connection: TcpStream, seen: &Mutex<Vec<Value>>) {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    let (mut length, mut line) = (0, String::new());
    while reader.read_line(&mut line).unwrap() > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let request: Value = serde_json::from_slice(&body).unwrap();
    let body = page(&request).to_string();
    seen.lock().unwrap().push(request);
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.1\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    connection.write_all(format!("{head}{body}").as_bytes()).unwrap();
}

/// Newest first, each tenth of a second a line, those of one group alone.
fn page(request: &Value) -> Value {
    if request["logGroupName"] != "/aws/lambda/mine-run-tasks" {
        return json!({ "events": [] });
    }
    let skipped: i64 = request["nextToken"].as_str().map_or(0, |token| token.parse().unwrap());
    let numbers = (0..LINES).rev().skip(usize::try_from(skipped).unwrap()).take(usize::try_from(IN_A_PAGE).unwrap());
    let events = numbers.map(|number| {
        let time = START + number * 100;
        let line = json!({"timestamp": time, "installation": 1, "team": 2, "app": "Demo", "source": "CONSOLE",
            "level": "log", "message": number.to_string(), "event_uuid": null});
        json!({"timestamp": time, "eventId": number.to_string(), "message": line.to_string()})
    });
    let next = skipped + IN_A_PAGE;
    json!({ "events": Value::from_iter(events), "nextToken": (next < LINES).then(|| next.to_string()) })
}

async fn read(limit: usize) -> (Vec<String>, bool, usize) {
    let (endpoint, requests) = server();
    let logs = StackLogs::new(&at(&endpoint, "test").await, "mine");
    let (least_level, search, function) = (None, None, Some("run-tasks".to_owned()));
    let query = LineQuery { of: LinesOf::AllApps, least_level, since: Timestamp(START), search, function, limit };
    let found = logs.read(&query).await.unwrap();
    let requests = requests.lock().unwrap();
    assert!(requests.iter().all(|request| request["startFromHead"] == json!(false)), "{requests:?}");
    assert_eq!(requests[0]["filterPattern"], "{ ($.source = \"*\") }");
    (found.lines.iter().map(|line| line.line.message().to_owned()).collect(), found.is_cut, requests.len())
}

#[tokio::test]
async fn only_as_many_pages_are_read_as_are_needed() {
    assert_eq!(read(4).await, (["6", "7", "8", "9"].map(str::to_owned).to_vec(), true, 2));
    let (messages, is_cut, requests) = read(10).await;
    assert_eq!((messages.len(), messages[0].as_str(), is_cut, requests), (10, "0", false, 4));
}
