//! `hedgerow run --state` after another run with the same state: where it goes on, and with what.

use super::{AppFolder, Ran, command, event, ran};
use std::path::PathBuf;
use std::process::Stdio;
use tempfile::TempDir;

/// Hangs at the event `stop`, until it is killed.
const HANGING: &str = "export function processEvent(event) { if (event.event === 'stop') for (;;); return event }";
const WORKING: &str = "export function processEvent(event) { return event }";

/// An app, its input, its output and its state.
struct Run {
    app: AppFolder,
    folder: TempDir,
}

impl Run {
    fn of(source: &str, events: &[&str]) -> Self {
        let run = Self { app: AppFolder::new(source), folder: TempDir::new().expect("a folder") };
        run.write_events(events);
        run
    }

    fn write_events(&self, events: &[&str]) {
        let lines: String = events.iter().map(|name| format!("{}\n", event(name))).collect();
        std::fs::write(self.path("events.jsonl"), lines).expect("a file can be written");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self) -> std::process::Command {
        let path = |name| self.path(name).into_os_string().into_string().expect("UTF-8");
        let (events, output, state) = (path("events.jsonl"), path("out.jsonl"), path("state"));
        command(&["run", "--app", self.app.path(), "--events", &events, "--output", &output, "--state", &state])
    }

    /// How many lines have come out.
    fn lines(&self) -> usize {
        std::fs::read(self.path("out.jsonl")).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count()
    }

    /// Starts it, and kills it once that many lines have come out and it hangs.
    fn kill_after(&self, lines: usize) {
        let mut child = self.command().stdin(Stdio::null()).stderr(Stdio::null()).spawn().expect("hedgerow starts");
        while self.lines() < lines {
            assert!(child.try_wait().expect("it is a child").is_none(), "it ended with {} lines", self.lines());
            std::thread::yield_now();
        }
        child.kill().expect("it runs still");
        child.wait().expect("it was killed");
    }

    fn to_its_end(&self) -> Ran {
        ran(self.command(), b"")
    }
}

#[test]
fn it_goes_on_behind_what_is_done_in_the_same_output() {
    let names: Vec<String> = (0..1200).map(|number| number.to_string()).chain(["stop".to_owned()]).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let run = Run::of(HANGING, &names);
    run.kill_after(1200);
    run.app.write("index.ts", WORKING);
    run.to_its_end().assert_ends_with(0).assert_says("going on behind line 1000, up to which an earlier run came");
    assert_eq!(run.lines(), 1200 + 200 + 1, "what was under way since line 1000 comes once more");
    run.to_its_end().assert_ends_with(0);
    assert_eq!(run.lines(), 1201, "after a whole run the next one begins anew");
}

#[test]
fn it_does_not_go_on_in_another_file_of_the_same_name() {
    let mut names = vec!["a"; 600];
    names.push("stop");
    let run = Run::of(HANGING, &names);
    run.kill_after(600);
    run.write_events(&["b"; 600]);
    run.to_its_end()
        .assert_ends_with(1)
        .assert_says("it is not what it was when an earlier run with this --state was broken off");
}

/// Starting a run is what enables an app that an earlier one has disabled: its error may have been the world's.
#[test]
fn an_app_that_was_disabled_is_tried_again() {
    let failing_once =
        "export async function setupPlugin({ cache }) { if (await cache.incr('runs') === 1) throw new Error('down') }
        export function onEvent() { console.log('works') }";
    let run = Run::of(failing_once, &["a"]);
    run.to_its_end().assert_ends_with(0).assert_says("setupPlugin failed: Error: down. Disabled the app!");
    run.to_its_end().assert_ends_with(0).assert_says("works");
}
