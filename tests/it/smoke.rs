//! Temporary.
use tests::World;
#[tokio::test(flavor = "multi_thread")]
async fn loops_smoke() {
    for source in [
        "function processEvent(event) {\n const a = [];\n for(;;)\n a.push('x'.repeat(100000) + a.length) }",
        "function processEvent(event) {\n const a = []; try { for(;;) a.push('x'.repeat(100000) + a.length) } catch {} \n return event }",
        "function processEvent(event) {\n const a = new ArrayBuffer(1 << 30) \n return event }",
        "async function processEvent(event) {\n await null\n const a = new Uint8Array(1 << 30) \n return event }",
    ] {
        let app = tests::AppSetup::new(source).with(|a| a.limits.synchronous = std::time::Duration::from_millis(100));
        let world = World::of(app).await;
        let event = world.run().await.unwrap();
        println!(
            "{:?} {:?} {:?} {:?}",
            world.logs.lines().iter().map(|l| l.message.clone()).collect::<Vec<_>>(),
            event["properties"],
            world.recorded.of("fetch"),
            world.http.requests().iter().map(|r| (r.url.to_string(), r.headers.clone())).collect::<Vec<_>>()
        );
    }
}
