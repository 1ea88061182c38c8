//! The last words of a run.

use super::feed::FeedCounts;
use crate::console::{self, STRONG};
use runtime_core::pipeline::Counts;
use std::fmt::Write;
use std::time::Duration;

/// What happened in a run.
pub struct Summary<'a> {
    /// What came in.
    pub read: FeedCounts,
    /// What the pipeline did.
    pub counts: &'a Counts,
    /// Events that apps captured.
    pub captured: u64,
    /// Dead letters of every kind.
    pub dead_letters: u64,
    /// Records and events that could not be read.
    pub undecodable: u64,
    /// Work that a port out of reach kept from being done.
    pub put_off: u64,
    /// From the first record to the end.
    pub duration: Duration,
    /// Whether dead letters outlive the run.
    pub is_kept: bool,
    /// The team of the apps.
    pub team: i64,
}

impl Summary<'_> {
    /// Writes it to stderr.
    pub fn tell(&self) {
        console::note(format_args!("{STRONG}summary{STRONG:#}: {}", self.text()));
        for hint in self.hints() {
            console::note(hint);
        }
    }

    fn text(&self) -> String {
        let sent = Counts::get(&self.counts.sent);
        let mut text = format!("{}, {sent} sent", counted(self.read.events, "event"));
        let dropped = Counts::get(&self.counts.dropped);
        write!(text, ", {dropped} dropped, {}", counted(Counts::get(&self.counts.failures), "failure"))
            .expect("a String takes everything");
        let retries = Counts::get(&self.counts.retries);
        if retries > 0 {
            let succeeded = Counts::get(&self.counts.successes_on_retry);
            let retries = if retries == 1 { "1 retry".to_owned() } else { format!("{retries} retries") };
            write!(text, ", {retries} ({succeeded} succeeded)").expect("a String takes everything");
        }
        let put_off = Counts::get(&self.counts.put_off);
        if put_off > 0 {
            write!(text, ", {put_off} put off").expect("a String takes everything");
        }
        let jobs = counted(Counts::get(&self.counts.jobs), "job");
        let tasks = counted(Counts::get(&self.counts.tasks), "task");
        let exported = Counts::get(&self.counts.exported);
        let letters = counted(self.dead_letters, "dead letter");
        write!(text, ", {} captured, {exported} exported, {jobs}, {tasks}, {letters}", self.captured)
            .expect("a String takes everything");
        let seconds = self.duration.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "shown without decimals")]
        let rate = Counts::get(&self.counts.events) as f64 / seconds.max(0.001);
        write!(text, " in {seconds:.2} s ({rate:.0} events/s)").expect("a String takes everything");
        text
    }

    fn hints(&self) -> Vec<String> {
        let mut hints = Vec::new();
        if self.undecodable > 0 {
            hints.push(format!("{} could not be read, see above", counted(self.undecodable, "record or event")));
        }
        if self.put_off > 0 {
            hints.push(format!("{} given up because something was out of reach, see above", self.put_off));
        }
        if self.read.of_other_teams > 0 {
            hints.push(format!(
                "{} of other teams than {} went past the apps: give --team N to choose the apps' team",
                counted(self.read.of_other_teams, "event"),
                self.team
            ));
        }
        if self.dead_letters > 0 && !self.is_kept {
            hints.push("dead letters end with this run: give --state DIR to keep them".to_owned());
        }
        if self.dead_letters > 0 && self.is_kept {
            hints.push("`hedgerow dead-letters list --state DIR` shows the dead letters".to_owned());
        }
        hints
    }
}

fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_everything_that_was_counted() {
        let counts = Counts::default();
        let summary = Summary {
            read: FeedCounts { events: 1, of_other_teams: 2 },
            counts: &counts,
            captured: 3,
            dead_letters: 1,
            undecodable: 1,
            put_off: 0,
            duration: Duration::from_millis(1_500),
            is_kept: false,
            team: 2,
        };
        assert_eq!(
            summary.text(),
            "1 event, 0 sent, 0 dropped, 0 failures, 3 captured, 0 exported, 0 jobs, 0 tasks, 1 dead letter in 1.50 s (0 events/s)"
        );
        assert_eq!(summary.hints().len(), 3);
    }
}
