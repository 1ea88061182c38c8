//! `global` over several environments, isolates and versions, and at the end of an invocation.

use super::*;

#[tokio::test]
async fn a_deleted_key_is_gone() {
    let world = World::of(runner("")).await;
    invoke(&world, "global.a = 1; global.b = 2").await;
    let second = beside(&world, runner("")).await;
    invoke(&second, "delete global.a").await;
    assert_eq!(next(&world, runner("")).await, json!([["b", 2]]));
}

#[tokio::test]
async fn environments_meet_only_in_the_same_key() {
    let one = World::of(runner("")).await;
    invoke(&one, "global.common = 0; global.untouched = 0").await;
    let other = beside(&one, runner("")).await;
    invoke(&other, "global.other = 1; global.common = 1").await;
    invoke(&one, "global.one = 1").await;
    assert_eq!(
        next(&one, runner("")).await,
        json!([["common", 1], ["untouched", 0], ["other", 1], ["one", 1]]),
        "what the first one still remembers of a key that it did not change is not written over the other's"
    );
    invoke(&one, "global.common = 2").await;
    invoke(&other, "").await;
    assert_eq!(next(&one, runner("")).await[0], json!(["common", 2]), "the last writer wins");
}

#[tokio::test]
async fn another_version_or_config_begins_empty() {
    let world = World::of(runner("")).await;
    invoke(&world, "global.a = 1").await;
    assert_eq!(next(&world, runner("")).await, json!([["a", 1]]));
    assert_eq!(next(&world, runner("").file("notes.txt", "another version")).await, json!([]));
    assert_eq!(next(&world, runner("").with(|app| app.config = json!({"key": "value"}))).await, json!([]));
    assert_eq!(next(&world, runner("").named("demo", 40)).await, json!([]), "nor does another installation see it");
}

#[tokio::test]
async fn an_isolate_that_was_rebuilt_has_the_last_snapshot() {
    let world = World::of(runner("").impatient()).await;
    invoke(&world, "global.kept = 1").await;
    run(&world, "global.kept = 2; global.unsaved = 1").await;
    world.process(event(json!({"properties": {"run": "for (;;) {}"}}))).await;
    assert!(world.errors()[0].contains("timed out"), "{:?}", world.errors());
    let properties = world.run_properties().await;
    assert_eq!(properties["global"], json!([["kept", 1]]));
}

#[tokio::test]
async fn documents_that_are_out_of_reach_cost_a_warning() {
    let inner = World::of(runner("")).await;
    invoke(&inner, "global.kept = 1").await;
    let documents = Arc::new(Switchable::new(inner.store.documents()));
    let builder = World::builder().app(runner("")).documents(documents.clone());
    let world = builder.start_over(inner.clock.clone(), inner.store.clone()).await;
    documents.switch_off_snapshots();
    assert_eq!(invoke(&world, "global.late = 1").await, json!([["late", 1]]));
    let told = warnings(&world);
    assert!(told[0].starts_with("global begins without what was kept: "), "{told:?}");
    assert!(told[1].starts_with("global could not be kept: ") && told.len() == 2, "{told:?}");
    documents.switch_on();
    world.pipeline.save_globals().await;
    assert_eq!(
        next(&inner, runner("")).await,
        json!([["kept", 1], ["late", 1]]),
        "what could not be stored is stored later"
    );
}

#[tokio::test]
async fn an_invocation_that_is_almost_over_leaves_it_to_the_next() {
    let world = World::of(runner("")).await;
    run(&world, "global.late = 1").await;
    for (seconds, kept) in [(9, false), (30, true)] {
        world.pipeline.begin(world.clock.elapsed() + Duration::from_secs(seconds));
        world.pipeline.save_globals().await;
        assert_eq!(stored(&world).await.is_some(), kept, "{seconds} s");
    }
}

#[tokio::test]
async fn an_invocation_keeps_it_at_its_end() {
    let app = || AppSetup::new("export function onEvent(event, { global }) { global.seen = event.event }");
    let World { pipeline, clock, store, .. } = World::of(app()).await;
    let teams = TeamDirectory { tokens: HashMap::new(), only_team: Some(TeamId(2)) };
    let processor = PipelineProcessor::new(pipeline, teams);
    let record = Record::new(Lane::Events, "m1", event(json!({})).to_string().into_bytes(), clock.now());
    assert_eq!(processor.process(record).await, RecordOutcome::Done);
    assert_eq!(processor.flush().await, RecordOutcome::Done);
    let next = World::builder().app(app()).start_over(clock, store).await;
    assert_eq!(stored(&next).await.as_deref(), Some(r#"{"v":1,"keys":[["seen","E"]]}"#));
}

#[tokio::test]
async fn an_app_that_has_no_use_for_it_never_asks_the_store() {
    let documents = Arc::new(Switchable::new(World::builder().start().await.store.documents()));
    documents.switch_off_snapshots();
    for (source, durable_global) in [
        ("export function processEvent(event) { return event }", DurableGlobal::Auto),
        (
            "let n = 0; export function processEvent(event, { global }) { global.n = n++; return event }",
            DurableGlobal::Auto,
        ),
        ("export function processEvent(event, { global }) { global.n = 1; return event }", DurableGlobal::Off),
    ] {
        let app = AppSetup::new(source).with(|app| app.durable_global = durable_global);
        let world = World::builder().app(app).documents(documents.clone()).start().await;
        world.run().await.expect("not dropped");
        world.pipeline.save_globals().await;
        assert_eq!(warnings(&world), [""; 0], "{source}");
    }
}

#[tokio::test]
async fn the_end_of_an_environment_keeps_what_is_there_before_teardown() {
    let app = || {
        AppSetup::new(&format!("{RUNNER} export function teardownPlugin({{ global }}) {{ global.connected = false }}"))
            .with(|app| app.durable_global = DurableGlobal::On)
    };
    let world = World::of(app()).await;
    run(&world, "global.connected = true").await;
    world.pipeline.tear_down().await;
    assert_eq!(next(&world, app()).await, json!([["connected", true]]));
}

#[tokio::test]
async fn a_snapshot_that_the_apps_memory_cannot_hold_is_left_alone() {
    let world = World::of(runner("")).await;
    invoke(&world, "global.lists = Array.from({ length: 90_000 }, () => [])").await;
    let small = || runner("").with(|app| app.limits.memory_bytes = 6 << 20);
    let next = beside(&world, small()).await;
    assert_eq!(run(&next, "global.own = 1").await, json!([["own", 1]]));
    let told = "global begins without what was kept: that takes more than the app's memory or time";
    assert_eq!(warnings(&next), [told]);
    let before = stored(&next).await;
    next.pipeline.save_globals().await;
    assert!(before.is_some() && stored(&next).await == before, "what others can still use stays");
}
