use super::*;
use async_trait::async_trait;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::virtual_clock::VirtualClock;
use std::collections::VecDeque;
use std::sync::Mutex;

/// A queue whose messages are visible until somebody receives them; waiting lets the clock go on.
struct Queue {
    clock: VirtualClock,
    visible: Mutex<VecDeque<Received>>,
    /// What was done with receipts.
    notes: Mutex<Vec<String>>,
}

impl Queue {
    fn of(bodies: &[Result<&str, &str>]) -> Self {
        let one = |(index, body): (usize, &Result<&str, &str>)| Received {
            id: index.to_string(),
            body: body.map(|text| text.as_bytes().to_vec()).map_err(str::to_owned),
            receipt: format!("r{index}"),
        };
        Self {
            clock: VirtualClock::at(Timestamp(0)),
            visible: Mutex::new(bodies.iter().enumerate().map(one).collect()),
            notes: Mutex::default(),
        }
    }

    fn note(&self, what: &str, receipts: &[String]) {
        let mut receipts = receipts.to_vec();
        receipts.sort();
        self.notes.lock().expect("unbroken").push(format!("{what} {}", receipts.join(" ")));
    }

    async fn read(&self, limit: usize, after: After, output: &mut (impl Write + Send)) -> (Ended, Vec<String>) {
        let wait = Duration::from_secs(7);
        let ended = Reading { outlet: self, clock: &self.clock, limit, wait, after }.print(output).await;
        (ended, std::mem::take(&mut *self.notes.lock().expect("unbroken")))
    }
}

#[async_trait]
impl Outlet for Queue {
    async fn receive(&self, most: usize, wait: Duration) -> Result<Vec<Received>, String> {
        let mut visible = self.visible.lock().expect("unbroken");
        if visible.is_empty() {
            self.clock.advance(wait.min(Duration::from_secs(5)));
        }
        let count = most.min(visible.len());
        Ok(visible.drain(..count).collect())
    }

    async fn remove(&self, receipts: &[String]) -> Result<(), String> {
        self.note("removed", receipts);
        Ok(())
    }

    async fn release(&self, receipts: &[String]) -> Result<(), String> {
        self.note("released", receipts);
        Ok(())
    }
}

/// An output whose reader has gone away.
struct Closed(io::ErrorKind);

impl Write for Closed {
    fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn printed(count: usize) -> Ended {
    Ended { printed: count, failure: None }
}

#[tokio::test]
async fn what_was_written_is_removed() {
    let queue = Queue::of(&[Ok("1"), Ok("{\n2}")]);
    let mut output = Vec::new();
    let (ended, notes) = queue.read(usize::MAX, After::Remove, &mut output).await;
    assert_eq!((ended, notes), (printed(2), vec!["removed r0 r1".to_owned()]));
    assert_eq!(String::from_utf8(output).expect("text"), "1\n{ 2}\n");
    assert_eq!(queue.clock.elapsed(), Duration::from_secs(7), "so long nothing came");
}

#[tokio::test]
async fn a_limit_ends_it_at_once() {
    let queue = Queue::of(&[Ok("1"), Ok("2"), Ok("3")]);
    let (ended, notes) = queue.read(2, After::Remove, &mut Vec::new()).await;
    assert_eq!((ended, notes), (printed(2), vec!["removed r0 r1".to_owned()]));
    assert_eq!(queue.clock.elapsed(), Duration::ZERO);
    assert_eq!(queue.visible.lock().expect("unbroken").len(), 1);
}

#[tokio::test]
async fn what_is_kept_is_printed_once_and_released_at_the_end() {
    let queue = Queue::of(&[Ok("1"), Ok("2")]);
    let again = Received { receipt: "r0-again".to_owned(), ..queue.visible.lock().expect("unbroken")[0].clone() };
    queue.visible.lock().expect("unbroken").extend((0..9).map(|_| again.clone()));
    let mut output = Vec::new();
    let (ended, notes) = queue.read(usize::MAX, After::Keep, &mut output).await;
    assert_eq!(notes, ["released r0-again r1"]);
    assert_eq!((ended, output.as_slice()), (printed(2), &b"1\n2\n"[..]));
}

#[tokio::test]
async fn nothing_is_removed_that_nobody_reads() {
    for (kind, failure) in [(io::ErrorKind::BrokenPipe, false), (io::ErrorKind::StorageFull, true)] {
        let queue = Queue::of(&[Ok("1")]);
        let (ended, notes) = queue.read(usize::MAX, After::Remove, &mut Closed(kind)).await;
        assert_eq!((ended.printed, ended.failure.is_some(), notes), (0, failure, vec!["released r0".to_owned()]));
    }
}

#[tokio::test]
async fn an_event_whose_body_is_lost_stays_and_is_told() {
    let queue = Queue::of(&[&[Err("gone")][..], &[Ok("2"); 10]].concat());
    let (ended, notes) = queue.read(usize::MAX, After::Remove, &mut Vec::new()).await;
    assert_eq!(ended.printed, 10, "the others are not held up");
    assert_eq!(ended.failure.as_deref(), Some("a final event was left in the queue: gone"));
    assert_eq!(notes, ["removed r1 r2 r3 r4 r5 r6 r7 r8 r9", "removed r10", "released r0"]);
}
