//! Lines as they come: the place is asked again and again for what is new, and each line is shown once.

use super::Written;
use super::show::Show;
use crate::console;
use crate::records::Records;
use runtime_core::ports::app_logs::{LineQuery, StoredLine};
use runtime_core::ports::clock::{Clock, Timestamp};
use std::collections::HashMap;
use std::time::Duration;

/// How often the place is asked.
const POLL_EVERY: Duration = Duration::from_secs(2);
/// Lines come out of order: each environment of a function writes on its own, and CloudWatch takes its time.
const LATE: Duration = Duration::from_secs(30);
/// The place's clock and ours differ by less: AWS takes no requests from further away.
const CLOCKS_DIFFER: Duration = Duration::from_secs(5 * 60);
/// More lines at once than anybody reads.
const MOST_AT_ONCE: usize = 10_000;

/// What was seen.
pub(super) struct Follower {
    query: LineQuery,
    /// The ids of lines that may come again, with their times.
    shown: HashMap<String, Timestamp>,
    /// The time of the newest line.
    newest: Option<Timestamp>,
    /// When the place was last asked.
    asked_at: Timestamp,
}

impl Follower {
    /// After a first answer to that query, which [`Follower::take`] gets.
    pub(super) fn new(query: LineQuery, clock: &dyn Clock) -> Self {
        Self { query, shown: HashMap::new(), newest: None, asked_at: clock.now() }
    }

    /// What to ask next: from the newest line on, but not so far back that a quiet app has everything read again and again, and a
    /// little earlier, for lines that are late.
    pub(super) fn next(&self) -> LineQuery {
        let earliest = before(self.asked_at, CLOCKS_DIFFER);
        let newest = self.newest.unwrap_or(earliest).clamp(earliest, self.asked_at);
        let since = before(newest, LATE).max(self.query.since);
        LineQuery { since, limit: MOST_AT_ONCE, ..self.query.clone() }
    }

    /// Those of an answer that are new.
    pub(super) fn take(&mut self, lines: Vec<StoredLine>) -> Vec<StoredLine> {
        let mut new = lines;
        new.retain(|line| self.shown.insert(line.id.clone(), line.line.timestamp()).is_none());
        self.newest = self.newest.max(new.iter().map(|line| line.line.timestamp()).max());
        new
    }

    /// An answer was asked for at this time: what came before what is asked next cannot come again.
    pub(super) fn asked_at(&mut self, time: Timestamp) {
        self.asked_at = time;
        let since = self.next().since;
        self.shown.retain(|_, written| *written >= since);
    }
}

fn before(time: Timestamp, duration: Duration) -> Timestamp {
    Timestamp(time.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
}

/// Shows lines as they come, until nobody reads them any more. What fails is tried again: whoever watches sees both.
pub(super) async fn follow(records: &Records, mut follower: Follower, show: &Show<'_>) {
    let mut has_failed = false;
    loop {
        records.clock.sleep_until(records.clock.elapsed() + POLL_EVERY).await;
        let now = records.clock.now();
        match records.logs.read(&follower.next()).await {
            Ok(found) => {
                has_failed = false;
                if found.is_cut {
                    console::warning("more lines came than can be shown; give filters, such as an app or --level");
                }
                let new = follower.take(found.lines);
                follower.asked_at(now);
                let written: Written = new.iter().try_for_each(|line| show.write(line));
                if written.is_err() {
                    return;
                }
            }
            // Said once, until it is over.
            Err(error) if !has_failed => {
                has_failed = true;
                console::warning(format_args!("{error}; trying again (Ctrl-C ends it)"));
            }
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Names;
    use async_trait::async_trait;
    use runtime_core::event::{InstallationId, TeamId};
    use runtime_core::ports::Unavailable;
    use runtime_core::ports::app_logs::{AppLogs, FoundLines, LinesOf, LogLine};
    use runtime_core::ports::app_metrics::{AppMetrics, FoundMetrics, MetricsQuery};
    use runtime_core::ports::virtual_clock::VirtualClock;
    use runtime_core::telemetry::{AppLog, LogLevel, LogSource};
    use std::sync::{Arc, Mutex};

    const NOW: Timestamp = Timestamp(1_000_000_000);

    fn line(id: &str, milliseconds_ago: i64) -> StoredLine {
        let line = LogLine::App(AppLog {
            timestamp: Timestamp(NOW.0 - milliseconds_ago),
            installation: InstallationId(1),
            team: TeamId(2),
            app: "Demo".to_owned(),
            source: LogSource::Console,
            level: LogLevel::Log,
            message: id.to_owned(),
            event_uuid: None,
        });
        StoredLine { id: id.to_owned(), function: None, line }
    }

    fn follower(clock: &dyn Clock) -> Follower {
        let (least_level, search, function) = (None, None, None);
        let query = LineQuery { of: LinesOf::AllApps, least_level, since: Timestamp(0), search, function, limit: 2 };
        Follower::new(query, clock)
    }

    fn ids(lines: &[StoredLine]) -> Vec<&str> {
        lines.iter().map(|line| line.id.as_str()).collect()
    }

    #[test]
    fn a_line_is_new_once_however_late_it_is() {
        let mut follower = follower(&VirtualClock::at(NOW));
        assert_eq!(ids(&follower.take(vec![line("a", 9_000), line("b", 5_000)])), ["a", "b"]);
        follower.asked_at(NOW);
        assert_eq!(follower.next().since, Timestamp(NOW.0 - 35_000));
        assert_eq!(ids(&follower.take(vec![line("late", 20_000), line("b", 5_000), line("c", 1_000)])), ["late", "c"]);
        follower.asked_at(NOW);
        assert_eq!(ids(&follower.take(vec![line("late", 20_000), line("c", 1_000)])), [""; 0]);
        assert_eq!(follower.next().limit, MOST_AT_ONCE);
    }

    #[test]
    fn what_is_asked_stays_near_and_what_is_remembered_stays_small() {
        let mut follower = follower(&VirtualClock::at(NOW));
        let near = Timestamp(NOW.0 - 330_000);
        assert_eq!(follower.next().since, near, "nothing was seen");
        follower.take(vec![line("old", 3_600_000)]);
        assert_eq!(follower.next().since, near, "the last line is an hour old");
        follower.asked_at(NOW);
        assert!(follower.shown.is_empty());
        follower.take(vec![line("of a clock ahead of ours", -86_400_000)]);
        assert_eq!(follower.next().since, Timestamp(NOW.0 - 30_000));
        follower.query.since = Timestamp(NOW.0 - 10_000);
        assert_eq!(follower.next().since, Timestamp(NOW.0 - 10_000), "never before what was asked for");
    }

    /// Answers with what a poll finds, one after the other; after the last the clock stands still.
    struct Answers {
        answers: Mutex<Vec<Result<Vec<StoredLine>, &'static str>>>,
        asked: Mutex<Vec<Timestamp>>,
    }

    #[async_trait]
    impl AppLogs for Answers {
        async fn read(&self, query: &LineQuery) -> Result<FoundLines, Unavailable> {
            self.asked.lock().expect("whole").push(query.since);
            let next = self.answers.lock().expect("whole").pop();
            match next {
                Some(Ok(lines)) => Ok(FoundLines::newest(lines, query.limit)),
                Some(Err(message)) => Err(Unavailable { port: "logs", message: message.to_owned(), source: None }),
                None => std::future::pending().await,
            }
        }
    }

    #[async_trait]
    impl AppMetrics for Answers {
        async fn read(&self, _query: &MetricsQuery) -> Result<FoundMetrics, Unavailable> {
            Ok(FoundMetrics::default())
        }
    }

    #[tokio::test]
    async fn polling_goes_on_after_a_failure() {
        let clock = Arc::new(VirtualClock::at(NOW));
        let answers = vec![Ok(vec![line("b", 0)]), Err("down"), Ok(vec![line("a", 10_000)])];
        let logs = Arc::new(Answers { answers: Mutex::new(answers), asked: Mutex::default() });
        let names = Names::default();
        let records = Records { logs: logs.clone(), metrics: logs.clone(), clock: clock.clone(), names };
        let names = Names::default();
        let show = Show { names: &names, json: true };
        let following = follow(&records, follower(clock.as_ref()), &show);
        let advancing = async {
            while logs.asked.lock().expect("whole").len() < 4 {
                clock.advance(POLL_EVERY);
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            () = following => panic!("it ends only when nobody reads"),
            () = advancing => {}
        }
        let asked = logs.asked.lock().expect("whole").clone();
        // Nothing seen; from "a" on, twice, as the second has failed; from "b" on.
        assert!(asked[0] < asked[1] && asked[1] == asked[2] && asked[2] < asked[3], "{asked:?}");
        assert_eq!(asked[1], Timestamp(NOW.0 - 40_000));
        assert_eq!(asked[3], Timestamp(NOW.0 - 30_000));
    }
}
