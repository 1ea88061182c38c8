//! What is counted on a stack: metrics of CloudWatch, in a namespace of its own.

use crate::failure::unavailable;
use adapter_aws::SdkConfig;
use async_trait::async_trait;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    DimensionFilter, Metric, MetricDataQuery, MetricDataResult, MetricStat, RecentlyActive,
};
use runtime_core::event::InstallationId;
use runtime_core::ports::Unavailable;
use runtime_core::ports::app_metrics::{
    AppMetrics, FoundMetrics, MetricsQuery, OwnMetric, PERIOD, combined, period_of,
};
use std::time::Duration;

const PORT: &str = "CloudWatch";
/// How many metrics are asked for at once: CloudWatch's limit.
const AT_ONCE: usize = 500;
/// CloudWatch can leave out what was not written for so long.
const RECENT: Duration = Duration::from_secs(3 * 60 * 60);
/// What an app's own metric begins with in CloudWatch, its operation in hedgerow, and how CloudWatch adds it up.
pub const OWN_METRICS: [(&str, &str, &str); 3] =
    [("sum/", "increment", "Sum"), ("max/", "max", "Maximum"), ("min/", "min", "Minimum")];

/// [`AppMetrics`] over the namespace of a stack.
///
/// Each metric that is asked for is paid for, so only those are that were written: CloudWatch lists them for nothing.
#[derive(Debug)]
pub struct StackMetrics {
    client: Client,
    namespace: String,
}

/// What a metric of CloudWatch is here.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Meaning {
    /// A sum of the calls of a function.
    Calls { installation: InstallationId, function: String, name: String },
    /// An app's own.
    Own { metric: OwnMetric, statistic: &'static str },
}

impl StackMetrics {
    /// Those of the stack of that name.
    #[must_use]
    pub fn new(config: &SdkConfig, stack: &str) -> Self {
        Self { client: Client::new(config), namespace: format!("hedgerow/{stack}") }
    }

    /// The metrics that were written of late.
    async fn list(&self, query: &MetricsQuery) -> Result<Vec<(Metric, Meaning)>, Unavailable> {
        let installation = query.installation.map(|installation| installation.to_string());
        let dimension = DimensionFilter::builder().name("installation").set_value(installation).build();
        let recently = query.since.plus(RECENT) >= query.until;
        let mut pages = self
            .client
            .list_metrics()
            .namespace(&self.namespace)
            .dimensions(dimension)
            .set_recently_active(recently.then_some(RecentlyActive::Pt3H))
            .into_paginator()
            .send();
        let mut listed = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| unavailable(PORT, "cloudwatch:ListMetrics", &error))?;
            let metrics = page.metrics.unwrap_or_default().into_iter();
            listed.extend(metrics.filter_map(|metric| meaning(&metric).map(|meaning| (metric, meaning))));
        }
        Ok(listed)
    }

    async fn values(
        &self,
        asked: &[(Metric, Meaning)],
        query: &MetricsQuery,
    ) -> Result<Vec<MetricDataResult>, Unavailable> {
        let queries = asked.iter().enumerate().map(|(index, (metric, meaning))| data_query(index, metric, meaning));
        let mut pages = self
            .client
            .get_metric_data()
            .set_metric_data_queries(Some(queries.collect()))
            .start_time(DateTime::from_millis(period_of(query.since).0))
            .end_time(DateTime::from_millis(query.until.0))
            .into_paginator()
            .send();
        let mut results = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| unavailable(PORT, "cloudwatch:GetMetricData", &error))?;
            results.extend(page.metric_data_results.unwrap_or_default());
        }
        Ok(results)
    }
}

/// None of a metric that is about something else.
fn meaning(metric: &Metric) -> Option<Meaning> {
    let dimensions = metric.dimensions();
    let dimension = |name| dimensions.iter().find(|dimension| dimension.name() == Some(name))?.value();
    let installation = InstallationId(dimension("installation")?.parse().ok()?);
    let name = metric.metric_name()?;
    match (dimension("function"), dimensions.len()) {
        (Some(function), 2) => {
            Some(Meaning::Calls { installation, function: function.to_owned(), name: name.to_owned() })
        }
        (None, 1) => OWN_METRICS.iter().find_map(|(start, operation, statistic)| {
            let name = name.strip_prefix(start)?.to_owned();
            Some(Meaning::Own {
                metric: OwnMetric { installation, name, operation: (*operation).to_owned() },
                statistic,
            })
        }),
        _ => None,
    }
}

/// Its id says which it is.
fn data_query(index: usize, metric: &Metric, meaning: &Meaning) -> MetricDataQuery {
    let statistic = match meaning {
        Meaning::Calls { .. } => "Sum",
        Meaning::Own { statistic, .. } => statistic,
    };
    let period = i32::try_from(PERIOD.as_secs()).expect("a few minutes");
    let asked = MetricStat::builder().metric(metric.clone()).period(period).stat(statistic).build();
    MetricDataQuery::builder().id(format!("m{index}")).metric_stat(asked).build()
}

fn add(found: &mut FoundMetrics, meaning: &Meaning, values: &[f64]) {
    match meaning {
        Meaning::Calls { installation, function, name } if !values.is_empty() => {
            found.add_call((*installation, function.clone()), name, values.iter().sum());
        }
        Meaning::Own { metric, .. } => {
            let value = values.iter().copied().reduce(|one, other| combined(&metric.operation, one, other));
            value.into_iter().for_each(|value| found.add_own(metric.clone(), value));
        }
        Meaning::Calls { .. } => {}
    }
}

#[async_trait]
impl AppMetrics for StackMetrics {
    async fn read(&self, query: &MetricsQuery) -> Result<FoundMetrics, Unavailable> {
        let mut found = FoundMetrics::default();
        for asked in self.list(query).await?.chunks(AT_ONCE) {
            for result in self.values(asked, query).await? {
                let index = result.id.as_deref().and_then(|id| id.strip_prefix('m')?.parse::<usize>().ok());
                if let Some((_, meaning)) = index.and_then(|index| asked.get(index)) {
                    add(&mut found, meaning, &result.values.unwrap_or_default());
                }
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_cloudwatch::types::Dimension;

    fn metric(name: &str, dimensions: &[(&str, &str)]) -> Metric {
        let dimensions = dimensions.iter().map(|(name, value)| Dimension::builder().name(*name).value(*value).build());
        Metric::builder().metric_name(name).set_dimensions(Some(dimensions.collect())).build()
    }

    #[test]
    fn metrics_are_known_by_their_dimensions_and_names() {
        let calls = meaning(&metric("calls", &[("installation", "3"), ("function", "onEvent")]));
        let installation = InstallationId(3);
        let (function, name) = ("onEvent".to_owned(), "calls".to_owned());
        assert_eq!(calls, Some(Meaning::Calls { installation, function, name }));
        let own = meaning(&metric("max/speed", &[("installation", "3")]));
        let metric_of = OwnMetric { installation, name: "speed".to_owned(), operation: "max".to_owned() };
        assert_eq!(own, Some(Meaning::Own { metric: metric_of, statistic: "Maximum" }));
        for other in [
            metric("AppDisabled", &[]),
            metric("other", &[("installation", "3")]),
            metric("calls", &[("installation", "x"), ("function", "onEvent")]),
            metric("calls", &[("installation", "3"), ("function", "onEvent"), ("more", "1")]),
        ] {
            assert_eq!(meaning(&other), None, "{other:?}");
        }
    }
}
