//! The geoip database of a stack in its functions, and the metrics of the calls that asked for it.

use super::{app, event};
use serde_json::{Value, json};
use tests::aws::{AwsStack, Queue, names};
use tests::mmdb;

const KEY: &str = "geo/cities.mmdb";
const SOURCE: &str = "export async function processEvent(event, { geoip }) {
    const place = await geoip.locate('89.160.20.129').catch((reason) => reason)
    event.properties.seen = place.city ? place.city.names.en : place
    return event
}";

/// What the app makes of an address, and what the function printed until then.
async fn located(stack: &AwsStack, variables: &[(&str, &str)]) -> (Value, String) {
    let function = stack.start_with("process-events", variables).await;
    stack.send(Queue::Events, &[&event("one")]).await;
    assert_eq!(stack.deliver(Queue::Events, &function, 0).await.failed, 0, "{}", function.output());
    let events = stack.outcome().await;
    (events.last().expect("it arrived")["properties"]["seen"].clone(), function.output())
}

#[tokio::test]
async fn an_app_locates_by_the_database_in_the_bucket() {
    let stack = AwsStack::new(&[app("places", SOURCE)]).await;
    let arn = format!("arn:aws:s3:::{}/{KEY}", stack.names.bucket);
    let variables = [("HEDGEROW_GEOIP", arn.as_str()), ("HEDGEROW_METRICS_NAMESPACE", "hedgerow/main")];
    let (seen, output) = located(&stack, &variables).await;
    assert_eq!(seen, "geoip database is not ready");
    assert!(output.contains("there is no geoip database") && output.contains(KEY), "{output}");
    let put = names::objects(&stack.config).put_object().bucket(&stack.names.bucket).key(KEY);
    put.body(mmdb::cities().into()).send().await.expect("the emulator keeps objects");
    let (seen, output) = located(&stack, &variables).await;
    assert_eq!(seen, "Linköping");
    let lines = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let metrics: Vec<_> = lines.filter(|line| line.get("_aws").is_some()).collect();
    let [line] = metrics.as_slice() else { panic!("one function of one app was called: {output}") };
    assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Namespace"], "hedgerow/main");
    assert_eq!([&line["installation"], &line["function"]], [&json!("1"), &json!("processEvent")]);
    assert_eq!([&line["successes"], &line["host_calls"]], [1, 1]);
}

#[tokio::test]
async fn without_a_database_an_app_is_told_so() {
    let stack = AwsStack::new(&[app("places", SOURCE)]).await;
    let (seen, output) = located(&stack, &[]).await;
    assert_eq!(seen, "geoip database is not ready");
    assert!(!output.contains("geoip"), "it is what was asked for: {output}");
}
