//! Cases 157-160: scheduled tasks.

use runtime_core::event::InstallationId;
use runtime_core::pipeline::Counts;
use runtime_core::ports::clock::{Clock, Timestamp};
use runtime_core::ports::delayed_queue::DueWork;
use runtime_core::telemetry::LogLevel;
use serde_json::json;
use std::time::Duration;
use tests::{AppSetup, MockReply, World, until};

#[tokio::test]
async fn case_158_a_task_that_throws_is_saved_and_runs_at_its_next_trigger() {
    for error in ["Error", "RetryError"] {
        let world = World::with(&format!(
            "let runs = 0
             export async function runEveryMinute(meta) {{
                 console.log('run', ++runs, arguments.length, 'cache' in meta)
                 if (runs === 1) throw new {error}('boom')
             }}"
        ))
        .await;
        for _ in 0..2 {
            world.run_task("runEveryMinute").await;
        }
        let errors = world.errors();
        assert!(errors.len() == 1, "{errors:?}");
        assert!(errors[0].starts_with(&format!("runEveryMinute failed: {error}: boom")), "{errors:?}");
        assert_eq!(world.logs.messages(LogLevel::Log), ["run 1 1 true", "run 2 1 true"]);
        let counts = &world.pipeline.counts;
        assert_eq!((Counts::get(&counts.tasks), Counts::get(&counts.failures)), (2, 1));
        let waiting = world.store.delayed_queue().waiting().await.expect("the store is in memory").0;
        assert_eq!(waiting, 0, "nothing but the next trigger runs it again");
    }
}

/// Three triggers while one run lasts, on two environments: one runs, the others are skipped.
#[tokio::test]
async fn case_157_triggers_during_a_run_are_skipped() {
    let slow = || {
        AppSetup::new(
            "export async function runEveryMinute() { console.log('run'); await fetch('https://slow.example.com/') }",
        )
    };
    let world = World::of(slow()).await;
    let other = World::builder().app(slow()).start_over(world.clock.clone(), world.store.clone()).await;
    world.http.answer(MockReply::never());
    let first = world.run_task("runEveryMinute");
    let rest = async {
        until("the first run to begin", || world.logs.contains("run")).await;
        for _ in 0..2 {
            world.clock.set_now(world.now().plus(Duration::from_millis(1)));
            other.run_task("runEveryMinute").await;
        }
        assert_eq!(Counts::get(&other.pipeline.counts.skipped_tasks), 2);
        // The run ends by its await limit.
        world.clock.advance(Duration::from_secs(30));
    };
    futures_util::future::join(first, rest).await;
    assert_eq!((world.logs.messages(LogLevel::Log).len(), other.logs.messages(LogLevel::Log).len()), (1, 0));
    other.run_task("runEveryMinute").await;
    assert_eq!(other.logs.messages(LogLevel::Log).len(), 1, "after the run the next trigger runs");
}

/// Row "runEvery*": a run that is heard of keeps its lease, one that is not loses it after a minute.
#[tokio::test]
async fn a_run_keeps_its_lease_while_it_lasts_and_a_crashed_one_loses_it() {
    let slow = || {
        AppSetup::new(
            "export async function runEveryMinute() {
             console.log('run')
             for (let i = 0; i < 5; i++) await fetch('https://slow.example.com/')
         }",
        )
    };
    let world = World::of(slow()).await;
    let other = World::builder().app(slow()).start_over(world.clock.clone(), world.store.clone()).await;
    world.http.answer(MockReply::json(&json!({})).after(Duration::from_secs(29)));
    other.http.answer(MockReply::json(&json!({})));
    let run = world.run_task("runEveryMinute");
    {
        let mut run = std::pin::pin!(run);
        // The lease is renewed at 20, 40 and 60 s; answers come at 29 and 58 s.
        for (step, other_wait) in [(20, 29), (9, 20), (11, 29), (18, 20), (2, 29)] {
            let stepping = async {
                world.is_awaited(Duration::from_secs(other_wait)).await;
                world.pass(Duration::from_secs(step)).await;
            };
            futures_util::future::select(&mut run, std::pin::pin!(stepping)).await;
        }
        let renewed = world.is_awaited(Duration::from_secs(20));
        futures_util::future::select(&mut run, std::pin::pin!(renewed)).await;
        // A minute has passed, and the run was heard of meanwhile.
        other.run_task("runEveryMinute").await;
        assert_eq!(Counts::get(&other.pipeline.counts.skipped_tasks), 1);
        // It is dropped here, as by a crash.
    }
    world.clock.advance(Duration::from_secs(61));
    other.run_task("runEveryMinute").await;
    assert_eq!(other.logs.messages(LogLevel::Log), ["run"]);
}

#[tokio::test]
async fn a_trigger_that_is_delivered_twice_runs_once() {
    let world = World::with("export function runEveryHour() { console.log('run') }").await;
    let tick = world.now();
    for _ in 0..2 {
        assert_eq!(world.pipeline.trigger("runEveryHour", tick).await.expect("the store is in memory"), 1);
        world.run_due().await;
    }
    assert_eq!(world.logs.messages(LogLevel::Log), ["run"]);
    assert_eq!(Counts::get(&world.pipeline.counts.skipped_tasks), 0);
}

#[tokio::test]
async fn case_159_a_task_has_the_installations_that_export_it() {
    let world = World::builder()
        .app(AppSetup::new("export function runEveryMinute() {}").named("minute", 1))
        .app(AppSetup::new("export function runEveryHour() {}\nexport function runEveryMinute() {}").named("both", 2))
        .app(AppSetup::new("export function runEverySecond() {}\nexport const runEveryDay = 'noon'").named("none", 3))
        .start()
        .await;
    let of = |task| world.pipeline.scheduled(task);
    assert_eq!(of("runEveryMinute"), [InstallationId(1), InstallationId(2)]);
    assert_eq!(of("runEveryHour"), [InstallationId(2)]);
    assert_eq!((of("runEveryDay"), of("runEverySecond"), of("processEvent")), (vec![], vec![], vec![]));
}

#[tokio::test]
async fn case_160_a_stale_trigger_is_skipped() {
    for (task, grace_seconds) in [("runEveryMinute", 120), ("runEveryHour", 3_600), ("runEveryDay", 86_400)] {
        for (late_ms, runs) in [(0, 1), (1, 0)] {
            let world = World::with(&format!("export function {task}() {{ console.log('run') }}")).await;
            let tick = world.now();
            world.pipeline.trigger(task, tick).await.expect("the store is in memory");
            world.clock.set_now(Timestamp(world.clock.now().0 + grace_seconds * 1000 + late_ms));
            world.run_due().await;
            assert_eq!(world.logs.messages(LogLevel::Log).len(), runs, "{task} {late_ms}");
            assert_eq!(Counts::get(&world.pipeline.counts.stale_tasks), 1 - runs as u64, "{task} {late_ms}");
        }
    }
}
