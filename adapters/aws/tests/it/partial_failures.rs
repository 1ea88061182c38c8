//! Batches of which SQS takes a part: it answers 200 all the same. The emulator never does that, so here is a false SQS.

use crate::emulator::config;
use crate::http::read_request;
use adapter_aws::AwsStore;
use adapter_aws::names::Names;
use runtime_core::event::PluginEvent;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::event_sink::EventSink;
use runtime_core::ports::virtual_clock::VirtualClock;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

/// The names of the events in each batch that came in.
type Batches = Arc<Mutex<Vec<Vec<String>>>>;

/// A service that answers batch after batch with the ids that `failed` gives for it, as (id, whether the sender is at fault).
async fn false_sqs(failed: Vec<Vec<(usize, bool)>>) -> (String, Batches) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let batches = Batches::default();
    let received = Arc::clone(&batches);
    tokio::spawn(async move {
        let mut failed = failed.into_iter();
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let Some(request) = read_request(&mut client).await else { continue };
            let body = request.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
            let request: Value = serde_json::from_slice(&request[body..]).unwrap();
            let answer = answer(&request, &failed.next().unwrap_or_default()).to_string();
            received.lock().unwrap().push(names(&request));
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nConnection: close\r\n";
            let reply = format!("{head}Content-Length: {}\r\n\r\n{answer}", answer.len());
            client.write_all(reply.as_bytes()).await.unwrap();
        }
    });
    (endpoint, batches)
}

fn entries(request: &Value) -> &[Value] {
    request["Entries"].as_array().expect("a batch has entries")
}

fn names(request: &Value) -> Vec<String> {
    let event = |entry: &Value| serde_json::from_str::<PluginEvent>(entry["MessageBody"].as_str().unwrap()).unwrap();
    entries(request).iter().map(|entry| event(entry).name().to_owned()).collect()
}

fn answer(request: &Value, failed: &[(usize, bool)]) -> Value {
    let id_of = |entry: &Value| entry["Id"].as_str().and_then(|id| id.parse().ok());
    let fault = |entry: &Value| failed.iter().find(|(id, _)| id_of(entry) == Some(*id)).map(|(_, fault)| *fault);
    let (mut successful, mut refused) = (Vec::new(), Vec::new());
    for entry in entries(request) {
        match fault(entry) {
            None => successful.push(json!({"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": "0"})),
            Some(fault) => refused.push(json!({"Id": entry["Id"], "Code": "TheCode", "SenderFault": fault})),
        }
    }
    json!({"Successful": successful, "Failed": refused})
}

async fn store(endpoint: &str) -> AwsStore {
    let queue = format!("{endpoint}/000000000000/queue");
    let name = || "unused".to_owned();
    let names = Names {
        cache_table: name(),
        storage_table: name(),
        dead_letters_table: name(),
        due_table: name(),
        documents_table: name(),
        bucket: name(),
        output_queue_url: Some(queue.clone()),
        events_queue_url: queue.clone(),
        continuations_queue_url: queue.clone(),
        exports_queue_url: queue.clone(),
        jobs_queue_url: queue,
        notifications_topic_arn: None,
    };
    let clock = Arc::new(VirtualClock::at(Timestamp(0)));
    AwsStore::new(&config(endpoint, "000000000000").await, &names, clock)
}

fn events() -> Vec<PluginEvent> {
    let event = |name: &str| serde_json::from_value(json!({"event": name, "team_id": 2})).unwrap();
    ["a", "b", "c", "d"].map(event).to_vec()
}

#[tokio::test]
async fn only_what_was_not_taken_is_sent_again() {
    let (endpoint, batches) = false_sqs(vec![vec![(1, false), (3, false)], vec![(0, false)]]).await;
    store(&endpoint).await.event_sink().unwrap().send(&events()).await.unwrap();
    let expected: [&[&str]; 3] = [&["a", "b", "c", "d"], &["b", "d"], &["b"]];
    assert_eq!(*batches.lock().unwrap(), expected);
}

#[tokio::test]
async fn what_sqs_will_never_take_is_an_error_at_once() {
    let (endpoint, batches) = false_sqs(vec![vec![(2, true)]]).await;
    let error = store(&endpoint).await.event_sink().unwrap().send(&events()).await.unwrap_err();
    assert_eq!(error.to_string(), "event sink is unavailable: SendMessageBatch: TheCode: no reason given");
    assert_eq!(batches.lock().unwrap().len(), 1);
}
