//! Case 158: scheduled tasks.

use runtime_core::pipeline::Counts;
use runtime_core::ports::delayed_queue::DueWork;
use runtime_core::telemetry::LogLevel;
use tests::World;

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
