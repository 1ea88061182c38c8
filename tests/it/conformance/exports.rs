//! Cases 1-30: loading and finding functions.

use serde_json::json;
use tests::World;

#[tokio::test(flavor = "multi_thread")]
async fn case_002_top_level_function_is_found() {
    let world = World::with("function processEvent(event) { event.properties.seen = true; return event }").await;
    let event = world.run().await.expect("not dropped");
    assert_eq!(event["properties"]["seen"], json!(true));
    assert_eq!(event["properties"]["$plugins_succeeded"], json!(["demo (39)"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn async_smoke() {
    let world = World::with("export async function processEvent(event, {cache, storage}) { await cache.set('k', {a: 1}); event.properties.k = await cache.get('k'); event.properties.n = await cache.incr('n'); console.log('hi', event.properties); return event }").await;
    let event = world.run().await.expect("not dropped");
    println!("{:?}", world.logs.lines());
    assert_eq!(event["properties"]["k"], json!({"a":1}));
}

#[tokio::test(flavor = "multi_thread")]
async fn loops_smoke() {
    for source in [
        "function processEvent(event) {\n  let i = 0\n  while (true) {\n    i++\n  }\n}",
        "async function processEvent(event) {\n  for(;;)\n    await null\n }",
        "async function processEvent(event) {\n  await null\n  let i = 0;\n  for(;;) i++;\n }",
        "function processEvent(event) {\n const a = []; for(;;) a.push('x'.repeat(100000) + a.length) }",
        "function processEvent(event) {\n const a = []; try { for(;;) a.push('x'.repeat(100000) + a.length) } catch {} \n return event }",
        "function processEvent(event) {\n event.properties.a = 1; function f() { f() }; f() }",
        "function processEvent(event) {\n event.properties.a = 1; throw new Error('boo') }",
        "function processEvent(event) {\n /(a+)+b/.test('a'.repeat(40)) }",
    ] {
        let app = tests::AppSetup::new(source).with(|a| a.limits.synchronous = std::time::Duration::from_millis(100));
        let world = World::of(app).await;
        let event = world.run().await;
        println!("{:?} {:?}", world.logs.lines().iter().map(|l| l.message.clone()).collect::<Vec<_>>(), event);
        let event = world.run().await;
    }
}
