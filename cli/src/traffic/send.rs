//! `hedgerow send`.
//!
//! Messages go in batches, several under way at once, and count in the order of the input: on an error everything up to some line was
//! sent for certain, and whoever goes on behind that line loses nothing. What is sent twice then has the same id.

use super::message::{Owner, messages_of};
use super::queues::{Message, Way, way_into};
use crate::arguments::SendArguments;
use crate::console;
use crate::exit::{Outcome, Unusable};
use crate::run::input::{self, Input};
use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use serde_json::json;

/// How many messages a batch of SQS has.
const BATCH_MESSAGES: usize = 10;
/// How many bytes of bodies go together: what SQS allows, less what it counts besides.
const BATCH_BYTES: usize = 1_000_000;
/// How many batches are under way at once.
const BATCHES_AT_ONCE: usize = 8;

/// Sends events.
pub async fn send(arguments: &SendArguments) -> Result<Outcome, Unusable> {
    let owner = match (arguments.team, &arguments.token) {
        (Some(team), _) => Owner::Team(team),
        (None, Some(token)) => Owner::Token(token.clone()),
        (None, None) => Owner::Unknown,
    };
    let mut input = input::open(&arguments.events, "FILE")?;
    let way = way_into(&arguments.stack).await?;
    let mut sending = Sending::new(&*way);
    sending.send_all(&mut input, &owner, arguments.from_line).await;
    Ok(sending.sent.tell(&input.name, arguments))
}

/// What became of the input.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sent {
    /// Messages.
    messages: usize,
    /// Every line up to this one was sent, or told; 0 if none was.
    through: u64,
    /// Lines that hold no event.
    unreadable: Vec<u64>,
    /// Why it ended too early, and at which line to go on.
    stopped: Option<(String, u64)>,
}

/// Messages that go together, and the lines that they come from.
#[derive(Default)]
struct Batch {
    messages: Vec<Message>,
    bytes: usize,
    lines: Lines,
}

/// Where a batch comes from.
#[derive(Debug, Clone, Copy, Default)]
struct Lines {
    first: u64,
    last: u64,
    messages: usize,
}

impl Batch {
    fn has_room(&self, message: &Message) -> bool {
        self.messages.is_empty()
            || (self.messages.len() < BATCH_MESSAGES && self.bytes + message.body.len() <= BATCH_BYTES)
    }

    fn put(&mut self, message: Message, line: u64) {
        if self.messages.is_empty() {
            self.lines.first = line;
        }
        self.lines.last = line;
        self.lines.messages += 1;
        self.bytes += message.body.len();
        self.messages.push(message);
    }
}

struct Sending<'a> {
    way: &'a dyn Way,
    under_way: FuturesOrdered<futures_util::future::BoxFuture<'a, (Lines, Result<(), String>)>>,
    sent: Sent,
}

impl<'a> Sending<'a> {
    fn new(way: &'a dyn Way) -> Self {
        Self { way, under_way: FuturesOrdered::new(), sent: Sent::default() }
    }

    async fn send_all(&mut self, input: &mut Input, owner: &Owner, from_line: u64) {
        let mut batch = Batch::default();
        while self.sent.stopped.is_none() {
            let record = match input.records.recv().await {
                None => break,
                Some(Ok(record)) if record.line < from_line => continue,
                Some(Ok(record)) => record,
                Some(Err(error)) => {
                    self.start(batch).await;
                    self.finish().await;
                    let next = self.sent.through.max(from_line - 1) + 1;
                    self.sent.stopped.get_or_insert((format!("the input broke off: {error}"), next));
                    return;
                }
            };
            match messages_of(&record, owner) {
                Err(error) => {
                    console::error(format_args!("{}:{}: {error}; it was left out", input.name, record.line));
                    self.sent.unreadable.push(record.line);
                }
                Ok(messages) => {
                    for message in messages {
                        if !batch.has_room(&message) {
                            self.start(std::mem::take(&mut batch)).await;
                        }
                        batch.put(message, record.line);
                    }
                }
            }
        }
        if self.sent.stopped.is_none() {
            self.start(batch).await;
        }
        self.finish().await;
    }

    /// Sends a batch, as soon as fewer are under way than may be.
    async fn start(&mut self, batch: Batch) {
        if batch.messages.is_empty() {
            return;
        }
        while self.under_way.len() >= BATCHES_AT_ONCE {
            self.settle().await;
        }
        let (way, Batch { messages, lines, .. }) = (self.way, batch);
        self.under_way.push_back(Box::pin(async move { (lines, way.send(messages).await) }));
    }

    async fn finish(&mut self) {
        while !self.under_way.is_empty() {
            self.settle().await;
        }
    }

    /// Waits for the batch that was started first. Behind one that failed nothing counts: it is sent again.
    async fn settle(&mut self) {
        let Some((lines, result)) = self.under_way.next().await else { return };
        match result {
            _ if self.sent.stopped.is_some() => {}
            Ok(()) => {
                self.sent.messages += lines.messages;
                self.sent.through = lines.last;
            }
            Err(error) => self.sent.stopped = Some((error, lines.first)),
        }
    }
}

impl Sent {
    fn tell(&self, input: &str, arguments: &SendArguments) -> Outcome {
        let next_line = self.stopped.as_ref().map(|(_, line)| *line);
        if arguments.json {
            console::line(json!({"sent": self.messages, "unreadable": self.unreadable, "next_line": next_line}));
        } else {
            let plural = if self.messages == 1 { "" } else { "s" };
            console::line(format_args!("{} message{plural} sent", self.messages));
        }
        if let Some((error, line)) = &self.stopped {
            console::error(format_args!(
                "{input}:{line}: {error}; everything before that line was sent, what follows may have been in part: try again with \
                 --from-line {line}, what comes twice keeps its id"
            ));
        }
        if !self.unreadable.is_empty() {
            let lines: Vec<String> = self.unreadable.iter().take(10).map(u64::to_string).collect();
            let more = if self.unreadable.len() > 10 { ", ..." } else { "" };
            console::error(format_args!(
                "{} without an event, left out: {}{more}",
                if self.unreadable.len() == 1 {
                    "a line".to_owned()
                } else {
                    format!("{} lines", self.unreadable.len())
                },
                lines.join(", ")
            ));
        }
        let went_well = self.stopped.is_none() && self.unreadable.is_empty();
        if went_well { Outcome::Success } else { Outcome::Failures }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::input::Record;
    use async_trait::async_trait;
    use std::sync::Mutex;
    use tokio::sync::mpsc;

    /// Takes batches until one holds this body.
    struct Breaking {
        at: &'static str,
        taken: Mutex<Vec<Vec<String>>>,
    }

    #[async_trait]
    impl Way for Breaking {
        async fn send(&self, messages: Vec<Message>) -> Result<(), String> {
            let bodies: Vec<String> = messages.into_iter().map(|message| message.body).collect();
            if bodies.iter().any(|body| body == self.at) {
                return Err("broken".to_owned());
            }
            self.taken.lock().expect("unbroken").push(bodies);
            Ok(())
        }
    }

    async fn sent(at: &'static str, lines: &[String], from_line: u64) -> (Sent, Vec<usize>) {
        let (sender, records) = mpsc::channel(lines.len() + 1);
        for (index, line) in lines.iter().enumerate() {
            let record = Record { line: index as u64 + 1, body: line.clone().into_bytes() };
            sender.send(Ok(record)).await.expect("there is room");
        }
        drop(sender);
        let mut input = Input { name: "input".to_owned(), records };
        let way = Breaking { at, taken: Mutex::default() };
        let mut sending = Sending::new(&way);
        sending.send_all(&mut input, &Owner::Unknown, from_line).await;
        let sent = sending.sent;
        let sizes = way.taken.lock().expect("unbroken").iter().map(Vec::len).collect();
        (sent, sizes)
    }

    fn events(count: usize) -> Vec<String> {
        (1..=count).map(|number| json!({"event": number}).to_string()).collect()
    }

    #[tokio::test]
    async fn everything_goes_in_batches_of_ten() {
        let (all, sizes) = sent("", &events(23), 1).await;
        assert_eq!((all, sizes), (Sent { messages: 23, through: 23, ..Sent::default() }, vec![10, 10, 3]));
        let (rest, _) = sent("", &events(23), 22).await;
        assert_eq!((rest.messages, rest.through), (2, 23));
        let large = vec![json!({"event": "x".repeat(BATCH_BYTES / 2)}).to_string(); 3];
        assert_eq!(sent("", &large, 1).await.1, [1, 1, 1]);
    }

    #[tokio::test]
    async fn on_an_error_the_line_is_known_from_which_nothing_is_lost() {
        let (broken, _) = sent(r#"{"event":14}"#, &events(200), 1).await;
        assert_eq!((broken.messages, broken.through, broken.stopped), (10, 10, Some(("broken".to_owned(), 11))));
        let list = [events(5), vec![format!("[{}]", events(12).join(","))], events(3)].concat();
        let (broken, _) = sent(r#"{"event":9}"#, &list, 1).await;
        assert_eq!(broken.stopped, Some(("broken".to_owned(), 6)), "a list counts once all of it was sent");
    }

    #[tokio::test]
    async fn a_line_without_an_event_stops_no_other() {
        let lines = [events(1), vec!["oops".to_owned()], events(1)].concat();
        let (all, _) = sent("", &lines, 1).await;
        assert_eq!(all, Sent { messages: 2, through: 3, unreadable: vec![2], stopped: None });
    }

    #[tokio::test]
    async fn an_input_that_breaks_off_names_the_next_line() {
        let (sender, records) = mpsc::channel(2);
        sender.send(Ok(Record { line: 1, body: b"{}".to_vec() })).await.expect("room");
        sender.send(Err(std::io::Error::other("gone"))).await.expect("room");
        let mut input = Input { name: "input".to_owned(), records };
        let way = Breaking { at: "", taken: Mutex::default() };
        let mut sending = Sending::new(&way);
        sending.send_all(&mut input, &Owner::Unknown, 1).await;
        assert_eq!(sending.sent.stopped, Some(("the input broke off: gone".to_owned(), 2)));
        assert_eq!((sending.sent.messages, sending.sent.through), (1, 1));
    }
}
