//! Metrics of CloudWatch.

use crate::account;
use adapter_stack::metrics::StackMetrics;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, MetricDatum};
use runtime_core::event::InstallationId;
use runtime_core::ports::app_metrics::{AppMetrics, FoundMetrics, MetricsQuery};
use runtime_core::ports::clock::Timestamp;
use std::collections::BTreeMap;
use std::time::SystemTime;

fn datum(name: &str, dimensions: &[(&str, &str)], (time, value): (i64, f64)) -> MetricDatum {
    let dimensions = dimensions.iter().map(|(name, value)| Dimension::builder().name(*name).value(*value).build());
    let datum = MetricDatum::builder().metric_name(name).set_dimensions(Some(dimensions.collect()));
    datum.timestamp(DateTime::from_millis(time)).value(value).build()
}

#[tokio::test]
async fn sums_and_own_metrics_over_a_time() {
    let config = account().await;
    let now = DateTime::from(SystemTime::now()).to_millis().unwrap();
    let (hour, client) = (60 * 60 * 1_000, Client::new(&config));
    let put = async |namespace: &str, data: Vec<MetricDatum>| {
        client.put_metric_data().namespace(namespace).set_metric_data(Some(data)).send().await.unwrap();
    };
    let of_first = [("installation", "1"), ("function", "onEvent")];
    let of_second = [("installation", "2"), ("function", "processEvent")];
    let own = [("installation", "1")];
    put(
        "hedgerow/mine",
        vec![
            datum("calls", &of_first, (now - 2 * hour, 2.0)),
            datum("calls", &of_first, (now - 10_000, 3.0)),
            datum("calls", &of_first, (now - 5 * hour, 100.0)),
            datum("host_calls", &of_first, (now - 10_000, 7.0)),
            datum("failures", &of_second, (now - 10_000, 1.0)),
            datum("max/speed", &own, (now - 2 * hour, 9.0)),
            datum("max/speed", &own, (now - 10_000, 4.0)),
            datum("sum/seen", &own, (now - 2 * hour, 9.0)),
            datum("sum/seen", &own, (now - 10_000, 4.0)),
            datum("AppDisabled", &[], (now - 10_000, 1.0)),
        ],
    )
    .await;
    put("hedgerow/other", vec![datum("calls", &of_first, (now - 10_000, 50.0))]).await;
    let metrics = StackMetrics::new(&config, "mine");
    let all = MetricsQuery { installation: None, since: Timestamp(now - 3 * hour), until: Timestamp(now) };
    let found = metrics.read(&all).await.unwrap();
    let sums = |sums: &[(&str, f64)]| sums.iter().map(|(name, sum)| ((*name).to_owned(), *sum)).collect();
    let expected: BTreeMap<_, BTreeMap<String, f64>> = [
        ((InstallationId(1), "onEvent".to_owned()), sums(&[("calls", 5.0), ("host_calls", 7.0)])),
        ((InstallationId(2), "processEvent".to_owned()), sums(&[("failures", 1.0)])),
    ]
    .into();
    assert_eq!(found.calls, expected);
    let own: Vec<_> = found.own.iter().map(|(metric, value)| (metric.name.as_str(), *value)).collect();
    assert_eq!(own, [("seen", 13.0), ("speed", 9.0)]);
    let second = MetricsQuery { installation: Some(InstallationId(2)), ..all };
    let found = metrics.read(&second).await.unwrap();
    assert!(found.calls.len() == 1 && found.own.is_empty(), "{found:?}");
    let nothing = StackMetrics::new(&config, "nowhere").read(&all).await.unwrap();
    assert_eq!(nothing, FoundMetrics::default());
}
