//! Telemetry that is kept: what comes is collected and written a few times a second, on a thread of its own, so that no app waits
//! for the disk. What was collected last is lost if the process is killed.

use crate::records::{Batch, SqliteRecords};
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::Clock;
use runtime_core::telemetry::{AppCall, AppLog, AppMetric, Notice, Telemetry};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long what comes is collected.
const WRITE_EVERY: Duration = Duration::from_millis(250);
/// So much is written at once, even if it comes sooner.
const LARGE_BATCH: usize = 500;
/// Whoever adds more than that waits: apps that log faster than a disk writes must not fill the memory.
const FULL: usize = 5_000;

/// Hands everything on, and keeps it.
pub struct KeptTelemetry {
    shared: Arc<Shared>,
    inner: Arc<dyn Telemetry>,
    clock: Arc<dyn Clock>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    records: Arc<SqliteRecords>,
    waiting: Mutex<Waiting>,
    /// Something for the writer: much, or the end.
    due: Condvar,
    /// Something for whoever waits for room.
    written: Condvar,
}

#[derive(Default)]
struct Waiting {
    batch: Batch,
    has_ended: bool,
    failure: Option<Unavailable>,
}

impl KeptTelemetry {
    /// Starts the thread that writes, after removing what is too old to be kept.
    ///
    /// # Errors
    /// When the file cannot be written.
    ///
    /// # Panics
    /// When the operating system gives no thread.
    pub fn start(
        records: Arc<SqliteRecords>,
        inner: Arc<dyn Telemetry>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Unavailable> {
        records.prune(clock.now())?;
        let (waiting, due, written) = (Mutex::default(), Condvar::new(), Condvar::new());
        let shared = Arc::new(Shared { records, waiting, due, written });
        let writer = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("hedgerow-logs".to_owned())
            .spawn(move || writer.write_until_the_end())
            .expect("a process that runs apps, each on a thread, gets one more");
        Ok(Self { shared, inner, clock, thread: Mutex::new(Some(thread)) })
    }

    /// Writes what is left. What comes later is only handed on.
    ///
    /// # Errors
    /// The first failure to write something, now or before: what it was about is not there.
    pub fn close(&self) -> Result<(), Unavailable> {
        self.shared.waiting().has_ended = true;
        self.shared.due.notify_all();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A panic of the writer has been printed, and leaves nothing to be done.
            drop(thread.join());
        }
        self.shared.waiting().failure.take().map_or(Ok(()), Err)
    }

    fn add(&self, add: impl FnOnce(&mut Batch)) {
        let mut waiting = self.shared.waiting();
        while waiting.batch.count >= FULL && !waiting.has_ended {
            waiting = self.shared.written.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        if waiting.has_ended {
            return;
        }
        add(&mut waiting.batch);
        if waiting.batch.count == LARGE_BATCH {
            self.shared.due.notify_all();
        }
    }
}

impl Drop for KeptTelemetry {
    fn drop(&mut self) {
        // Nobody is left to be told.
        drop(self.close());
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_until_the_end(&self) {
        loop {
            let collecting = |waiting: &mut Waiting| waiting.batch.count < LARGE_BATCH && !waiting.has_ended;
            let waited = self.due.wait_timeout_while(self.waiting(), WRITE_EVERY, collecting);
            let mut waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
            let (batch, has_ended) = (std::mem::take(&mut waiting.batch), waiting.has_ended);
            drop(waiting);
            self.written.notify_all();
            if batch.count > 0
                && let Err(error) = self.records.write(&batch)
            {
                self.waiting().failure.get_or_insert(error);
            }
            if has_ended {
                break;
            }
        }
    }
}

impl Telemetry for KeptTelemetry {
    fn app_log(&self, line: AppLog) {
        self.add(|batch| batch.add_line(line.clone()));
        self.inner.app_log(line);
    }

    fn notice(&self, notice: Notice) {
        self.inner.notice(notice);
    }

    fn app_call(&self, call: AppCall) {
        let now = self.clock.now();
        self.add(|batch| batch.add_call(call.clone(), now));
        self.inner.app_call(call);
    }

    fn dead_letter(&self) {
        self.inner.dead_letter();
    }

    fn flush(&self) {
        self.inner.flush();
    }

    fn app_metric(&self, metric: AppMetric) {
        let now = self.clock.now();
        self.add(|batch| batch.add_own(metric.clone(), now));
        self.inner.app_metric(metric);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LocalStore;
    use runtime_core::event::{InstallationId, TeamId};
    use runtime_core::ports::app_logs::{AppLogs, LineQuery, LinesOf};
    use runtime_core::ports::clock::Timestamp;
    use runtime_core::ports::virtual_clock::VirtualClock;
    use runtime_core::telemetry::{LogLevel, LogSource};

    /// Counts what is handed on.
    #[derive(Default)]
    struct Counted(Mutex<usize>);

    impl Telemetry for Counted {
        fn app_log(&self, _line: AppLog) {
            *self.0.lock().unwrap() += 1;
        }
    }

    #[tokio::test]
    async fn everything_is_handed_on_and_written_by_the_end() {
        let clock = Arc::new(VirtualClock::at(Timestamp(1_000)));
        let store = LocalStore::in_memory(clock.clone());
        let inner = Arc::new(Counted::default());
        let kept = Arc::new(KeptTelemetry::start(store.records(), inner.clone(), clock).unwrap());
        let line = |message: usize| AppLog {
            timestamp: Timestamp(1_000),
            installation: InstallationId(1),
            team: TeamId(2),
            app: "Demo".to_owned(),
            source: LogSource::Console,
            level: LogLevel::Log,
            message: message.to_string(),
            event_uuid: None,
        };
        // More than may wait, from several threads.
        let lines = 3 * FULL;
        thread::scope(|scope| {
            for part in 0..3 {
                let kept = &kept;
                scope.spawn(move || (part * FULL..(part + 1) * FULL).for_each(|message| kept.app_log(line(message))));
            }
        });
        kept.close().unwrap();
        kept.app_log(line(0));
        assert_eq!(*inner.0.lock().unwrap(), lines + 1);
        let (least_level, search, function) = (None, None, None);
        let of = LinesOf::AllApps;
        let query = LineQuery { of, least_level, since: Timestamp(0), search, function, limit: usize::MAX - 1 };
        let found = store.records().read(&query).await.unwrap();
        let mut numbers: Vec<usize> = found.lines.iter().map(|line| line.line.message().parse().unwrap()).collect();
        numbers.sort_unstable();
        assert!(numbers.iter().copied().eq(0..lines), "{} lines", numbers.len());
    }
}
